"""The record as rows: events with their salts and places, read as a stream."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.record_checks import Line
from portal.domain.record_leaves import RecordedEvent
from portal.models import Event, RecordLeaf

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """``waiting`` counts events without a place."""

    placed: int
    waiting: int


def recorded(event: Event) -> RecordedEvent:
    """The event as a rule sees it."""
    return RecordedEvent(
        id=event.id,
        name=event.name,
        at=event.at,
        actor_kind=event.actor_kind,
        actor_id=event.actor_id,
        request_id=event.request_id,
        borrower_id=event.borrower_id,
        loan_id=event.loan_id,
        proposal_id=event.proposal_id,
        fields=event.fields,
    )


def placed_rows(session: Session) -> Iterator[Line]:
    """Every place in order, with its event, in memory that does not grow with their number."""
    columns = (RecordLeaf.place, RecordLeaf.leaf)
    about = [getattr(Event, name) for name in RecordedEvent.__dataclass_fields__]
    statement = (
        select(*columns, Event.salt, *about)
        .outerjoin(Event, Event.id == RecordLeaf.event_id)
        .order_by(RecordLeaf.place)
        .execution_options(yield_per=_AT_ONCE)
    )
    for place, leaf, salt, *values in session.execute(statement):
        event = None if values[0] is None else RecordedEvent(*values)
        yield Line(place, leaf, event, salt or b"")


def leaves(session: Session, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The leaves from one place up to but without another, or to the newest, in order."""
    statement = select(RecordLeaf.leaf).where(RecordLeaf.place >= start).order_by(RecordLeaf.place)
    if end is not None:
        statement = statement.where(RecordLeaf.place < end)
    return iter(session.scalars(statement.execution_options(yield_per=_AT_ONCE)))


def place_of(session: Session, event_id: int) -> int | None:
    """None where the event has no place yet, or there is none."""
    return session.scalars(select(RecordLeaf.place).where(RecordLeaf.event_id == event_id)).one_or_none()


def record_counts(session: Session) -> RecordCounts:
    placed = session.scalar(select(func.count()).select_from(RecordLeaf)) or 0
    waiting = session.scalar(
        select(func.count())
        .select_from(Event)
        .outerjoin(RecordLeaf, RecordLeaf.event_id == Event.id)
        .where(RecordLeaf.place.is_(None))
    )
    return RecordCounts(placed, waiting or 0)
