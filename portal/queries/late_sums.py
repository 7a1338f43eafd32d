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
_MOST_DIGITS: Final = 3
"""Of a rate in percent, before the point. Principal times rate, in ten-thousandths of a percent, stays below 2 to the 63rd."""


def figures_of_late(
    on: date, first: ColumnElement[int], last: ColumnElement[int], rules: LatenessRules
) -> Select[Any]:
    """One row for each simple loan with an id in (first, last] of which something is overdue: ``loan_id``, ``oldest_unpaid_on``,
    ``days_past_due``, ``delinquent_days``, ``overdue_minor``, ``penalty_minor``, ``bucket``; minor units.
    """
    late = _late(on, _terms(first, last), first, last, rules).subquery("late")
    past_due = days_between(late.c.oldest, literal(on)) + int(rules.due_date_counts)
    delinquent = past_due - rules.grace_days if rules.grace_days else past_due
    days = case((delinquent > 0, delinquent), else_=0)
    return select(
        late.c.loan_id,
        late.c.oldest.label("oldest_unpaid_on"),
        past_due.label("days_past_due"),
        days.label("delinquent_days"),
        late.c.overdue.label("overdue_minor"),
        late.c.penalty.label("penalty_minor"),
        _bucket(days, rules).label("bucket"),
    )


def is_simple() -> ColumnElement[bool]:
    """Over ``loan``: whether the database may add up this loan."""
    rate = type_coerce(_LOANS.c.penalty_rate_pct, String)
    return and_(
        _LOANS.c.day_count.in_(list(_DAYS_IN_YEAR)),
        _LOANS.c.rounding.in_([rounding.value for rounding in Rounding]),
        _LOANS.c.principal_minor < _MOST_MINOR,
        rate.not_like(f"%.{'_' * (_RATE_DECIMALS + 1)}%"),
        or_(func.length(rate) <= _MOST_DIGITS, func.substr(rate, 1, _MOST_DIGITS + 1).like("%.%")),
        _LOANS.c.id.not_in(select(DelinquencyPause.loan_id)),
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


def _late(
    on: date, terms: CTE, first: ColumnElement[int], last: ColumnElement[int], rules: LatenessRules
) -> Select[Any]:
    rows = _overdue_rows(on, terms, first, last, rules)
    return select(
        rows.c.loan_id,
        func.min(rows.c.due_on).label("oldest"),
        _whole_sum(rows.c.outstanding).label("overdue"),
        _whole_sum(_penalty(rows)).label("penalty"),
    ).group_by(rows.c.loan_id)


def _overdue_rows(
    on: date, terms: CTE, first: ColumnElement[int], last: ColumnElement[int], rules: LatenessRules
) -> Subquery:
    """Overdue installments: ``a_day / whole`` is the penalty of a day, ``days`` how many of them."""
    has_passed = _ROWS.c.due_on <= on if rules.due_date_counts else _ROWS.c.due_on < on
    start = case((terms.c.as_of > _ROWS.c.due_on, terms.c.as_of), else_=_ROWS.c.due_on)
    outstanding = _outstanding("principal", "interest", "fee", "penalty")
    rows = (
        select(
            _ROWS.c.loan_id,
            _ROWS.c.due_on,
            outstanding.label("outstanding"),
            (_outstanding("principal") * terms.c.rate).label("a_day"),
            days_between(start, literal(on)).label("days"),
            terms.c.a_year.label("whole"),
            terms.c.rounding,
        )
        .join_from(_ROWS, terms, terms.c.id == _ROWS.c.loan_id)
        .where(_ROWS.c.loan_id > first, _ROWS.c.loan_id <= last, has_passed, outstanding > 0)
    )
    return rows.subquery("overdue")


def _whole_sum(minor: ColumnElement[int]) -> ColumnElement[int]:
    """PostgreSQL adds whole numbers up to a decimal one."""
    return as_type(func.sum(minor), BigInteger)


def _outstanding(*parts: str) -> ColumnElement[int]:
    left = [_ROWS.c[f"{part}_due_minor"] - _ROWS.c[f"{part}_paid_minor"] for part in parts]
    return reduce(operator.add, left)


def _penalty(rows: Subquery) -> ColumnElement[int]:
    """Principal × rate × days / year, rounded once as the loan rounds.

    Divided before it is multiplied by the days, and the remainder apart: so nothing outgrows 64 bits.
    """
    days, whole, a_day = rows.c.days, rows.c.whole, rows.c.a_day
    left = (a_day % whole) * days
    grown = (a_day // whole) * days + _rounded(left, whole, rows.c.rounding)
    is_even = rows.c.rounding == Rounding.HALF_EVEN.value
    goes_down = and_(is_even, (left * 2 + whole) % (whole * 2) == 0, grown % 2 == 1)
    return case((days > 0, grown - case((goes_down, 1), else_=0)), else_=0)


def _rounded(
    left: ColumnElement[int], whole: ColumnElement[int], rounding: ColumnElement[str]
) -> ColumnElement[int]:
    """``left / whole``, a half upwards; where that is to the even, one too much was added to an odd sum."""
    half_up = (left * 2 + whole) // (whole * 2)
    return case((rounding == Rounding.FLOOR.value, left // whole), else_=half_up)


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
