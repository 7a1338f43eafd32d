"""Places in the queue, by which its pages are asked for: after or before a row, never by a number of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Row, Select, literal, tuple_

from portal.domain.queue_choices import Sort
from portal.models import ReviewItem

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIGURES: Final[Mapping[Sort, Any]] = {
    Sort.DEADLINE: ReviewItem.deadline_at,
    Sort.SUM: ReviewItem.amount_minor,
    Sort.SUM_UP: ReviewItem.amount_minor,
    Sort.DPD: ReviewItem.dpd,
    Sort.DPD_UP: ReviewItem.dpd,
}


@dataclass(frozen=True, slots=True)
class QueueKey:
    """After (or before) the row with this figure and id; of a deadline the figure is its microseconds since 1970."""

    figure: int
    proposal_id: int
    is_backwards: bool = False

    def __str__(self) -> str:
        return f"{self.figure}-{self.proposal_id}"

    @classmethod
    def parse(cls, text: str | None, *, is_backwards: bool = False) -> "QueueKey | None":
        """What ``str`` gave; None for anything else."""
        figure, _, number = (text or "").partition("-")
        is_key = figure.isascii() and figure.isdigit() and number.isascii() and number.isdigit()
        if not is_key or len(figure) > 17 or len(number) > 18:
            return None
        return cls(int(figure), int(number), is_backwards)


def key_of(row: Row[Any], sort: Sort, *, is_backwards: bool = False) -> QueueKey:
    """The place of a row of ``review_item``."""
    figure = getattr(row, _FIGURES[sort].key)
    if isinstance(figure, datetime):
        figure = (figure - _EPOCH) // timedelta(microseconds=1)
    return QueueKey(figure, row.proposal_id, is_backwards)


def placed(statement: Select[Any], sort: Sort, key: QueueKey | None) -> Select[Any]:
    """The statement in its order, from a place on."""
    is_backwards = key is not None and key.is_backwards
    columns = (_FIGURES[sort], ReviewItem.proposal_id)
    is_down = sort.is_descending != is_backwards
    if key is not None:
        place = tuple_(*columns)
        statement = statement.where(place < _bound(key, sort) if is_down else place > _bound(key, sort))
    return statement.order_by(*(column.desc() if is_down else column for column in columns))


def _bound(key: QueueKey, sort: Sort) -> ColumnElement[Any]:
    if sort is Sort.DEADLINE:
        deadline = _EPOCH + timedelta(microseconds=key.figure)
        return tuple_(literal(deadline, ReviewItem.deadline_at.type), literal(key.proposal_id))
    return tuple_(literal(key.figure, BigInteger()), literal(key.proposal_id, BigInteger()))
