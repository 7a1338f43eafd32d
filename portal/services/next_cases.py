"""The next case: the one whose promised time comes first among those that this person may decide and that nobody holds."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.claims import DOUBLE_CLICK, HELD_AT_MOST, LEASE
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, Permission, require
from portal.models import Proposal, ReviewItem
from portal.queries.absences import is_away
from portal.queries.involvement import decidable_by
from portal.services.claims import claim_case

_TRIES: Final = 5
_ORDER = (ReviewItem.deadline_at, ReviewItem.stage.desc(), ReviewItem.proposal_id)
"""By deadline alone, so that no case starves; of those with one deadline the second approvals first: half the work is done there."""


def take_next_case(
    session: Session, actor: Actor, *, leaving_id: int | None = None, now: datetime
) -> Proposal | None:
    """Claim the next case and give it; None where nothing is left for this person. ``leaving_id`` is the case whose page one is on.

    Two who ask at once get two cases: on PostgreSQL a row that somebody else is taking is skipped, on SQLite one writes at a time, and
    the claim itself compares and sets. Who holds ``HELD_AT_MOST`` cases, or asked a moment ago, gets one of those.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``staff_away``.

    """
    require(actor, Permission.CASE_CLAIM)
    assert actor.id is not None
    if is_away(session, actor.id, now=now):
        raise DomainError("staff_away")
    own = _own(session, actor.id, leaving_id, now)
    if own is not None:
        return own
    tried: set[int] = set()
    for _ in range(_TRIES):
        found: Proposal | None = session.scalar(_free(actor.id, tried, now))
        if found is None:
            return None
        if _is_claimed(session, actor, found, now):
            return found
        tried.add(found.id)
    return None


def _own(session: Session, staff_id: int, leaving_id: int | None, now: datetime) -> Proposal | None:
    held = session.execute(
        select(ReviewItem.proposal_id, ReviewItem.claimed_until)
        .where(ReviewItem.claimed_by == staff_id, ReviewItem.claimed_until > now, ReviewItem.stage != "held")
        .order_by(*_ORDER)
        .limit(HELD_AT_MOST + 1)
    ).all()
    others = [row for row in held if row.proposal_id != leaving_id]
    fresh = [row for row in others if row.claimed_until > now + LEASE - DOUBLE_CLICK]
    wanted = fresh or (others if len(held) >= HELD_AT_MOST else ())
    return session.get_one(Proposal, wanted[0].proposal_id) if wanted else None


def _free(staff_id: int, tried: Collection[int], now: datetime) -> Select[Any]:
    return (
        select(Proposal)
        .join(ReviewItem, ReviewItem.proposal_id == Proposal.id)
        .where(_is_free(now), decidable_by(staff_id), ReviewItem.proposal_id.not_in(tried))
        .order_by(*_ORDER)
        .limit(1)
        .with_for_update(of=ReviewItem, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    lapsed = or_(ReviewItem.claimed_by.is_(None), ReviewItem.claimed_until <= now)
    return and_(ReviewItem.stage != "held", lapsed)


def _is_claimed(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> bool:
    """False where it changed between being found and being claimed."""
    try:
        with session.begin_nested():
            claim_case(session, actor, proposal=proposal, now=now)
    except DomainError:
        return False
    return True
