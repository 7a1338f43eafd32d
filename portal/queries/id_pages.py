"""Long lists, the newest first: one page at a time by the id of its first or last row, never by counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")
SIZE = 25
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: below an id, or (``is_back``) above it."""

    id: int
    is_back: bool = False

    @classmethod
    def parse(cls, *, before: str | None, after: str | None) -> "Place | None":
        """What an address asks for; anything else than a number is the first page."""
        for text, is_back in ((after, True), (before, False)):
            if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
                return cls(int(text), is_back)
        return None


@dataclass(frozen=True, slots=True)
class IdPage(Generic[Row]):
    """Rows, and the ids that the pages beside this one start from; None where there is none."""

    rows: Sequence[Row]
    before: int | None
    """The older page lies before this id."""
    after: int | None


def id_page(
    session: Session,
    statement: Select[Row],
    column: InstrumentedAttribute[int],
    place: Place | None,
    *,
    size: int = SIZE,
) -> IdPage[Row]:
    """One page of a statement whose rows carry ``id``, the newest first."""
    is_back = place is not None and place.is_back
    if place is not None:
        statement = statement.where(column > place.id if is_back else column < place.id)
    found = session.scalars(statement.order_by(column if is_back else column.desc()).limit(size + 1)).all()
    has_more, shown = len(found) > size, found[:size]
    rows = list(reversed(shown)) if is_back else list(shown)
    if not rows:
        return IdPage((), None, None)
    ids = [row.id for row in rows]  # type: ignore[attr-defined]
    has_newer = has_more if is_back else place is not None
    return IdPage(rows, ids[-1] if is_back or has_more else None, ids[0] if has_newer else None)
