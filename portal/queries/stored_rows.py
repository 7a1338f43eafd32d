"""Events as a database stores them, with their places and leaves: not as a library would understand them, so that what says the same in
other bytes is told from what was recorded.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.orm import Session

from portal.models import Event, RecordLeaf

AT_ONCE: Final = 8_192
"""So few that PostgreSQL sorts them in memory."""
_TEXTS: Final = ("name", "at", "actor_kind", "request_id", "fields")
_BYTES_ON_SQLITE: Final = [f"CAST(event.{name} AS BLOB)" for name in _TEXTS]
_TEXT_ON_POSTGRESQL: Final = (
    "event.name",
    "to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "event.actor_kind",
    "event.request_id",
    "event.fields::text",
)

StoredRow = Sequence[Any]
"""Place, leaf, salt, the event's id, the ids of actor, borrower, loan and proposal, then name, moment, kind of actor, request and
fields: bytes on SQLite, text on PostgreSQL.
"""


def keeps_text_as_written(session: Session) -> bool:
    """SQLite, which keeps in a column whatever was put there; PostgreSQL keeps values and spells them in its own way."""
    return session.get_bind().dialect.name == "sqlite"


def stored_rows(session: Session, start: int = 0, end: int | None = None) -> Iterator[Sequence[StoredRow]]:
    """Places in order, every one or from one up to but without another: some thousands at a time, so that memory does not grow."""
    connection, place = session.connection(), start
    while (some := _next_of(session, place, end)) is not None:
        # The driver's own tuples: there are millions.
        cursor = connection.execute(_as_stored(session, some)).cursor
        yield cursor.fetchall()
        place = some.last + 1


class _Some(NamedTuple):
    """Places that are read at once, and between which ids their events are: told so, PostgreSQL does not read the whole table for them."""

    first: int
    last: int
    least: int
    most: int


def _next_of(session: Session, start: int, end: int | None) -> _Some | None:
    """By their number and not by their places, which may have gaps of any size. None where there are no more."""
    places = select(RecordLeaf.place, RecordLeaf.event_id).where(RecordLeaf.place >= start)
    if end is not None:
        places = places.where(RecordLeaf.place < end)
    next_ones = places.order_by(RecordLeaf.place).limit(AT_ONCE).subquery()
    columns = next_ones.c
    last, least, most = session.execute(
        select(func.max(columns.place), func.min(columns.event_id), func.max(columns.event_id))
    ).one()
    return None if last is None else _Some(start, last, least, most)


def _as_stored(session: Session, some: _Some) -> Select[Any]:
    texts = _BYTES_ON_SQLITE if keeps_text_as_written(session) else _TEXT_ON_POSTGRESQL
    numbers = ("actor_id", "borrower_id", "loan_id", "proposal_id")
    columns: list[ColumnElement[Any]] = [
        literal_column("record_leaf.place"),
        literal_column("record_leaf.leaf"),
        literal_column("event.salt"),
        literal_column("event.id"),
        *(literal_column(f"event.{name}") for name in numbers),
        *(literal_column(text) for text in texts),
    ]
    is_its = and_(Event.id == RecordLeaf.event_id, Event.id.between(some.least, some.most))
    return (
        select(*columns)
        .select_from(RecordLeaf)
        .outerjoin(Event, is_its)
        .where(RecordLeaf.place.between(some.first, some.last))
        .order_by(RecordLeaf.place)
    )
