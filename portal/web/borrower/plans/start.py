"""Before the first question: the privacy notice, what will happen, and the right to a person."""

from collections.abc import Sequence

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.proposals import ProposalStatus
from portal.domain.texts import Text, TextSection
from portal.i18n import current_locale
from portal.models import Loan
from portal.queries.creditors import find_creditor
from portal.queries.loans import get_loan_of
from portal.queries.proposals import find_open_proposal, get_proposal_of
from portal.queries.situations import situation_of
from portal.services.drafts import discard_draft, refuse_where_none_can_be, start_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, next_page
from portal.web.people import BorrowerPerson


@blueprint.get("/loans/<loan_id>/plan")
@borrower_page
def plan_start(person: BorrowerPerson, loan_id: str) -> Page:
    """One open proposal a loan: where there is one, it is shown instead. Where none can be, that is said before anything is asked."""
    session = writes.database()
    loan = get_loan_of(session, person.id, loan_id)
    existing = find_open_proposal(session, loan.id)
    if existing is not None:
        return redirect(url_for("borrower.proposal", proposal_id=existing.public_id), 303)
    situation = situation_of(session, loan, on=writes.today(), zone=writes.clock().zone, answers={})
    refuse_where_none_can_be(session, loan, situation.arrears.total)
    notice = _notice()
    return render_template(
        "borrower/plans/start.html",
        loan=loan,
        situation=situation,
        notice=notice,
        notice_sections=_filled(notice, loan),
        form=FlaskForm(),
        steps=STEPS,
    )


@blueprint.post("/loans/<loan_id>/plan")
@borrower_page
def plan_begin(person: BorrowerPerson, loan_id: str) -> Response:
    session = writes.database()
    loan = get_loan_of(session, person.id, loan_id)
    situation = situation_of(session, loan, on=writes.today(), zone=writes.clock().zone, answers={})
    proposal = start_draft(
        session,
        person.actor,
        loan=loan,
        arrears_total=situation.arrears.total,
        privacy_version=_notice().version,
        keep_days=situation.policy.draft_days,
        now=writes.now(),
    )
    if proposal.status != ProposalStatus.DRAFT:
        return redirect(url_for("borrower.proposal", proposal_id=proposal.public_id), 303)
    return redirect(next_page(proposal), 303)


@blueprint.post("/proposals/<proposal_id>/discard")
@borrower_page
@leads_on
def plan_discard(person: BorrowerPerson, proposal_id: str) -> Page:
    session = writes.database()
    proposal = get_proposal_of(session, person.id, proposal_id)
    discard_draft(session, person.actor, proposal=proposal, now=writes.now())
    return redirect(url_for("borrower.home"), 303)


def _notice() -> Text:
    return writes.portal().texts.load("privacy_notice", current_locale(), writes.today())


def _filled(notice: Text, loan: Loan) -> Sequence[TextSection]:
    config, creditor = writes.portal().config, find_creditor(writes.database(), loan.creditor)
    values = {
        "creditor": loan.creditor,
        "creditor_phone": creditor.phone if creditor and creditor.phone else config.support_phone,
        "creditor_hours": config.support_hours,
    }
    return notice.sections_for({}, values)
