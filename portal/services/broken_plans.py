"""What a person decides about a plan that broke: it goes on, once; or it is ended, after its borrower was told and had time to answer."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.broken_plans import (
    is_true,
    may_end_from,
    refuse_ending,
    refuse_not_broken,
    refuse_paid,
    refuse_reinstating,
    refuse_untrue,
)
from portal.domain.errors import Conflict, NotFound
from portal.domain.four_eyes import refuse_involved
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor, Permission, require
from portal.domain.plan_progress import PlanProgress
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES, Act, ProposalStatus, Who
from portal.domain.reasons import PlanEndReason, ReinstateReason
from portal.models import Agreement, Borrower, DelinquencyPause, Proposal
from portal.queries.involvement import involved_in
from portal.queries.loans import loan_facts
from portal.queries.proposals import find_agreement
from portal.queries.running_plans import RunningPlan, plan_under
from portal.queries.threads import is_waiting_for_us
from portal.services.drafts import put_away_draft
from portal.services.holds import start_hold
from portal.services.letters import refuse_bad_letter
from portal.services.moves import keep_still, lock_proposal, move_proposal
from portal.services.plan_letters import LetterTools, PlanLetter
from portal.services.record import record_about
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, post_message


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPlan:
    """What the approver had on the page, and the words that go to the borrower with what is decided about it."""

    proposal_id: int
    row_version: int
    words: str = ""


def reinstate_plan(
    session: Session,
    actor: Actor,
    *,
    seen: SeenPlan,
    reason: ReinstateReason,
    tools: LetterTools,
    today: date,
    now: datetime,
) -> None:
    """The plan goes on as it was agreed. What is out of it by ``today`` may be made good within the days that a missed payment has,
    counted from ``today`` (decision 0270); from ``today`` days do not count as delinquent and nobody collects. Nothing is undone of the
    days in between. A draft that the borrower began meanwhile gives way; what was signed does not.

    Raises:
        AccessRefused: ``permission_missing``, or what ``refuse_involved`` says.
        Conflict: ``plan_not_broken``, ``proposal_moved``, ``other_plan_exists``.
        DomainError: ``reinstated_before``, ``nothing_left_of_plan``, ``text_too_long``, ``forbidden_phrase``.

    """
    broken = _open_broken(session, actor, seen, today)
    proposal, agreement = broken.proposal, broken.agreement
    refuse_going_on(session, broken)
    had_draft = put_away_draft(session, actor, loan_id=proposal.loan_id, now=now)
    move_proposal(
        session,
        proposal,
        Act.REINSTATE,
        Who.APPROVER,
        expected_row_version=seen.row_version,
        reinstated_on=today,
        ended_at=None,
        end_told_on=None,
        end_reason=None,
    )
    again = plan_under(session, agreement, on=today)
    record_about(
        session,
        actor,
        proposal,
        "plan:reinstated",
        now=now,
        version_number=proposal.version_number,
        reason_code=reason.value,
        **_expected(again.progress),
    )
    _protect(session, actor, agreement, today, now)
    letter = _letter(session, again, tools, seen.words).reinstated(had_draft=had_draft)
    _write_to_borrower(session, actor, proposal, letter, now)


def refuse_going_on(session: Session, plan: RunningPlan) -> None:
    """Raises what ``refuse_reinstating`` raises: what a page asks before it offers it."""
    refuse_reinstating(
        plan.progress,
        reinstated_on=plan.proposal.reinstated_on,
        has_other=_has_other_plan(session, plan.proposal),
    )


def tell_of_end(
    session: Session,
    actor: Actor,
    *,
    seen: SeenPlan,
    reason: PlanEndReason,
    tools: LetterTools,
    today: date,
    now: datetime,
) -> None:
    """Tell the borrower that the plan is to be ended: why, how much is left, from which day, and what they may do until then and after.
    Told once: the day counts from the first time. Where the book has made the reason untrue they are told anew, with another, and have all
    the days again.

    Raises:
        AccessRefused: as ``reinstate_plan``.
        Conflict: ``plan_not_broken``, ``proposal_moved``, ``end_told_already``.
        DomainError: ``nothing_left_of_plan``, ``reason_no_longer_true``, ``text_too_long``, ``forbidden_phrase``.

    """
    broken = _open_broken(session, actor, seen, today)
    proposal = broken.proposal
    refuse_paid(broken.progress)
    if stands_told(broken):
        raise Conflict("end_told_already")
    refuse_untrue(reason, broken.progress)
    keep_still(session, proposal, expected_row_version=seen.row_version)
    proposal.end_told_on, proposal.end_reason = today, reason.value
    session.flush()
    record_about(
        session,
        actor,
        proposal,
        "plan:end_told",
        now=now,
        version_number=proposal.version_number,
        reason_code=reason.value,
        from_day=may_end_from(today).isoformat(),
        left_minor=broken.progress.left,
    )
    overdue = _overdue(session, proposal, today)
    letter = _letter(session, broken, tools, seen.words).end_told(reason, overdue=overdue)
    _write_to_borrower(session, actor, proposal, letter, now)


def terminate_plan(
    session: Session,
    actor: Actor,
    *,
    seen: SeenPlan,
    tools: LetterTools,
    today: date,
    now: datetime,
) -> None:
    """End the plan for the reason that the borrower was told. What is unpaid follows the original contract from here; the plan's holds and
    pause ended when it broke, and nothing is counted anew for the time before.

    Raises:
        AccessRefused: as ``reinstate_plan``.
        Conflict: ``plan_not_broken``, ``proposal_moved``.
        DomainError: ``nothing_left_of_plan``, ``end_not_told``, ``end_too_early``, ``answer_waits``, ``reason_no_longer_true``,
            ``text_too_long``, ``forbidden_phrase``.

    """
    broken = _open_broken(session, actor, seen, today)
    proposal = broken.proposal
    refuse_paid(broken.progress)
    refuse_ending(
        proposal.end_told_on, today=today, has_answer=is_waiting_for_us(session, proposal, holds=True)
    )
    assert proposal.end_told_on is not None
    assert proposal.end_reason is not None
    reason, told_on = PlanEndReason(proposal.end_reason), proposal.end_told_on
    refuse_untrue(reason, broken.progress)
    move_proposal(
        session,
        proposal,
        Act.TERMINATE,
        Who.APPROVER,
        expected_row_version=seen.row_version,
        terminated_at=now,
        closes_at=None,
    )
    record_about(
        session,
        actor,
        proposal,
        "plan:terminated",
        now=now,
        version_number=proposal.version_number,
        reason_code=reason.value,
        told_on=told_on.isoformat(),
        left_minor=broken.progress.left,
    )
    overdue = _overdue(session, proposal, today)
    letter = _letter(session, broken, tools, seen.words).ended(reason, told_on=told_on, overdue=overdue)
    _write_to_borrower(session, actor, proposal, letter, now)


def stands_told(plan: RunningPlan) -> bool:
    """The borrower was told that it is to be ended, for a reason that is true by the book today."""
    reason = plan.proposal.end_reason
    return reason is not None and is_true(PlanEndReason(reason), plan.progress)


def _open_broken(session: Session, actor: Actor, seen: SeenPlan, today: date) -> RunningPlan:
    """The broken plan that this person may decide about, as they saw it; loan and proposal are held until the end of the transaction."""
    require(actor, Permission.PROPOSAL_DECIDE)
    assert actor.id is not None
    proposal = session.get(Proposal, seen.proposal_id)
    if proposal is None:
        raise NotFound("not_found")
    refuse_involved(actor.id, involved_in(session, proposal))
    refuse_bad_letter(seen.words, field="words")
    proposal = lock_proposal(session, proposal.id)
    refuse_not_broken(ProposalStatus(proposal.status))
    if proposal.row_version != seen.row_version:
        raise Conflict("proposal_moved")
    agreement = find_agreement(session, proposal.id)
    assert agreement is not None
    return plan_under(session, agreement, on=today)


def _has_other_plan(session: Session, proposal: Proposal) -> bool:
    """Signed or in force; a draft is none yet."""
    others = {status.value for status in (*OPEN_STATUSES, *RUNNING_STATUSES)} - {ProposalStatus.DRAFT.value}
    wanted = select(Proposal.id).where(Proposal.loan_id == proposal.loan_id, Proposal.status.in_(others))
    return session.scalar(wanted.limit(1)) is not None


def _expected(progress: PlanProgress) -> dict[str, str]:
    """What is to be paid first, and until when the plan goes on without what is out; ``until`` is empty where nothing is."""
    first = progress.next
    assert first is not None
    return {
        "due_on": first.row.due_on.isoformat(),
        "until": first.cure_until.isoformat() if first.is_given_anew else "",
    }


def _protect(session: Session, actor: Actor, agreement: Agreement, today: date, now: datetime) -> None:
    """As from the approval: nobody collects, and days do not count. The pause begins today, not on the day of the breach."""
    loan_id = agreement.loan_id
    start_hold(session, actor, loan_id=loan_id, kind=HoldKind.PLAN_ACTIVE, reason="reinstated", now=now)
    session.add(DelinquencyPause(loan_id=loan_id, starts_on=today, agreement_id=agreement.id))
    session.flush()


def _overdue(session: Session, proposal: Proposal, today: date) -> int:
    return arrears_of(loan_facts(session, proposal.loan_id), on=today).total


def _letter(session: Session, plan: RunningPlan, tools: LetterTools, words: str) -> PlanLetter:
    return PlanLetter(
        proposal=plan.proposal,
        borrower=session.get_one(Borrower, plan.proposal.borrower_id),
        plan=plan.plan,
        progress=plan.progress,
        tools=tools,
        words=words,
    )


def _write_to_borrower(
    session: Session, actor: Actor, proposal: Proposal, letter: str, now: datetime
) -> None:
    """Into the plan's messages; the notice goes out with the same commit, also where an earlier message is unread. It answers nothing that
    the borrower wrote: that goes on waiting for a person.
    """
    written = WrittenMessage(form_key=new_public_id(), body=letter, is_answer=False, runs_days=True)
    post_message(session, actor, about=proposal, written=written, now=now)
