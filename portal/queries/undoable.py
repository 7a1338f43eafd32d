"""What somebody decided a moment ago and may still undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionState
from portal.models import Decision, Proposal, ReviewItem


@dataclass(frozen=True, slots=True)
class Undoable:
    """A decision in its minute."""

    public_id: str
    reference: str
    kind: str
    goes_out_at: datetime | None


def undoable_by(session: Session, staff_id: int, *, now: datetime) -> Sequence[Undoable]:
    """Newest first. Asked of the queue's few held rows, not of all decisions."""
    rows = session.execute(
        select(Proposal.public_id, Proposal.reference, Decision.kind, Decision.goes_out_at)
        .select_from(ReviewItem)
        .join(Decision, Decision.proposal_id == ReviewItem.proposal_id)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(
            ReviewItem.stage == "held",
            Decision.state == DecisionState.HELD.value,
            Decision.goes_out_at > now,
            or_(Decision.first_staff_id == staff_id, Decision.second_staff_id == staff_id),
        )
        .order_by(Decision.goes_out_at.desc())
        .limit(5)
    )
    return [Undoable(*row) for row in rows]
