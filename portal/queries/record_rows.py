"""The record as rows: leaves, places, and events with their salts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.record_leaves import RecordedEvent
from portal.models import Event, RecordLeaf

_AT_ONCE: Final = 4_096


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


def leaves(session: Session, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The leaves from one place up to but without another, or to the newest, in order."""
    statement = select(RecordLeaf.leaf).where(RecordLeaf.place >= start).order_by(RecordLeaf.place)
    if end is not None:
        statement = statement.where(RecordLeaf.place < end)
    return iter(session.scalars(statement.execution_options(yield_per=_AT_ONCE)))


def leaf_at(session: Session, place: int) -> bytes:
    """Raises ``NoResultFound`` where nothing has that place."""
    return session.scalars(select(RecordLeaf.leaf).where(RecordLeaf.place == place)).one()


def place_of(session: Session, event_id: int) -> int | None:
    """None where the event has no place yet, or there is none."""
    return session.scalars(select(RecordLeaf.place).where(RecordLeaf.event_id == event_id)).one_or_none()


def has_no_place(after: int = 0) -> ColumnElement[bool]:
    """Of events with ids after that one: whether it waits for its place in the record.

    Not by an outer join: of that PostgreSQL expects one row to be left, and reads all events to sort them for the next thousand.
    """
    placed = exists().where(RecordLeaf.event_id == Event.id, RecordLeaf.event_id > after)
    return and_(Event.id > after, ~placed)


def record_counts(session: Session) -> RecordCounts:
    placed = session.scalar(select(func.count()).select_from(RecordLeaf)) or 0
    waiting = session.scalar(select(func.count()).select_from(Event).where(has_no_place()))
    return RecordCounts(placed, waiting or 0)


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event with what makes its leaf; an erased one has no salt."""

    place: int
    leaf: bytes
    salt: bytes
    event: RecordedEvent


def placed_events(session: Session, *conditions: ColumnElement[bool]) -> Sequence[PlacedEvent]:
    """Those events that the conditions hold for and that have a place, in the order of their places."""
    rows = session.execute(
        select(RecordLeaf.place, RecordLeaf.leaf, Event)
        .join(Event, Event.id == RecordLeaf.event_id)
        .where(*conditions)
        .order_by(RecordLeaf.place)
    )
    return [PlacedEvent(place, leaf, event.salt or b"", recorded(event)) for place, leaf, event in rows]
