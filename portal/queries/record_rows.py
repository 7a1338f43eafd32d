"""The record as rows: events with their salts and places, read as a stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from portal.domain.record_checks import Line
from portal.domain.record_leaves import RecordedEvent, canonical_event
from portal.models import Event, RecordLeaf
from portal.queries.stored_json import canonical_of_text, canonical_of_values

_AT_ONCE: Final = 4_096
_MOMENT: Final = 26
"""Characters of a moment as it is read."""
_TEXTS: Final = ("name", "at", "actor_kind", "request_id", "fields")
_BYTES_ON_SQLITE: Final = [f"CAST(event.{name} AS BLOB)" for name in _TEXTS]
_TEXT_ON_POSTGRESQL: Final = (
    "event.name",
    "to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "event.actor_kind",
    "event.request_id",
    "event.fields::text",
)


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


def placed_lines(session: Session, start: int = 0, end: int | None = None) -> Iterator[Sequence[Line]]:
    """Places in order, every one or from one up to but without another: some thousands at a time, so that memory does not grow.

    Read as it is stored and not as a library would understand it, so that what says the same in other bytes is told from what was
    recorded.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = _as_stored(is_sqlite=is_sqlite).execution_options(yield_per=_AT_ONCE)
    if start:
        statement = statement.where(RecordLeaf.place >= start)
    if end is not None:
        statement = statement.where(RecordLeaf.place < end)
    for rows in session.connection().execute(statement).partitions():
        yield list(_lines(rows, is_sqlite=is_sqlite))


def _as_stored(*, is_sqlite: bool) -> Select[Any]:
    """Text as its bytes on SQLite, which keeps in a text column whatever was put there."""
    texts = _BYTES_ON_SQLITE if is_sqlite else _TEXT_ON_POSTGRESQL
    numbers = ("actor_id", "borrower_id", "loan_id", "proposal_id")
    columns: list[ColumnElement[Any]] = [
        literal_column("record_leaf.place"),
        literal_column("record_leaf.leaf"),
        literal_column("event.salt"),
        literal_column("event.id"),
        *(literal_column(f"event.{name}") for name in numbers),
        *(literal_column(text) for text in texts),
    ]
    return (
        select(*columns)
        .select_from(RecordLeaf)
        .outerjoin(Event, Event.id == RecordLeaf.event_id)
        .order_by(RecordLeaf.place)
    )


def _lines(rows: Sequence[Any], *, is_sqlite: bool) -> Iterator[Line]:
    canonical = _of_bytes if is_sqlite else _of_values
    for row in rows:
        place, leaf, salt, event_id = row[:4]
        if event_id is None:
            yield Line(place, _bytes(leaf), b"", None)
            continue
        try:
            event = canonical(row)
        except (TypeError, ValueError, AttributeError):
            event = b""  # no event of this program can be like that
        yield Line(place, _bytes(leaf), _bytes(salt), event)


def _of_bytes(row: Any) -> bytes:
    """SQLite: texts as the bytes that they are, fields as they were written."""
    place, _, _, event_id, actor_id, borrower_id, loan_id, proposal_id, name, at, kind, request_id, fields = (
        row
    )
    return canonical_event(
        place,
        event_id,
        str(name, "utf-8"),
        _iso(str(at, "ascii")),
        str(kind, "utf-8"),
        actor_id,
        None if request_id is None else str(request_id, "utf-8"),
        borrower_id,
        loan_id,
        proposal_id,
        _known(canonical_of_text(str(fields, "utf-8"))),
    )


def _of_values(row: Any) -> bytes:
    """PostgreSQL: it keeps values and no spelling of them."""
    place, _, _, event_id, actor_id, borrower_id, loan_id, proposal_id, name, at, kind, request_id, fields = (
        row
    )
    return canonical_event(
        place,
        event_id,
        name,
        _iso(at),
        kind,
        actor_id,
        request_id,
        borrower_id,
        loan_id,
        proposal_id,
        _known(canonical_of_values(fields)),
    )


def _iso(at: str) -> str:
    """Of ``2026-11-01 08:00:00.000000``, in UTC."""
    if len(at) != _MOMENT or at[10] != " ":
        raise ValueError(at)
    return f"{at[:10]}T{at[11:]}+00:00"


def _known(fields: str | None) -> str:
    if fields is None:
        raise ValueError("fields that this program does not write")
    return fields


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


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


def record_counts(session: Session) -> RecordCounts:
    placed = session.scalar(select(func.count()).select_from(RecordLeaf)) or 0
    waiting = session.scalar(
        select(func.count())
        .select_from(Event)
        .outerjoin(RecordLeaf, RecordLeaf.event_id == Event.id)
        .where(RecordLeaf.place.is_(None))
    )
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
