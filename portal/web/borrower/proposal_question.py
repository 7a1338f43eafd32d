"""The lender's question on a proposal's page, and the borrower's answer to it."""

from flask import flash, redirect, url_for
from flask_babel import gettext

from portal.domain.errors import DomainError
from portal.domain.proposals import Act, ProposalStatus, Who, move_for
from portal.domain.reasons import LONGEST_TEXT
from portal.models import Proposal
from portal.queries.proposals import get_proposal_of
from portal.queries.situations import situation_for
from portal.services import questions
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page
from portal.web.borrower.proposal import render_proposal
from portal.web.borrower.reply_form import ReplyForm
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/answer", methods=["GET", "POST"])
@borrower_page
@leads_on
def proposal_answer(person: BorrowerPerson, proposal_id: str) -> Page:
    """Opened by itself it leads to the proposal, whose page holds the form."""
    found = get_proposal_of(writes.database(), person.id, proposal_id)
    form, back = ReplyForm(), redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    status = ProposalStatus(found.status)
    if not form.is_submitted() or status is ProposalStatus.IN_REVIEW:
        return back  # opened by itself, or tapped twice
    move_for(status, Act.REPLY, Who.BORROWER)
    try:
        with writes.attempt():
            _reply(person, found, form)
    except DomainError as error:
        put_on_form(form, error)
        return render_proposal(found, form), 422
    flash(gettext("Thank you. Your answer is with us, and we go on deciding."), "success")
    return back


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
