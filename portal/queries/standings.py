"""Where loans stand by the day's run, many at a time: loans with ids in a range."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, cast

from sqlalchemy import ColumnElement, Table, and_, between, false, func, select
from sqlalchemy.orm import Session

from portal.models import Loan, LoanStanding
from portal.queries.id_sets import is_one_of, many

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)


class Loans(Protocol):
    """Some loans."""

    def holds(self, loan_id: Any) -> ColumnElement[bool]:
        """Whether a column with ids of loans is of one of them."""

    def is_near(self, loan_id: Any) -> ColumnElement[bool]:
        """Whether it lies between the first and the last of them: to say again of what is joined, which PostgreSQL would read whole."""


@dataclass(frozen=True, slots=True)
class LoanRange:
    """Loans with ids after ``first`` up to and including ``last``."""

    first: int
    last: int

    def holds(self, loan_id: Any) -> ColumnElement[bool]:
        return and_(loan_id > self.first, loan_id <= self.last)

    def is_near(self, loan_id: Any) -> ColumnElement[bool]:
        return self.holds(loan_id)


@dataclass(frozen=True, slots=True)
class LoanSet:
    """Loans by their ids, which rise."""

    ids: Sequence[int]

    def holds(self, loan_id: Any) -> ColumnElement[bool]:
        return is_one_of(loan_id, many(self.ids))

    def is_near(self, loan_id: Any) -> ColumnElement[bool]:
        return between(loan_id, self.ids[0], self.ids[-1]) if self.ids else false()


def next_range(session: Session, *, after: int, limit: int) -> LoanRange | None:
    """The next so many loans by id; None at the end of the book."""
    some = select(_LOANS.c.id).where(_LOANS.c.id > after).order_by(_LOANS.c.id).limit(limit).subquery()
    last = session.scalar(select(func.max(some.c.id)))
    return None if last is None else LoanRange(after, last)


def counted_loans(session: Session, loans: Loans, *, on: date) -> LoanSet:
    """Those that the run of a day counted."""
    counted = select(_STANDINGS.c.loan_id).where(
        loans.holds(_STANDINGS.c.loan_id), _STANDINGS.c.counted_on == on
    )
    return LoanSet(session.scalars(counted.order_by(_STANDINGS.c.loan_id)).all())


def count_late(session: Session, loans: Loans) -> int:
    standing = _STANDINGS.c
    late = select(func.count()).where(loans.holds(standing.loan_id), standing.overdue_minor > 0)
    return session.scalar(late) or 0


def standings_by_loan(session: Session, loan_ids: Collection[int]) -> Mapping[int, LoanStanding]:
    rows = session.scalars(select(LoanStanding).where(LoanStanding.loan_id.in_(loan_ids)))
    return {row.loan_id: row for row in rows}
