"""Where loans stand by the day's run, many at a time: loans with ids in a range."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, and_, func, select
from sqlalchemy.orm import Session

from portal.models import Loan, LoanStanding
from portal.queries.late_sums import is_simple

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)


@dataclass(frozen=True, slots=True)
class LoanRange:
    """Loans with ids after ``first`` up to and including ``last``."""

    first: int
    last: int

    def holds(self, loan_id: Any) -> ColumnElement[bool]:
        return and_(loan_id > self.first, loan_id <= self.last)


def next_range(session: Session, *, after: int, limit: int) -> LoanRange | None:
    """The next so many loans by id; None at the end of the book."""
    some = select(_LOANS.c.id).where(_LOANS.c.id > after).order_by(_LOANS.c.id).limit(limit).subquery()
    last = session.scalar(select(func.max(some.c.id)))
    return None if last is None else LoanRange(after, last)


def not_simple_ids(session: Session, loans: LoanRange) -> Sequence[int]:
    """Loans that the database cannot add up by itself."""
    return session.scalars(
        select(_LOANS.c.id).where(loans.holds(_LOANS.c.id), ~is_simple()).order_by(_LOANS.c.id)
    ).all()


def count_changed(session: Session, loans: LoanRange, on: date) -> tuple[int, int]:
    """How many of them changed on a day, and how many are late."""
    standing = _STANDINGS.c
    row = session.execute(
        select(
            func.count().filter(standing.counted_on == on),
            func.count().filter(standing.overdue_minor > 0),
        ).where(loans.holds(standing.loan_id))
    ).one()
    return row[0], row[1]


def standings_by_loan(session: Session, loan_ids: Collection[int]) -> Mapping[int, LoanStanding]:
    rows = session.scalars(select(LoanStanding).where(LoanStanding.loan_id.in_(loan_ids)))
    return {row.loan_id: row for row in rows}
