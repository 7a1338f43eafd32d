"""How far the checkpoints lag behind the record."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import Event, RecordLeaf
from portal.queries.record_rows import has_no_place

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class RecordLag:
    """Events that no checkpoint covers yet, counted up to ``MOST_COUNTED``; ``since`` is when the oldest of them happened."""

    events: int
    since: datetime | None

    def seconds(self, now: datetime) -> int:
        return 0 if self.since is None else max(0, round((now - self.since).total_seconds()))


def record_lag(session: Session, covered: int) -> RecordLag:
    """``covered`` is the size of the newest checkpoint. Costs the same however long the record is.

    What was committed very late, behind 10,000 newer ones, is not looked for here; ``portal record verify`` counts it.
    """
    placed = (
        select(Event.at)
        .join(RecordLeaf, RecordLeaf.event_id == Event.id)
        .where(RecordLeaf.place >= covered)
        .order_by(RecordLeaf.place)
        .limit(MOST_COUNTED)
    )
    newest = session.scalars(select(func.coalesce(func.max(RecordLeaf.event_id), 0))).one()
    waiting = (
        select(Event.at)
        .where(has_no_place(after=newest - MOST_COUNTED))
        .order_by(Event.id)
        .limit(MOST_COUNTED)
    )
    moments = [*session.scalars(placed), *session.scalars(waiting)]
    return RecordLag(min(len(moments), MOST_COUNTED), min(moments, default=None))
