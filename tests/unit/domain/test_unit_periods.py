"""Unit-periods by the words of 12 CFR 1026 Appendix J (b)(3) to (b)(5); its worked examples stand in ``test_apr_us_actuarial``."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.cash_flows import cash_flows
from portal.domain.unit_periods import (
    SEMIMONTH,
    YEAR,
    UnitPeriod,
    anchors,
    semimonthly_gaps,
    unit_period_of,
    unit_time,
)

START = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("unit", "per_year", "nominal", "is_standard"),
    [
        (UnitPeriod(months=1), 12, 30, True),
        (UnitPeriod(months=3), 4, 90, True),
        (UnitPeriod(months=5), Fraction(12, 5), 150, True),
        (YEAR, 1, 365, True),
        (SEMIMONTH, 24, 15, True),
        (UnitPeriod(days=1), 365, 1, True),
        (UnitPeriod(days=7), 52, 7, True),
        (UnitPeriod(days=14), 26, 14, True),
        (UnitPeriod(days=28), 13, 28, True),
        (UnitPeriod(days=2), Fraction(365, 2), 2, False),
        (UnitPeriod(days=10), Fraction(73, 2), 10, False),
    ],
)
def test_a_year_has_so_many_of_each(
    unit: UnitPeriod, per_year: Fraction | int, nominal: int, *, is_standard: bool
) -> None:
    assert (unit.per_year, unit.nominal_days, unit.is_standard) == (per_year, nominal, is_standard)


def period(*gaps: int, advances: tuple[int, ...] = ()) -> UnitPeriod:
    """Payments so many days after one another, and further advances."""
    paid = [START + timedelta(days=sum(gaps[: at + 1])) for at in range(len(gaps))]
    lent = [(START, 100), *((START + timedelta(days=days), 100) for days in advances)]
    return unit_period_of(cash_flows(lent, [(day, 100) for day in paid]))


@pytest.mark.parametrize(
    ("gaps", "unit"),
    [
        ((7, 7, 20), UnitPeriod(days=7)),
        ((10, 7, 7, 10, 10), UnitPeriod(days=10)),
        ((10, 7, 7, 10), UnitPeriod(days=7)),
        ((8, 7, 7, 8), UnitPeriod(days=7)),
        ((5, 7, 7, 5), UnitPeriod(days=7)),
        ((400, 500), YEAR),
        ((366, 367), YEAR),
        ((20, 45), UnitPeriod(months=1)),
        ((37, 43), UnitPeriod(days=42)),
        ((1, 2), UnitPeriod(days=1)),
        ((3, 5), UnitPeriod(days=1)),
        ((4, 6), UnitPeriod(days=7)),
        ((10, 11), UnitPeriod(days=7)),
        ((10, 13), UnitPeriod(days=14)),
    ],
)
def test_the_most_frequent_interval_or_the_standard_one_nearest_to_the_average(
    gaps: tuple[int, ...], unit: UnitPeriod
) -> None:
    """Of two as frequent the standard one, then the smaller. 32.5 days lie between a month and five weeks: the lower is taken."""
    assert period(*gaps) == unit


def test_times_between_advances_count_as_those_between_payments() -> None:
    assert period(9, 20, advances=(9, 18)) == UnitPeriod(days=9)
    assert period(9, 20) != UnitPeriod(days=9)


@pytest.mark.parametrize(
    ("months", "unit"),
    [((2, 3), UnitPeriod(months=2)), ((2, 4), UnitPeriod(months=3)), ((1, 2, 5), UnitPeriod(months=3)), ((13, 14), YEAR)],
)  # fmt: skip
def test_whole_months_are_averaged_in_months(months: tuple[int, ...], unit: UnitPeriod) -> None:
    ends = [sum(months[: at + 1]) for at in range(len(months))]
    payments = [(date(2026 + end // 12, end % 12 + 1, 1), 100) for end in ends]
    assert unit_period_of(cash_flows([(START, 100)], payments)) == unit


@pytest.mark.parametrize(
    ("days", "gaps"),
    [
        ([(1, 1), (1, 15), (2, 1)], {0, 1}),
        ([(1, 1), (1, 14), (2, 1)], {0, 1}),
        ([(1, 1), (1, 13), (2, 1)], set()),
        ([(1, 1), (1, 19), (2, 1)], {0, 1}),
        ([(1, 1), (1, 20), (2, 1)], set()),
        ([(1, 1), (1, 15), (2, 2)], set()),
        ([(1, 1), (1, 15), (2, 1), (2, 8)], {0, 1}),
        ([(1, 1), (1, 15)], set()),
        ([], set()),
    ],
)
def test_two_halves_of_13_to_18_days_make_a_month(days: list[tuple[int, int]], gaps: set[int]) -> None:
    assert semimonthly_gaps([date(2026, month, day) for month, day in days]) == gaps


@pytest.mark.parametrize(
    ("unit", "end", "whole", "odd"),
    [
        (UnitPeriod(days=10), date(2026, 1, 26), 2, Fraction(1, 2)),
        (UnitPeriod(days=10), date(2026, 1, 21), 2, Fraction()),
        (UnitPeriod(months=1), date(2026, 4, 1), 3, Fraction()),
        (UnitPeriod(months=1), date(2026, 4, 11), 3, Fraction(1, 3)),
        (UnitPeriod(months=2), date(2026, 4, 11), 1, Fraction(2, 3)),
        (UnitPeriod(months=2), date(2026, 5, 1), 2, Fraction()),
        (SEMIMONTH, date(2026, 2, 4), 2, Fraction(1, 5)),
        (SEMIMONTH, date(2026, 1, 19), 1, Fraction(1, 5)),
        (YEAR, date(2028, 1, 1), 2, Fraction()),
        (YEAR, date(2027, 4, 1), 1, Fraction(1, 4)),
        (YEAR, date(2027, 4, 2), 1, Fraction(91, 365)),
        (YEAR, date(2026, 12, 31), 0, Fraction(364, 365)),
        (YEAR, date(2027, 3, 31), 1, Fraction(89, 365)),
    ],
)
def test_time_is_full_unit_periods_and_a_fraction_of_one_more(
    unit: UnitPeriod, end: date, whole: int, odd: Fraction
) -> None:
    """A month of an unfinished period is 30 days; what is over a year is months where they are whole, else days of 365."""
    time = unit_time(START, end, unit)
    assert (time.whole, time.odd) == (whole, odd)


def test_a_series_keeps_to_its_day_or_to_none() -> None:
    month_ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert anchors(month_ends) == dict.fromkeys(month_ends, 31)
    fixed = [date(2026, month, 15) for month in (1, 2, 3)]
    assert anchors(fixed) == dict.fromkeys(fixed, 15)
    assert anchors([date(2026, 1, 15), date(2026, 2, 16)]) == {}
    assert anchors([]) == {}
    assert anchors([date(2026, 2, 28)]) == {date(2026, 2, 28): 28}
