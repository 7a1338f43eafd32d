"""The arrears of many loans added up by the database: what ``domain/arrears.py`` and ``domain/penalty.py`` say of one, to the minor unit.

Only of loans whose figures whole numbers of 64 bits can hold, and that were never paused; ``is_simple`` tells them from the others.
"""

import operator
from datetime import date
from functools import reduce
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    String,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import cast as as_type

from portal.domain.arrears import LatenessRules
from portal.domain.day_counts import DayCount
from portal.domain.rounding import Rounding
from portal.models import DelinquencyPause, Installment, Loan
from portal.queries.day_arithmetic import days_between

_LOANS: Final = cast("Table", Loan.__table__)
_ROWS: Final = cast("Table", Installment.__table__)
_DAYS_IN_YEAR: Final = {
    DayCount.ACT_365.value: 365,
    DayCount.THIRTY_360.value: 365,
    DayCount.ACT_360.value: 360,
    DayCount.ACT_364.value: 364,
}
"""Penalty under 30/360 counts real days of 365; act/act weighs each year by itself and is left to the rules."""
_RATE_DECIMALS: Final = 4
_RATE_UNIT: Final = 10**_RATE_DECIMALS
_MOST_MINOR: Final = 9 * 10**11
_MOST_RATE: Final = 1000
"""In percent. Principal times rate, in ten-thousandths of a percent, stays below 2 to the 63rd."""


def figures_of_loans(
    on: date, first: ColumnElement[int], last: ColumnElement[int], rules: LatenessRules
) -> Select[Any]:
    """One row for each simple loan with an id in (first, last], late or not: ``loan_id``, ``oldest_unpaid_on``, ``days_past_due``,
    ``delinquent_days``, ``overdue_minor``, ``penalty_minor``, ``bucket``; minor units.
    """
    terms = _terms(first, last)
    late = _late(on, terms, first, last, rules).subquery("late")
    days = _days(on, terms, late, rules).subquery("days")
    return select(*days.c, _bucket(days.c.delinquent_days, rules).label("bucket"))


def is_simple() -> ColumnElement[bool]:
    """Over ``loan``: whether the database may add up this loan."""
    rate = type_coerce(_LOANS.c.penalty_rate_pct, String)
    return and_(
        _LOANS.c.day_count.in_(list(_DAYS_IN_YEAR)),
        _LOANS.c.rounding.in_([rounding.value for rounding in Rounding]),
        _LOANS.c.principal_minor < _MOST_MINOR,
        rate.not_like(f"%.{'_' * (_RATE_DECIMALS + 1)}%"),
        as_type(rate, Numeric) < _MOST_RATE,
        ~exists().where(DelinquencyPause.loan_id == _LOANS.c.id),
    )


def _terms(first: ColumnElement[int], last: ColumnElement[int]) -> CTE:
    """What the penalty of each simple loan is counted by. ``a_year`` is what ten-thousandths of a percent are divided by."""
    rate = type_coerce(_LOANS.c.penalty_rate_pct, String)
    terms = select(
        _LOANS.c.id,
        _LOANS.c.as_of,
        _LOANS.c.rounding,
        as_type(func.round(as_type(rate, Numeric) * _RATE_UNIT), BigInteger).label("rate"),
        (case(_DAYS_IN_YEAR, value=_LOANS.c.day_count) * (100 * _RATE_UNIT)).label("a_year"),
    ).where(_LOANS.c.id > first, _LOANS.c.id <= last, is_simple())
    # Else the text of the rate is read anew for each installment.
    return terms.cte("terms").prefix_with("MATERIALIZED")


def _days(on: date, terms: CTE, late: Subquery, rules: LatenessRules) -> Select[Any]:
    past_due = func.coalesce(days_between(late.c.oldest, literal(on)) + int(rules.due_date_counts), 0)
    delinquent = past_due - rules.grace_days
    return select(
        terms.c.id.label("loan_id"),
        late.c.oldest.label("oldest_unpaid_on"),
        past_due.label("days_past_due"),
        case((delinquent > 0, delinquent), else_=0).label("delinquent_days"),
        func.coalesce(late.c.overdue, 0).label("overdue_minor"),
        func.coalesce(late.c.penalty, 0).label("penalty_minor"),
    ).outerjoin_from(terms, late, late.c.loan_id == terms.c.id)


def _late(
    on: date, terms: CTE, first: ColumnElement[int], last: ColumnElement[int], rules: LatenessRules
) -> Select[Any]:
    has_passed = _ROWS.c.due_on <= on if rules.due_date_counts else _ROWS.c.due_on < on
    outstanding = _outstanding("principal", "interest", "fee", "penalty")
    return (
        select(
            _ROWS.c.loan_id,
            func.min(_ROWS.c.due_on).label("oldest"),
            _whole_sum(outstanding).label("overdue"),
            _whole_sum(_penalty(on, terms)).label("penalty"),
        )
        .join_from(_ROWS, terms, terms.c.id == _ROWS.c.loan_id)
        .where(_ROWS.c.loan_id > first, _ROWS.c.loan_id <= last, has_passed, outstanding > 0)
        .group_by(_ROWS.c.loan_id)
    )


def _whole_sum(minor: ColumnElement[int]) -> ColumnElement[int]:
    """PostgreSQL adds whole numbers up to a decimal one."""
    return as_type(func.sum(minor), BigInteger)


def _outstanding(*parts: str) -> ColumnElement[int]:
    left = [_ROWS.c[f"{part}_due_minor"] - _ROWS.c[f"{part}_paid_minor"] for part in parts]
    return reduce(operator.add, left)


def _penalty(on: date, terms: CTE) -> ColumnElement[int]:
    """Principal × rate × days / year, rounded once as the loan rounds.

    Divided before it is multiplied by the days, and the remainder apart: so nothing outgrows 64 bits.
    """
    start = case((terms.c.as_of > _ROWS.c.due_on, terms.c.as_of), else_=_ROWS.c.due_on)
    days, whole = days_between(start, literal(on)), terms.c.a_year
    a_day = _outstanding("principal") * terms.c.rate
    left = (a_day % whole) * days
    grown = (a_day // whole) * days + left // whole
    goes_up = _is_rounded_up(terms.c.rounding, grown, left % whole, whole)
    return case((start < on, grown + case((goes_up, 1), else_=0)), else_=0)


def _is_rounded_up(
    rounding: ColumnElement[str],
    grown: ColumnElement[int],
    rest: ColumnElement[int],
    whole: ColumnElement[int],
) -> ColumnElement[bool]:
    """``grown`` and ``rest / whole`` more."""
    at_half = and_(rest * 2 == whole, or_(rounding == Rounding.HALF_UP.value, grown % 2 == 1))
    return and_(rounding != Rounding.FLOOR.value, or_(rest * 2 > whole, at_half))


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
