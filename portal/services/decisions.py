"""Approvers' decisions: one outcome a round, whoever presses first, and everybody else learns who and when.

Two guards stand, each enough by itself: the proposal moves by compare-and-set, and a round has one decision by constraint.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.four_eyes import refuse_involved
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor, Permission, require
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.domain.reasons import (
    ApproveReason,
    DeclineReason,
    GuarantorChoice,
    refuse_too_long,
    refuse_unexplained,
)
from portal.models import Decision, Loan, Proposal, ProposalVersion, ReviewItem
from portal.queries.involvement import involved_in
from portal.queries.outcomes import find_outcome
from portal.queries.proposals import get_signed_version
from portal.services.agreements import make_agreement
from portal.services.claims import refuse_without_claim
from portal.services.facts_moved import refuse_moved_facts
from portal.services.holds import end_hold
from portal.services.moves import end_values, move_proposal
from portal.services.record import record
from portal.services.running_plans import supersede_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the approver had on the page: the decision is about this and nothing else."""

    proposal_id: int
    row_version: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Why, with a note for colleagues; ``guarantor`` where one stands behind the loan (rule P14)."""

    reason: ApproveReason
    note: str = ""
    guarantor: GuarantorChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not, in a code and in words to the borrower, and what would be accepted (rule P15)."""

    reason: DeclineReason
    text: str
    would_accept: str


def approve_proposal(
    session: Session, actor: Actor, *, seen: Seen, approval: Approval, now: datetime
) -> Decision:
    """Accept the signed offer: decision, agreement, holds, events and the order to seal, in one transaction.

    Raises:
        AccessRefused: ``permission_missing``, or what ``refuse_involved`` says.
        Conflict: ``already_decided`` (details by, at, kind), ``not_waiting`` (status), ``claim_needed``, ``claimed_by_other``,
            ``proposal_moved``, ``content_changed``, ``facts_moved``.
        DomainError: ``reason_text_missing``, ``text_too_long``, ``guarantor_choice_missing``.

    """
    proposal, version = _open_for_decision(session, actor, Act.APPROVE, seen, now)
    refuse_unexplained(approval.reason, approval.note)
    refuse_too_long(approval.note, field="reason_text")
    if _has_guarantor(session, proposal) and approval.guarantor is None:
        raise DomainError("guarantor_choice_missing", field="guarantor", rule="P14")
    supersede_plan(session, actor, by=proposal, now=now)
    _move(session, proposal, Act.APPROVE, seen)
    decision = _decision(actor, proposal, version, "approve", now)
    decision.reason_code, decision.reason_text = approval.reason.value, approval.note.strip()
    decision.guarantor = approval.guarantor.value if approval.guarantor else None
    _keep(session, proposal, decision)
    _record(
        session,
        actor,
        proposal,
        "plan:approved",
        now=now,
        version_number=version.number,
        content_hash=version.content_hash,
        by_policy=False,
        decision_id=decision.id,
        policy_version=version.policy_version,
    )
    make_agreement(session, actor, proposal=proposal, version=version, now=now)
    return decision


def decline_proposal(
    session: Session, actor: Actor, *, seen: Seen, refusal: Refusal, now: datetime
) -> Decision:
    """Refuse the offer as it stands: why, what would be accepted; the hold ends. The borrower may ask another person.

    Raises:
        AccessRefused, Conflict: as ``approve_proposal``.
        DomainError: ``would_accept_missing``, ``reason_text_missing``, ``text_too_long``.

    """
    proposal, version = _open_for_decision(session, actor, Act.DECLINE, seen, now)
    refuse_unexplained(refusal.reason, refusal.text)
    refuse_too_long(refusal.text, field="reason_text")
    refuse_too_long(refusal.would_accept, field="would_accept")
    if not refusal.would_accept.strip():
        raise DomainError("would_accept_missing", field="would_accept", rule="P15")
    _move(session, proposal, Act.DECLINE, seen, now)
    decision = _decision(actor, proposal, version, "decline", now)
    decision.reason_code, decision.reason_text = refusal.reason.value, refusal.text.strip()
    decision.would_accept = refusal.would_accept.strip()
    _keep(session, proposal, decision)
    _record(
        session,
        actor,
        proposal,
        "plan:declined",
        now=now,
        version_number=version.number,
        content_hash=version.content_hash,
        decision_id=decision.id,
        reason_code=decision.reason_code,
    )
    end_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PROPOSAL_PENDING, reason="declined", now=now
    )
    return decision


def refuse_decided(session: Session, proposal: Proposal) -> None:
    """Raises ``Conflict``: ``already_decided`` or ``not_waiting``. What a page asks before it offers a decision."""
    if not is_possible(ProposalStatus(proposal.status), Act.APPROVE, Who.APPROVER):
        raise _too_late(session, proposal)


def record_decision_refusal(
    session: Session, actor: Actor, *, proposal: Proposal, act: Act, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    _record(session, actor, proposal, "decision:refused", now=now, act=act.value, code=error.code)


def _open_for_decision(
    session: Session, actor: Actor, act: Act, seen: Seen, now: datetime
) -> tuple[Proposal, ProposalVersion]:
    """The proposal and the version that was signed, where this person may decide just that, now."""
    require(actor, Permission.PROPOSAL_DECIDE)
    assert actor.id is not None
    proposal = session.get(Proposal, seen.proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("not_found")
    refuse_involved(actor.id, involved_in(session, proposal))
    if not is_possible(ProposalStatus(proposal.status), act, Who.APPROVER):
        raise _too_late(session, proposal)
    refuse_without_claim(session, actor, proposal_id=proposal.id, now=now)
    version = get_signed_version(session, proposal)
    if seen.row_version != proposal.row_version:
        raise Conflict("proposal_moved")
    if seen.content_hash != version.content_hash:
        raise Conflict("content_changed")
    # An import that changes this loan waits for the lock, or is seen by the next line.
    session.execute(select(Loan.id).where(Loan.id == proposal.loan_id).with_for_update())
    refuse_moved_facts(session, version, proposal.loan_id)
    return proposal, version


def _move(
    session: Session, proposal: Proposal, act: Act, seen: Seen, ends_at: datetime | None = None
) -> None:
    values = end_values(ends_at) if ends_at else {}
    try:
        move_proposal(session, proposal, act, Who.APPROVER, expected_row_version=seen.row_version, **values)
    except Conflict as error:
        raise _too_late(session, proposal) from error


def _decision(
    actor: Actor, proposal: Proposal, version: ProposalVersion, kind: str, now: datetime
) -> Decision:
    return Decision(
        proposal_id=proposal.id,
        review_round=proposal.review_round,
        version_number=version.number,
        content_hash=version.content_hash,
        kind=kind,
        by_policy=False,
        policy_version=version.policy_version,
        maker_borrower_id=proposal.borrower_id,
        drafter_staff_id=proposal.drafted_by_staff_id,
        first_staff_id=actor.id,
        decided_at=now,
    )


def _keep(session: Session, proposal: Proposal, decision: Decision) -> None:
    """Insert the decision, end the wait; the unique round refuses a second one even where the move let it pass."""
    try:
        with session.begin_nested():
            session.add(decision)
    except IntegrityError as error:
        raise _too_late(session, proposal) from error
    session.execute(delete(ReviewItem).where(ReviewItem.proposal_id == proposal.id))


def _too_late(session: Session, proposal: Proposal) -> Conflict:
    """Who decided what and when; or where the proposal went instead."""
    outcome = find_outcome(session, proposal.id)
    if outcome.decided_at is None:
        return Conflict("not_waiting", status=outcome.status.value)
    return Conflict(
        "already_decided",
        by=outcome.decided_by,
        at=outcome.decided_at.isoformat(),
        kind=outcome.kind,
    )


def _has_guarantor(session: Session, proposal: Proposal) -> bool:
    return bool(session.scalar(select(Loan.has_guarantor).where(Loan.id == proposal.loan_id)))


def _record(
    session: Session, actor: Actor, proposal: Proposal, name: str, *, now: datetime, **fields: object
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        **fields,
    )
