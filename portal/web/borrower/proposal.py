"""A proposal's page: where it is, what happens next, withdraw, ask another person after a decline."""

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.agreements import AgreementContent
from portal.domain.journey import next_question
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.models import Loan, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import (
    find_agreement,
    find_decision,
    find_newest_version,
    find_signed_version,
    get_proposal_of,
)
from portal.queries.situations import situation_of
from portal.services.proposals import ask_review, withdraw_proposal
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import Page, next_page
from portal.web.labels import PLAN_KINDS, PROPOSAL_STATUSES
from portal.web.people import BorrowerPerson
from portal.web.reasons import DECLINE_TEXTS


@blueprint.get("/proposals/<proposal_id>")
@borrower_page
def proposal(person: BorrowerPerson, proposal_id: str) -> Page:
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    status = ProposalStatus(found.status)
    version = find_signed_version(session, found) or find_newest_version(session, found.id)
    return render_template(
        "borrower/proposal.html",
        form=FlaskForm(),
        proposal=found,
        status=status,
        status_text=PROPOSAL_STATUSES[status],
        kind_texts=PLAN_KINDS,
        loan=session.get_one(Loan, found.loan_id),
        plan=plan_of(version) if version else None,
        content=AgreementContent.from_data(version.content) if version else None,
        version=version,
        decision=find_decision(session, found),
        decline_texts=DECLINE_TEXTS,
        agreement=find_agreement(session, found.id),
        continue_url=_continue_url(found),
        may_withdraw=is_possible(status, Act.WITHDRAW, Who.BORROWER),
        may_ask_review=is_possible(status, Act.ASK_A_PERSON, Who.BORROWER) and found.review_round == 1,
    )


def _continue_url(found: Proposal) -> str | None:
    """Where a draft, or a proposal to be signed again, goes on."""
    if ProposalStatus(found.status) not in {ProposalStatus.DRAFT, ProposalStatus.NEEDS_RESIGN}:
        return None
    if next_question(found.answers) is None:
        return url_for("borrower.plan_check", proposal_id=found.public_id)
    return next_page(found)


@blueprint.route("/proposals/<proposal_id>/withdraw", methods=["GET", "POST"])
@borrower_page
def proposal_withdraw(person: BorrowerPerson, proposal_id: str) -> Page:
    """Asked once, because it cannot be taken back."""
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    form = FlaskForm()
    if form.is_submitted():
        withdraw_proposal(session, person.actor, proposal=found, now=writes.now())
        return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    if not is_possible(ProposalStatus(found.status), Act.WITHDRAW, Who.BORROWER):
        return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    return render_template("borrower/withdraw.html", form=form, proposal=found)


@blueprint.post("/proposals/<proposal_id>/review")
@borrower_page
def proposal_review(person: BorrowerPerson, proposal_id: str) -> Response:
    """Another person looks again."""
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    loan = session.get_one(Loan, found.loan_id)
    situation = situation_of(session, loan, on=writes.today(), answers=found.answers)
    ask_review(
        session,
        person.actor,
        proposal=found,
        policy=situation.policy,
        calendar=situation.calendar,
        dpd=situation.arrears.days_past_due,
        now=writes.business_now(),
    )
    return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
