"""Which part of a year lies between two dates."""

from datetime import date
from fractions import Fraction

import pytest

from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount, days_part, period_parts

MONTH = Every.parse("1 month")


def year_part(day_count: DayCount, start: date, end: date) -> Fraction:
    return Fraction(*days_part(day_count, start, end))


@pytest.mark.parametrize(
    ("day_count", "expected"),
    [
        (DayCount.ACT_365, Fraction(31, 365)),
        (DayCount.ACT_360, Fraction(31, 360)),
        (DayCount.ACT_364, Fraction(31, 364)),
        (DayCount.ACT_ACT, Fraction(16, 365) + Fraction(15, 366)),
        (DayCount.THIRTY_360, Fraction(30, 360)),
    ],
)
def test_a_month_over_new_year_counts_by_its_convention(day_count: DayCount, expected: Fraction) -> None:
    assert year_part(day_count, date(2023, 12, 15), date(2024, 1, 15)) == expected


def test_act_act_splits_at_31_december_over_several_years() -> None:
    expected = Fraction(30, 365) + 1 + 1 + Fraction(1, 365)
    assert year_part(DayCount.ACT_ACT, date(2023, 12, 1), date(2026, 1, 1)) == expected


def test_a_month_under_30_360_is_a_twelfth_whatever_its_real_days() -> None:
    bounds = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 15), date(2024, 3, 31)]
    parts, whole = period_parts(DayCount.THIRTY_360, MONTH, bounds)
    assert [Fraction(part, whole) for part in parts] == [Fraction(1, 12)] * 3


def test_a_first_period_begun_on_any_day_counts_its_days_of_30_360() -> None:
    bounds = [date(2026, 11, 1), date(2026, 12, 15), date(2027, 1, 15)]
    parts, whole = period_parts(DayCount.THIRTY_360, MONTH, bounds, is_first_by_days=True)
    assert [Fraction(part, whole) for part in parts] == [Fraction(44, 360), Fraction(30, 360)]


def test_weeks_under_30_360_count_real_days() -> None:
    parts, whole = period_parts(
        DayCount.THIRTY_360, Every.parse("1 week"), [date(2024, 1, 29), date(2024, 2, 5)]
    )
    assert Fraction(parts[0], whole) == Fraction(7, 360)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 28),
        (date(2026, 1, 30), date(2026, 2, 28), 28),
        (date(2026, 2, 28), date(2026, 3, 31), 32),
        (date(2026, 3, 30), date(2026, 3, 31), 0),
        (date(2026, 3, 29), date(2026, 3, 31), 1),
        (date(2025, 12, 31), date(2026, 12, 30), 360),
        (date(2026, 5, 10), date(2026, 6, 9), 29),
    ],
)
def test_a_thirty_first_counts_as_the_thirtieth(start: date, end: date, days: int) -> None:
    assert days_part(DayCount.THIRTY_360, start, end) == (days, 360)


def test_periods_of_several_months_are_that_many_twelfths() -> None:
    bounds = [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)]
    assert period_parts(DayCount.THIRTY_360, Every.parse("3 months"), bounds) == ([90, 90], 360)
    by_days = period_parts(DayCount.THIRTY_360, Every.parse("3 months"), bounds, is_first_by_days=True)
    assert by_days == ([90, 90], 360)


@pytest.mark.parametrize("day_count", DayCount)
def test_parts_of_periods_of_days_are_those_of_each_by_itself(day_count: DayCount) -> None:
    bounds = [date(2023, 12, 20), date(2024, 1, 3), date(2024, 2, 29), date(2025, 1, 1)]
    parts, whole = period_parts(day_count, Every.parse("2 weeks"), bounds)
    days = [14, 57, 307]
    if day_count is DayCount.ACT_ACT:
        expected = [
            Fraction(11, 365) + Fraction(3, 366),
            Fraction(57, 366),
            Fraction(306, 366) + Fraction(1, 365),
        ]
    else:
        year = {"act/365": 365, "act/364": 364}.get(day_count.value, 360)
        expected = [Fraction(count, year) for count in days]
    assert [Fraction(part, whole) for part in parts] == expected
