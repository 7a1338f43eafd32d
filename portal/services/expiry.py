"""What the clock ends: drafts, offers, counters, questions and terms to be signed again. It never approves."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN_STATUSES, Act, ProposalStatus, Who
from portal.models import Proposal
from portal.queries.proposals import find_open_proposal
from portal.services.holds import end_hold
from portal.services.moves import move_proposal
from portal.services.overtaking import overtake_decision
from portal.services.record import record_about

UNANSWERED_HOLD = timedelta(days=15)
"""Where the lender let an offer run out unanswered, contact stays stopped so long: time to sign anew."""
_OPEN = [status.value for status in OPEN_STATUSES]
_OURS = frozenset({ProposalStatus.SUBMITTED, ProposalStatus.IN_REVIEW})
_MAY_BE_DUE = (*_OPEN, ProposalStatus.EXPIRED.value)


def has_expired(session: Session, *, now: datetime) -> bool:
    """Whether there may be something to expire: asked without taking a lock."""
    found = session.scalar(
        select(Proposal.id).where(Proposal.closes_at <= now, Proposal.status.in_(_MAY_BE_DUE)).limit(1)
    )
    return found is not None


def expire_proposals(session: Session, actor: Actor, *, now: datetime, limit: int = 500) -> int:
    """End what stood open past its time, the oldest first; running it again ends nothing twice. Returns how many."""
    due = session.scalars(
        select(Proposal)
        .where(Proposal.closes_at <= now, Proposal.status.in_(_MAY_BE_DUE))
        .order_by(Proposal.closes_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for proposal in due:
        if proposal.status == ProposalStatus.EXPIRED:
            _end_kept_hold(session, actor, proposal, now)
        else:
            _expire(session, actor, proposal, now)
    return len(due)


def _expire(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> None:
    was = ProposalStatus(proposal.status)
    kept_until = now + UNANSWERED_HOLD if was in _OURS else None
    move_proposal(session, proposal, Act.EXPIRE, Who.CLOCK, ended_at=now, closes_at=kept_until)
    overtake_decision(session, actor, proposal=proposal, by="expired", now=now)
    record_about(session, actor, proposal, "plan:expired", now=now, from_status=was.value)
    if kept_until is None:
        _end_hold(session, actor, proposal, now)


def _end_kept_hold(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> None:
    """The time to sign anew is over; another proposal that waits keeps the hold as its own."""
    proposal.closes_at = None
    session.flush()
    other = find_open_proposal(session, proposal.loan_id)
    if other is None or other.status == ProposalStatus.DRAFT:
        _end_hold(session, actor, proposal, now)


def _end_hold(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> None:
    end_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PROPOSAL_PENDING, reason="expired", now=now
    )
