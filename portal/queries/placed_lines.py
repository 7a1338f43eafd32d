"""The record line by line, in the order of its places, each in the one form that was committed to."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from portal.domain.record_checks import Line
from portal.domain.record_leaves import canonical_event
from portal.queries.stored_json import canonical_of_text, canonical_of_values
from portal.queries.stored_rows import StoredRow, keeps_text_as_written, stored_rows

MOMENT: Final = 26
"""Characters of a moment as it is read."""


def placed_lines(session: Session, start: int = 0, end: int | None = None) -> Iterator[Sequence[Line]]:
    """Places in order, every one or from one up to but without another, some thousands at a time."""
    as_written = keeps_text_as_written(session)
    for rows in stored_rows(session, start, end):
        yield [line_of(row, as_written=as_written) for row in rows]


def line_of(row: StoredRow, *, as_written: bool) -> Line:
    """What a row says; ``as_written`` where its texts are bytes as they were written."""
    place, leaf, salt, event_id = row[:4]
    if event_id is None:
        return Line(place, stored_bytes(leaf), b"", None)
    try:
        event = _of_bytes(row) if as_written else _of_values(row)
    except (TypeError, ValueError, AttributeError):
        event = b""  # no event of this program can be like that
    return Line(place, stored_bytes(leaf), stored_bytes(salt), event)


def stored_bytes(value: object) -> bytes:
    """None where something else was put into a column of bytes."""
    return value if isinstance(value, bytes) else b""


def _of_bytes(row: StoredRow) -> bytes:
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


def _of_values(row: StoredRow) -> bytes:
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
    if len(at) != MOMENT or at[10] != " ":
        raise ValueError(at)
    return f"{at[:10]}T{at[11:]}+00:00"


def _known(fields: str | None) -> str:
    if fields is None:
        raise ValueError("fields that this program does not write")
    return fields
