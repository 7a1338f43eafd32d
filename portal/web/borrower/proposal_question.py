"""The lender's question on a proposal's page, and the borrower's answer to it."""

from flask import flash, redirect, url_for
from flask_babel import gettext

from portal.domain.errors import Conflict, DomainError
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible, move_for
from portal.domain.reasons import LONGEST_TEXT
from portal.domain.threads import is_writable
from portal.messages import text_of
from portal.models import Proposal
from portal.queries.proposals import find_last_answer, get_proposal_of
from portal.queries.situations import situation_for
from portal.services import questions
from portal.services.moves import record_move_refusal
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page
from portal.web.borrower.proposal import render_proposal
from portal.web.borrower.reply_form import ReplyForm
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson
from portal.web.unsent import Onward, is_all_there, typed_in, unsent_page


@blueprint.route("/proposals/<proposal_id>/answer", methods=["GET", "POST"])
@borrower_page
@leads_on
def proposal_answer(person: BorrowerPerson, proposal_id: str) -> Page:
    """Opened by itself it leads to the proposal, whose page holds the form."""
    found = get_proposal_of(writes.database(), person.id, proposal_id)
    form, back = ReplyForm(), redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    status = ProposalStatus(found.status)
    if not form.is_submitted():
        return back
    if (unsent := _answered_otherwise(person, found, form)) is not None:
        return unsent
    if status is ProposalStatus.IN_REVIEW:
        return back  # tapped twice
    move_for(status, Act.REPLY, Who.BORROWER)
    try:
        with writes.attempt():
            _reply(person, found, form)
    except DomainError as error:
        put_on_form(form, error)
        return render_proposal(found, form), 422
    flash(gettext("Thank you. Your answer is with us, and we go on deciding."), "success")
    return back


def _answered_otherwise(person: BorrowerPerson, found: Proposal, form: ReplyForm) -> Page | None:
    """Where nothing is asked any more, other words than those that were sent are given back, with the way to send them."""
    session, typed, status = writes.database(), typed_in(form), ProposalStatus(found.status)
    answered = find_last_answer(session, found.id)
    is_asked_nothing = status is ProposalStatus.IN_REVIEW and not answered
    if is_possible(status, Act.REPLY, Who.BORROWER) or is_asked_nothing or is_all_there(typed, [answered]):
        return None
    error = Conflict("move_not_possible")
    record_move_refusal(
        session, person.actor, proposal=found, step="proposal_answer", error=error, now=writes.now()
    )
    message = text_of(error)
    if answered:
        message = gettext("This question is answered already. What you have written now was not sent.")
    stands = {gettext("Your answer"): answered}
    to_thread = Onward(
        gettext("Write to us about it"), url_for("borrower.proposal_thread", proposal_id=found.public_id)
    )
    to_plan = Onward(
        gettext("Where your plan stands"), url_for("borrower.proposal", proposal_id=found.public_id)
    )
    return unsent_page(message, typed, stands=stands, onward=to_thread if is_writable(status) else to_plan)


def _reply(person: BorrowerPerson, found: Proposal, form: ReplyForm) -> None:
    session = writes.database()
    questions.reply(
        session,
        person.actor,
        proposal=found,
        text=(form.reply.data or "")[: LONGEST_TEXT + 1],
        situation=situation_for(session, found, on=writes.today(), zone=writes.clock().zone),
        now=writes.business_now(),
    )
