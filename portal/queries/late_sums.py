"""The arrears of many loans added up by the database: what ``domain/arrears.py`` says of one, and ``domain/next_looks.py`` of when next.

Only of loans that were never paused. The penalty is no figure of the day: it is worked out from dates and rates where it is shown.
"""

import operator
from datetime import date
from functools import reduce
from typing import Any, Final, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy import cast as as_type

from portal.domain.arrears import LatenessRules
from portal.domain.next_looks import NEVER, LookRules
from portal.models import DelinquencyPause, Installment, LoanStanding
from portal.queries.day_arithmetic import day_after, days_between, earliest
from portal.queries.standings import Loans

_ROWS: Final = cast("Table", Installment.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_PARTS: Final = ("principal", "interest", "fee", "penalty")


def figures_of_day(on: date, loans: Loans, rules: LookRules) -> Select[Any]:
    """One row for each of the loans that was never paused: ``loan_id``, ``oldest_unpaid_on``, ``delinquent_days``, ``overdue_minor``,
    ``bucket``, and ``next_on``, the day to count it again.
    """
    sums, lateness = _sums(on, loans, rules.lateness), rules.lateness
    counted = days_between(sums.c.oldest, literal(on)) + (int(lateness.due_date_counts) - lateness.grace_days)
    days = case((counted > 0, counted), else_=0)
    return (
        select(
            _STANDINGS.c.loan_id,
            sums.c.oldest.label("oldest_unpaid_on"),
            days.label("delinquent_days"),
            func.coalesce(sums.c.overdue, 0).label("overdue_minor"),
            _bucket(days, lateness).label("bucket"),
            _next_look(on, sums, counted, rules).label("next_on"),
        )
        .join_from(_STANDINGS, sums, sums.c.loan_id == _STANDINGS.c.loan_id, isouter=True)
        .where(loans.holds(_STANDINGS.c.loan_id), is_simple(_STANDINGS.c.loan_id))
    )


def is_behind(loan_id: Any, *, on: date, rules: LatenessRules | None = None) -> ColumnElement[bool]:
    """Whether anything of a loan is overdue on a day, as the book stands: also what was paid since the day's run."""
    return exists().where(
        _ROWS.c.loan_id == loan_id, _has_passed(on, rules or LatenessRules()), _outstanding() > 0
    )


def is_simple(loan_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the database may add up this loan."""
    return ~exists().where(DelinquencyPause.loan_id == loan_id)


def _sums(on: date, loans: Loans, lateness: LatenessRules) -> Subquery:
    """Of each loan with an unmet installment: the oldest overdue date, what is overdue, and the first date that is still to come."""
    outstanding, has_passed = _outstanding(), _has_passed(on, lateness)
    return (
        select(
            _ROWS.c.loan_id,
            func.min(_ROWS.c.due_on).filter(has_passed).label("oldest"),
            # PostgreSQL adds whole numbers up to a decimal one.
            as_type(func.sum(outstanding).filter(has_passed), BigInteger).label("overdue"),
            func.min(_ROWS.c.due_on).filter(~has_passed).label("ahead"),
        )
        .where(loans.holds(_ROWS.c.loan_id), outstanding > 0)
        .group_by(_ROWS.c.loan_id)
        .subquery("sums")
    )


def _has_passed(on: date, lateness: LatenessRules) -> ColumnElement[bool]:
    return _ROWS.c.due_on <= on if lateness.due_date_counts else _ROWS.c.due_on < on


def _outstanding() -> ColumnElement[int]:
    return reduce(operator.add, (_left(part) for part in _PARTS))


def _left(part: str) -> ColumnElement[int]:
    return _ROWS.c[f"{part}_due_minor"] - _ROWS.c[f"{part}_paid_minor"]


def _bucket(delinquent: ColumnElement[int], rules: LatenessRules) -> ColumnElement[str | None]:
    within = [
        (
            delinquent >= bucket.first
            if bucket.last is None
            else delinquent.between(bucket.first, bucket.last),
            bucket.code,
        )
        for bucket in rules.buckets
    ]
    return case(*within, else_=null())


def _next_look(
    on: date, sums: Subquery, counted: ColumnElement[int], rules: LookRules
) -> ColumnElement[date]:
    never = literal(NEVER, Date)
    ends_on = _STANDINGS.c.limitation_ends_on
    until_next_day = case(*((counted < day, day - counted) for day in rules.days), else_=null())
    return earliest(
        func.coalesce(day_after(sums.c.ahead, int(not rules.lateness.due_date_counts)), never),
        func.coalesce(day_after(literal(on), until_next_day), never),
        case((and_(ends_on.is_not(None), ends_on >= on), day_after(ends_on, 1)), else_=never),
    )
