"""Giving events their places in the record's tree, after they were committed: no request ever waits for another's place."""

from sqlalchemy import Select, func, insert, select, text
from sqlalchemy.orm import Session

from portal.domain.record_leaves import leaf_of
from portal.models import Event, RecordLeaf
from portal.queries.record_rows import has_no_place, recorded

BATCH = 1_000
RECENT = 100_000
"""How far behind the newest placed event a look goes for such as were committed late; ``is_sweep`` looks at all."""
_TURN = 0x7265636F7264
"""PostgreSQL's advisory lock of whoever gives places; SQLite has one writer anyway."""


def place_events(session: Session, *, limit: int = BATCH, is_sweep: bool = False) -> int:
    """Give the next places, without a gap, to at most ``limit`` events that have none, the oldest first; how many there were."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    last = session.scalars(select(func.coalesce(func.max(RecordLeaf.place), -1))).one()
    waiting = session.scalars(_waiting(session, is_sweep=is_sweep).order_by(Event.id).limit(limit))
    rows = [
        {"place": place, "event_id": event.id, "leaf": leaf_of(recorded(event), event.salt or b"", place)}
        for place, event in enumerate(waiting, start=last + 1)
    ]
    if rows:
        session.execute(insert(RecordLeaf), rows)
    return len(rows)


def has_waiting(session: Session, *, is_sweep: bool = False) -> bool:
    """Whether an event is without a place."""
    return session.scalars(_waiting(session, is_sweep=is_sweep).limit(1)).first() is not None


def _waiting(session: Session, *, is_sweep: bool) -> Select[Event]:
    if is_sweep:
        return select(Event).where(has_no_place())
    newest = session.scalars(select(func.coalesce(func.max(RecordLeaf.event_id), 0))).one()
    return select(Event).where(has_no_place(after=newest - RECENT))
