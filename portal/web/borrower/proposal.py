"""A proposal's page: where it is, what happens next, withdraw, ask another person after a decline."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from portal.domain.broken_plans import may_end_from
from portal.domain.moved_facts import MovedFacts, moved_facts
from portal.domain.plan_progress import PlanProgress
from portal.domain.policy import Referral
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.domain.threads import is_writable
from portal.models import Agreement, Event, Loan, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import (
    events_of_proposal,
    find_agreement,
    find_decision,
    find_newest_version,
    find_open_proposal,
    find_signed_version,
    get_proposal_of,
    runs_beside,
)
from portal.queries.running_plans import plan_under
from portal.queries.situations import is_time_barred, situation_for
from portal.queries.threads import find_thread
from portal.services.drafts import EDITABLE
from portal.services.proposals import REVIEW_WITHIN, ask_review, withdraw_proposal
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.agreements.words import ALL_PAID
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page, next_page
from portal.web.borrower.proposal_counter import counter_values
from portal.web.borrower.proposal_prepared import prepared_values
from portal.web.borrower.proposal_words import HEADINGS, PARTS, TONES, happenings
from portal.web.borrower.reply_form import ReplyForm
from portal.web.labels import DECLINE_REASONS, PROPOSAL_STATUSES
from portal.web.people import BorrowerPerson
from portal.web.plan_names import NOTES, WHY_A_PERSON, name_of


@blueprint.get("/proposals/<proposal_id>")
@borrower_page
def proposal(person: BorrowerPerson, proposal_id: str) -> Page:
    return render_proposal(get_proposal_of(writes.database(), person.id, proposal_id), FlaskForm())


def render_proposal(found: Proposal, form: FlaskForm) -> str:
    """``form`` comes back with what is wrong in it where an answer to a question was refused."""
    session = writes.database()
    status = ProposalStatus(found.status)
    events = events_of_proposal(session, found.id)
    version = find_signed_version(session, found) or find_newest_version(session, found.id)
    agreement = find_agreement(session, found.id)
    progress = _progress(session, agreement, status)
    is_paid = status is ProposalStatus.BROKEN and progress is not None and progress.is_complete
    return render_template(
        "borrower/proposal.html",
        form=form,
        reply_form=form if hasattr(form, "reply") else ReplyForm(formdata=None),
        proposal=found,
        loan=session.get_one(Loan, found.loan_id),
        is_time_barred=status is ProposalStatus.INFO_REQUESTED and _is_barred(session, found),
        status=status.value,
        status_text=ALL_PAID[0] if is_paid else PROPOSAL_STATUSES[status],
        tone=ALL_PAID[1] if is_paid else TONES[status],
        title=gettext("Everything of this plan is paid") if is_paid else HEADINGS[status],
        part=f"borrower/proposals/{PARTS[status]}.html",
        why=[WHY_A_PERSON[Referral(reason)] for reason in found.referral_reasons],
        decision=find_decision(session, found),
        decline_reasons={reason.value: text for reason, text in DECLINE_REASONS.items()},
        agreement=agreement,
        progress=progress,
        may_end_from=may_end_from(found.end_told_on) if found.end_told_on else None,
        moved=_moved(session, found, version),
        is_unanswered=_is_unanswered(events, status),
        hold_until=found.closes_at,
        continue_url=_continue_url(found),
        may_withdraw=is_possible(status, Act.WITHDRAW, Who.BORROWER),
        may_ask_review=_may_ask_review(session, found),
        review_until=found.ended_at + REVIEW_WITHIN if found.ended_at else None,
        may_write=is_writable(status),
        thread=find_thread(session, found),
        happenings=happenings(events),
        prepared=prepared_values(session, found),
        **counter_values(session, found),
        **_plan_values(None if status is ProposalStatus.DRAFT else version),
    )


def _progress(session: Session, agreement: Agreement | None, status: ProposalStatus) -> PlanProgress | None:
    """Of a plan of which something is out."""
    if agreement is None or status not in {ProposalStatus.MISSED, ProposalStatus.BROKEN}:
        return None
    return plan_under(session, agreement, on=writes.today()).progress


def _plan_values(version: ProposalVersion | None) -> dict[str, Any]:
    """A draft has none to show: what was frozen on the way may not be what the answers say now."""
    if version is None:
        return {"version": None, "plan": None, "name": None, "notes": []}
    plan = plan_of(version)
    return {
        "version": version,
        "plan": plan,
        "name": name_of(plan),
        "notes": [NOTES[code] for code in plan.notes],
    }


def _is_unanswered(events: Sequence[Event], status: ProposalStatus) -> bool:
    """It ran out while it was the lender's turn."""
    ends = (event.fields["from_status"] for event in reversed(events) if event.name == "plan:expired")
    return status is ProposalStatus.EXPIRED and next(ends, None) == ProposalStatus.IN_REVIEW


def _is_barred(session: Session, found: Proposal) -> bool:
    return is_time_barred(
        session, [session.get_one(Loan, found.loan_id)], on=writes.today(), zone=writes.clock().zone
    )


def _moved(session: Session, found: Proposal, version: ProposalVersion | None) -> MovedFacts | None:
    """What changed since it was signed, where it has to be signed again."""
    if found.status != ProposalStatus.NEEDS_RESIGN or version is None:
        return None
    situation = situation_for(session, found, on=writes.today(), zone=writes.clock().zone)
    return moved_facts(
        version.content["facts"],
        situation.facts,
        arrears_now=situation.arrears.total,
        creditors=(version.content["creditor"]["name"], situation.loan.creditor),
    )


def _may_ask_review(session: Session, found: Proposal) -> bool:
    """Once, within the time, and while no other plan for the loan is on its way or in force (rule P15)."""
    return (
        is_possible(ProposalStatus(found.status), Act.ASK_A_PERSON, Who.BORROWER)
        and found.review_round == 1
        and found.ended_at is not None
        and writes.now() <= found.ended_at + REVIEW_WITHIN
        and find_open_proposal(session, found.loan_id) is None
        and not runs_beside(session, found)
    )


def _continue_url(found: Proposal) -> str | None:
    """Where a draft, or a proposal to be signed again, goes on."""
    return next_page(found) if ProposalStatus(found.status) in EDITABLE else None


@blueprint.route("/proposals/<proposal_id>/withdraw", methods=["GET", "POST"])
@borrower_page
@leads_on
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
@leads_on
def proposal_review(person: BorrowerPerson, proposal_id: str) -> Page:
    """Another person looks again."""
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    situation = situation_for(session, found, on=writes.today(), zone=writes.clock().zone)
    ask_review(
        session,
        person.actor,
        proposal=found,
        situation=situation,
        now=writes.business_now(),
    )
    flash(gettext("Another person will look at your plan."), "success")
    return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
