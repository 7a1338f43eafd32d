"""Claiming a case: compare-and-set on the lease, so that of two who reach for one case one gets it."""

from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.claims import LEASE, Claim
from portal.domain.errors import Conflict, DomainError
from portal.domain.four_eyes import refuse_first, refuse_involved
from portal.domain.permissions import Actor, ActorKind, Permission, require
from portal.domain.reasons import TakeOverReason
from portal.models import Proposal, ReviewItem, StaffMember
from portal.queries.involvement import involved_in
from portal.services.record import record_about


def _is_held_by(actor: Actor) -> ColumnElement[bool]:
    """Staff alone hold cases; a borrower may have the number that the holder has among staff."""
    return ReviewItem.claimed_by == actor.id if actor.kind is ActorKind.STAFF else false()


def claim_case(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> datetime:
    """Hold a case until the returned instant. Claiming one's own case again renews it.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``drafted_by_oneself``, ``decided_before_by_oneself``,
            ``decided_first_by_oneself``.
        Conflict: ``not_waiting``, or ``claimed_by_other`` with details ``by`` (staff number) and ``until`` (ISO).

    """
    require(actor, Permission.CASE_CLAIM)
    assert actor.id is not None
    involved = involved_in(session, proposal)
    refuse_involved(actor.id, involved)
    refuse_first(actor.id, involved)
    until = now + LEASE
    is_free = or_(ReviewItem.claimed_by.is_(None), _is_held_by(actor), ReviewItem.claimed_until <= now)
    claimed = session.scalar(
        update(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id, ReviewItem.stage != "held", is_free)
        .values(claimed_by=actor.id, claimed_until=until)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        raise _refusal(session, proposal.id)
    record_about(session, actor, proposal, "case:claimed", now=now, until=until.isoformat())
    return until


def take_over_case(
    session: Session, actor: Actor, *, proposal: Proposal, reason: TakeOverReason, now: datetime
) -> datetime:
    """Take a case from the colleague who holds it, with a reason that stands on the record; a free one is simply claimed.

    Raises as ``claim_case``.
    """
    item = session.get(ReviewItem, proposal.id, populate_existing=True)
    claim = Claim(item.claimed_by, item.claimed_until) if item else Claim()
    if not claim.is_live(now) or claim.holder_id == actor.id:
        return claim_case(session, actor, proposal=proposal, now=now)
    given_up = session.scalar(
        update(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id, ReviewItem.claimed_by == claim.holder_id)
        .values(claimed_by=None, claimed_until=None)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    )
    if given_up is None:
        raise _refusal(session, proposal.id)
    until = claim_case(session, actor, proposal=proposal, now=now)
    record_about(
        session,
        actor,
        proposal,
        "case:taken_over",
        now=now,
        from_staff_id=claim.holder_id,
        reason=reason.value,
        until=until.isoformat(),
    )
    return until


def renew_claim(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> datetime | None:
    """Keep one's live claim while the page is open; None where it is not one's own any more."""
    until = now + LEASE
    kept = session.scalar(
        update(ReviewItem)
        .where(
            ReviewItem.proposal_id == proposal.id,
            _is_held_by(actor),
            ReviewItem.claimed_until > now,
        )
        .values(claimed_until=until)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    )
    if kept is None:
        return None
    record_about(session, actor, proposal, "case:claim_renewed", now=now, until=until.isoformat())
    return until


def release_claim(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> bool:
    """Give a case back; False where it was not held, so that a double click is nothing.

    Raises ``AccessRefused("permission_missing")``.
    """
    require(actor, Permission.CASE_CLAIM)
    released = session.scalar(
        update(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id, _is_held_by(actor))
        .values(claimed_by=None, claimed_until=None)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    )
    if released is None:
        return False
    record_about(session, actor, proposal, "case:released", now=now, reason="given_back")
    return True


def release_all_claims(session: Session, actor: Actor, *, now: datetime) -> int:
    """Signing out gives everything back. Returns how many."""
    released = session.scalars(
        update(ReviewItem)
        .where(_is_held_by(actor))
        .values(claimed_by=None, claimed_until=None)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    ).all()
    for proposal in session.scalars(select(Proposal).where(Proposal.id.in_(released))):
        record_about(session, actor, proposal, "case:released", now=now, reason="signed_out")
    return len(released)


def end_lapsed_claims(session: Session, actor: Actor, *, now: datetime, limit: int = 500) -> int:
    """Give free what nobody has come back to; how many at most ``limit``. They were free already for whoever reached for them."""
    lapsed = session.scalars(
        select(ReviewItem)
        .where(ReviewItem.claimed_by.is_not(None), ReviewItem.claimed_until <= now)
        .order_by(ReviewItem.proposal_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for item in lapsed:
        item.claimed_by = item.claimed_until = None
        proposal = session.get_one(Proposal, item.proposal_id)
        record_about(session, actor, proposal, "case:released", now=now, reason="lapsed")
    session.flush()
    return len(lapsed)


def refuse_without_claim(session: Session, actor: Actor, *, proposal_id: int, now: datetime) -> None:
    """Raises ``Conflict``: ``claim_needed``, or ``claimed_by_other`` with details ``by`` and ``until``."""
    item = session.get(ReviewItem, proposal_id, populate_existing=True)
    refuse_unclaimed(session, actor, item, proposal_id=proposal_id, now=now)


def refuse_unclaimed(
    session: Session, actor: Actor, item: ReviewItem | None, *, proposal_id: int, now: datetime
) -> None:
    """As ``refuse_without_claim``, of a row of the queue that was read afresh."""
    claim = Claim(item.claimed_by, item.claimed_until) if item else Claim()
    if claim.is_held_by(actor.id, now):
        return
    raise _refusal(session, proposal_id) if claim.is_live(now) else Conflict("claim_needed")


def record_claim_refusal(
    session: Session, actor: Actor, *, proposal: Proposal, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record_about(session, actor, proposal, "case:claim_refused", now=now, code=error.code)


def _refusal(session: Session, proposal_id: int) -> Conflict:
    held = session.execute(
        select(StaffMember.number, ReviewItem.claimed_until)
        .join(StaffMember, StaffMember.id == ReviewItem.claimed_by)
        .where(ReviewItem.proposal_id == proposal_id)
    ).one_or_none()
    if held is None:
        return Conflict("not_waiting")
    return Conflict("claimed_by_other", by=held.number, until=held.claimed_until.isoformat())
