"""Promised times that are about to pass or have passed, over both queues, with who holds the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.queue_choices import NEAR
from portal.models import Proposal, ReviewItem, StaffMember
from portal.queries.involvement import listed_for

SHOWN: Final = 20
"""The most urgent: what is behind them waits in the queue."""


@dataclass(frozen=True, slots=True)
class PromiseAtRisk:
    """``holder`` is a staff number, None where nobody holds the case."""

    public_id: str
    reference: str
    deadline_at: datetime
    is_passed: bool
    is_second: bool
    holder: str | None


def promises_at_risk(session: Session, *, staff_id: int, now: datetime) -> Sequence[PromiseAtRisk]:
    """The earliest first, at most ``SHOWN``, without those that are no business of who looks."""
    rows = session.execute(
        select(ReviewItem, Proposal.public_id, Proposal.reference, StaffMember.number)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .outerjoin(StaffMember, StaffMember.id == ReviewItem.claimed_by)
        .where(ReviewItem.stage != "held", ReviewItem.deadline_at < now + NEAR, listed_for(staff_id))
        .order_by(ReviewItem.deadline_at, ReviewItem.proposal_id)
        .limit(SHOWN)
    )
    return [
        PromiseAtRisk(
            public_id=public_id,
            reference=reference,
            deadline_at=item.deadline_at,
            is_passed=item.deadline_at < now,
            is_second=item.stage == "second",
            holder=number if item.claimed_until is not None and item.claimed_until > now else None,
        )
        for item, public_id, reference, number in rows
    ]
