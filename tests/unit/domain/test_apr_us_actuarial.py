from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.apr_us_actuarial import apr_of_unit_periods, apr_us_actuarial
from portal.domain.calendar import Every, add_months
from portal.domain.cash_flows import Flow, cash_flows
from portal.domain.unit_periods import SEMIMONTH, YEAR, UnitPeriod, anchors, unit_period_of, unit_time
from tests.published import Case, published

Sums = list[tuple[date, int]]


def level(amount: int, count: int, first: date, every: str) -> Sums:
    return [(Every.parse(every).after(first, n), amount) for n in range(count)]


def semimonthly(amount: int, count: int, first: date, second_day: int) -> Sums:
    """``first`` and ``second_day`` of the same month, and so on; 31 is the last day."""
    dates: list[date] = []
    for n in range(count):
        month = add_months(first, n // 2)
        last = add_months(month.replace(day=1), 1) - timedelta(days=1)
        dates.append(month if n % 2 == 0 else last.replace(day=min(second_day, last.day)))
    return [(on, amount) for on in dates]


def shown(advance: tuple[date, int], payments: Sums) -> Decimal:
    return round(apr_us_actuarial([advance], payments), 2)


APPENDIX_J: Sequence[tuple[str, tuple[date, int], Sums, str]] = [
    ("c1i", (date(1978, 1, 10), 500000), level(23000, 24, date(1978, 2, 10), "1 month"), "9.69"),
    ("c1ii", (date(1978, 2, 10), 600000), level(20000, 36, date(1978, 4, 1), "1 month"), "11.82"),
    ("c1iii", (date(1978, 2, 23), 500000), semimonthly(21917, 24, date(1978, 3, 1), 16), "10.34"),
    ("c1iv", (date(1978, 5, 23), 1000000), level(38500, 40, date(1978, 10, 1), "3 months"), "8.97"),
    ("c1v", (date(1978, 3, 20), 50000), level(1760, 30, date(1978, 4, 21), "1 week"), "14.96"),
    (
        "c2i",
        (date(1978, 1, 10), 500000),
        [(date(1978, 2, 10), 25000), *level(23000, 23, date(1978, 3, 10), "1 month")],
        "10.08",
    ),
    (
        "c2ii",
        (date(1978, 3, 18), 40000),
        [(date(1978, 4, 20), 3950), *level(3831, 11, date(1978, 5, 18), "4 weeks")],
        "28.50",
    ),
    (
        "c3i",
        (date(1978, 1, 10), 500000),
        [*level(23000, 23, date(1978, 2, 10), "1 month"), (date(1980, 1, 10), 28000)],
        "10.50",
    ),
    (
        "c3ii",
        (date(1978, 4, 3), 20000),
        [*level(950, 19, date(1978, 4, 11), "2 weeks"), (date(1979, 1, 2), 3000)],
        "12.22",
    ),
    (
        "c4i",
        (date(1978, 1, 10), 500000),
        [
            (date(1978, 2, 10), 25000),
            *level(23000, 22, date(1978, 3, 10), "1 month"),
            (date(1980, 1, 10), 28000),
        ],
        "10.90",
    ),
    (
        "c4ii",
        (date(1978, 1, 10), 800000),
        [
            (date(1978, 3, 1), 44936),
            *level(46500, 18, date(1978, 5, 1), "2 months"),
            (date(1981, 5, 1), 20000),
        ],
        "7.30",
    ),
    ("c5i", (date(1978, 1, 3), 100000), [(date(1978, 9, 15), 108000)], "11.45"),
    ("c5ii", (date(1978, 1, 15), 100000), [(date(1978, 7, 15), 104400)], "8.80"),
    ("c5iii", (date(1978, 1, 17), 100000), [(date(1979, 7, 17), 113519)], "8.76"),
    ("c5iv", (date(1978, 1, 10), 100000), [(date(1980, 1, 10), 124000)], "11.36"),
]


@pytest.mark.parametrize(
    ("advance", "payments", "apr"), [pytest.param(*row[1:], id=row[0]) for row in APPENDIX_J]
)
def test_the_examples_of_appendix_j_come_out_to_the_second_decimal(
    advance: tuple[date, int], payments: Sums, apr: str
) -> None:
    assert shown(advance, payments) == Decimal(apr)


@pytest.mark.parametrize("case", published("rules", "apr_us_actuarial"))
def test_published_regulation_z_cases_come_out(case: Case) -> None:
    amount, on = case["input"]["advance"]
    given_ = case["input"]["payments"]
    if isinstance(given_, list):
        payments = [(date.fromisoformat(p["on"]), p["amount"] * 100) for p in given_]
    else:
        first = date.fromisoformat(given_["first"])
        payments = level(given_["amount"] * 100, given_["n"], first, given_["every"])
    apr = apr_us_actuarial([(date.fromisoformat(on), amount * 100)], payments)
    assert abs(apr - Decimal(str(case["expected"]["apr_percent"]))) <= Decimal(str(case["abs_tol_percent"]))
    if "computed_full_precision" in case:
        assert round(apr, 6) == round(Decimal(str(case["computed_full_precision"])), 6)


@pytest.mark.parametrize("case", published("engines", "apr"))
def test_the_general_equation_takes_unit_periods_as_they_are_given(case: Case) -> None:
    given_ = case["inputs"]
    whole, odd = given_["full_unit_periods_to_first"], Fraction(given_["fraction"])
    flows = [Flow(given_["amount_advanced"], Fraction())] + [
        Flow(-given_["payment"], Fraction(whole + n), odd) for n in range(given_["n"])
    ]
    apr = apr_of_unit_periods(flows, Fraction(given_["unit_periods_per_year"]))
    assert round(apr, 2) == Decimal(str(case["expected"]["apr_pct"]))


@pytest.mark.parametrize(
    ("advance", "payments", "apr"),
    [
        ((date(1978, 6, 23), 1000000), level(38500, 40, date(1978, 10, 1), "3 months"), "9.15"),
        ((date(1978, 7, 23), 1000000), level(38500, 40, date(1978, 10, 1), "3 months"), "9.32"),
        ((date(2023, 10, 26), 100000), level(22000, 5, date(2023, 11, 30), "1 day"), "94.15"),
        ((date(2023, 10, 28), 100000), level(25000, 5, date(2023, 11, 30), "1 week"), "176.52"),
        ((date(2023, 11, 23), 100000), level(25000, 5, date(2023, 11, 30), "1 week"), "412.40"),
        ((date(2023, 11, 24), 100000), level(25000, 5, date(2023, 11, 30), "1 week"), "434.30"),
        ((date(2023, 10, 26), 100000), level(50000, 5, date(2023, 11, 30), "1 year"), "78.34"),
    ],
)
def test_odd_first_periods_agree_with_an_independent_engine(
    advance: tuple[date, int], payments: Sums, apr: str
) -> None:
    assert shown(advance, payments) == Decimal(apr)


@pytest.mark.parametrize(
    ("start", "payments", "unit"),
    [
        (date(2026, 1, 31), level(1, 12, date(2026, 2, 28), "1 month"), UnitPeriod(months=1)),
        (date(2026, 1, 5), level(1, 12, date(2026, 1, 12), "1 week"), UnitPeriod(days=7)),
        (date(2026, 2, 1), level(1, 6, date(2026, 3, 1), "4 weeks"), UnitPeriod(days=28)),
        (date(2026, 7, 1), level(1, 2, date(2026, 8, 1), "1 month"), UnitPeriod(months=1)),
        (date(2026, 1, 1), semimonthly(1, 8, date(2026, 1, 15), 31), SEMIMONTH),
        (date(2026, 1, 1), level(1, 9, date(2026, 1, 11), "10 days"), UnitPeriod(days=10)),
        (date(2026, 1, 1), level(1, 3, date(2028, 1, 1), "2 years"), YEAR),
        (date(2026, 1, 1), [(date(2026, 2, 1), 1), (date(2026, 4, 1), 1)], UnitPeriod(months=1)),
        (
            date(2024, 2, 1),
            [(date(y, m, 1), 1) for y, m in ((2024, 3), (2028, 2), (2028, 3))],
            UnitPeriod(months=1),
        ),
        (date(2026, 1, 1), [(date(2026, 1, 11), 1), (date(2026, 1, 31), 1)], SEMIMONTH),
        (
            date(2026, 1, 1),
            [*level(1, 2, date(2026, 1, 8), "1 week"), *level(1, 2, date(2026, 2, 15), "1 month")],
            UnitPeriod(days=7),
        ),
    ],
)
def test_the_unit_period_is_the_most_frequent_the_smaller_of_two_or_the_average(
    start: date, payments: Sums, unit: UnitPeriod
) -> None:
    assert unit_period_of(cash_flows([(start, 1)], payments)) == unit


@pytest.mark.parametrize(
    ("start", "end", "unit", "anchor", "expected"),
    [
        (date(1978, 2, 10), date(1978, 4, 1), UnitPeriod(months=1), None, (1, Fraction(19, 30))),
        (date(1978, 5, 23), date(1978, 10, 1), UnitPeriod(months=3), None, (1, Fraction(39, 90))),
        (date(1978, 2, 23), date(1978, 3, 1), SEMIMONTH, None, (0, Fraction(6, 15))),
        (date(1978, 3, 20), date(1978, 4, 21), UnitPeriod(days=7), None, (4, Fraction(4, 7))),
        (date(1978, 1, 17), date(1979, 7, 17), YEAR, None, (1, Fraction(6, 12))),
        (date(1978, 1, 17), date(1979, 7, 20), YEAR, None, (1, Fraction(184, 365))),
        (date(2026, 3, 20), date(2026, 4, 30), UnitPeriod(months=1), 31, (1, Fraction(11, 30))),
        (date(2026, 3, 20), date(2026, 4, 30), UnitPeriod(months=1), 30, (1, Fraction(10, 30))),
        (date(2024, 2, 29), date(2026, 2, 28), YEAR, None, (2, Fraction())),
    ],
)
def test_time_is_counted_back_from_the_payment(
    start: date, end: date, unit: UnitPeriod, anchor: int | None, expected: tuple[int, Fraction]
) -> None:
    time = unit_time(start, end, unit, anchor)
    assert (time.whole, time.odd) == expected


@pytest.mark.parametrize(
    ("end", "paid", "apr"),
    [
        (date(1979, 1, 10), 108000, "8.16"),  # 358 days: 8 % * 365 / 358
        (date(1979, 7, 20), 113519, "8.73"),  # (1 + r)(1 + r * 184 / 365) = 1.13519
    ],
)
def test_one_payment_of_no_whole_months_is_simple_within_a_year_and_compound_beyond(
    end: date, paid: int, apr: str
) -> None:
    assert shown((date(1978, 1, 17), 100000), [(end, paid)]) == Decimal(apr)


def test_a_second_advance_counts_from_the_first() -> None:
    advances = [(date(2026, 1, 1), 100000), (date(2026, 2, 1), 100000)]
    apr = apr_us_actuarial(advances, level(50500, 4, date(2026, 3, 1), "1 month"))
    rate = float(apr) / 1200
    owed = 1000 + 1000 / (1 + rate)
    assert sum(505 / (1 + rate) ** n for n in range(2, 6)) == pytest.approx(owed, abs=1e-8)


def test_payments_on_the_last_day_of_each_month_count_from_last_day_to_last_day() -> None:
    rows = [(date(2026, month, day), 34_000) for month, day in ((4, 30), (5, 31), (6, 30))]
    by_hand = [Flow(100_000, Fraction())] + [
        Flow(-34_000, Fraction(n), Fraction(11, 30))
        for n in (1, 2, 3)  # 20 to 31 March is 11 days
    ]
    assert apr_us_actuarial([(date(2026, 3, 20), 100_000)], rows) == apr_of_unit_periods(
        by_hand, Fraction(12)
    )


def test_weekly_payments_of_nothing_do_not_make_a_monthly_loan_weekly() -> None:
    monthly = level(35_000, 3, date(2026, 2, 1), "1 month")
    nothing = level(0, 6, date(2026, 4, 8), "1 week")
    advance = (date(2026, 1, 1), 100_000)
    assert apr_us_actuarial([advance], [*monthly, *nothing]) == apr_us_actuarial([advance], monthly)


def test_a_payment_of_nothing_does_not_change_the_unit_period() -> None:
    single = [(date(2026, 7, 1), 110000)]
    with_nothing = [(date(2026, 2, 1), 0), (date(2026, 3, 1), 0), *single]
    advance = (date(2026, 1, 1), 100000)
    assert apr_us_actuarial([advance], with_nothing) == apr_us_actuarial([advance], single)


@given(
    start=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    gaps=st.lists(st.integers(1, 500), min_size=1, max_size=8),
    profit=st.integers(-50, 300),
)
def test_any_dates_have_a_rate_whose_sign_is_that_of_the_finance_charge(
    start: date, gaps: list[int], profit: int
) -> None:
    dates = [start + timedelta(days=sum(gaps[: n + 1])) for n in range(len(gaps))]
    payments = [(on, 10000 + 100 * profit) for on in dates]
    apr = apr_us_actuarial([(start, 10000 * len(dates))], payments)
    assert (apr > 0) == (profit > 0)
    assert (apr < 0) == (profit < 0)


def test_a_semimonthly_series_keeps_to_two_days_of_the_month() -> None:
    days = [date(2026, month, day) for month in (1, 2, 3) for day in (15, 31 if month != 2 else 28)]
    assert anchors(days) == {day: 15 if day.day == 15 else 31 for day in days}
