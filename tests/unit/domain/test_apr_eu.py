from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.apr_eu import apr_eu, apr_of_years, years_between
from portal.domain.calendar import add_months
from portal.domain.cash_flows import Flow
from tests.published import Case, published

START = date(2015, 1, 1)


def in_years(case: Case) -> list[Flow]:
    given_ = case["input"]
    level = given_["level"]
    first = Fraction(level.get("first_at_years", Fraction(1, level["per_year"])))
    flows = [Flow(_minor(amount), Fraction(at)) for amount, at in given_["advances"]]
    flows.append(Flow(-_minor(given_["upfront"]), Fraction()))
    flows += [
        Flow(-_minor(level["amount"]), first + Fraction(n, level["per_year"])) for n in range(level["n"])
    ]
    return flows + [Flow(-_minor(amount), Fraction(at)) for amount, at in given_.get("extra", [])]


def _minor(amount: float) -> int:
    return int(Decimal(str(amount)) * 100)


def dated(flows: list[Flow]) -> tuple[list[tuple[date, int]], list[tuple[date, int]]]:
    """The same on a calendar that begins on 1 January 2015: months exact, a fraction of 1/365 a day."""
    sums = []
    for flow in flows:
        months = int(flow.whole * 12)
        days = round((flow.whole - Fraction(months, 12)) * 365)
        sums.append((add_months(START.replace(day=1 + days), months), flow.amount))
    return [(on, a) for on, a in sums if a > 0], [(on, -a) for on, a in sums if a < 0]


@pytest.mark.parametrize("case", published("rules", "apr_eu"))
def test_the_commissions_examples_come_out_in_years_and_in_dates(case: Case) -> None:
    want, tolerance = Decimal(str(case["expected"]["apr_percent"])), Decimal(str(case["abs_tol_percent"]))
    flows = in_years(case)
    assert abs(apr_of_years(flows) - want) <= tolerance
    by_date = apr_eu(*dated(flows))
    assert abs(by_date - want) <= tolerance
    assert round(by_date, 1) == Decimal(str(case["expected"]["apr_rounded_1dp"]))


@pytest.mark.parametrize(
    ("start", "first", "months", "count", "payment", "want"),
    [
        pytest.param(date(2012, 1, 12), date(2012, 2, 15), 1, 240, 143357, "6.434185", id="2-1"),
        pytest.param(date(2013, 1, 12), date(2013, 2, 15), 1, 240, 143356, "6.434111", id="2-2"),
        pytest.param(date(2012, 1, 12), date(2012, 2, 15), 12, 20, 1654186, "6.282070", id="2-3"),
        pytest.param(date(2012, 3, 12), date(2012, 5, 1), 1, 240, 143754, "6.432478", id="18-2"),
    ],
)
def test_the_commissions_examples_on_uneven_dates_come_out(
    start: date, first: date, months: int, count: int, payment: int, want: str
) -> None:
    """Examples 2 and 18 of the same document: regular periods are those of the payments, months or years."""
    payments = [(start, 400000), *((add_months(first, months * n), payment) for n in range(count))]
    assert round(apr_eu([(start, 20000000)], payments), 6) == Decimal(want)


def test_yearly_payments_that_lie_whole_months_away_leave_no_days() -> None:
    """Half a year is 6/12, not 181/365."""
    payments = [(date(2026, 7, 15), 53000), (date(2027, 7, 15), 53000)]
    flows = [Flow(100000, Fraction()), Flow(-53000, Fraction(1, 2)), Flow(-53000, Fraction(3, 2))]
    assert apr_eu([(date(2026, 1, 15), 100000)], payments) == apr_of_years(flows)


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2015, 1, 1), date(2015, 1, 15), Fraction(14, 365)),
        (date(2015, 1, 1), date(2015, 2, 15), Fraction(1, 12) + Fraction(14, 365)),
        (date(2012, 10, 10), date(2012, 10, 15), Fraction(5, 366)),  # the year back holds 29 February 2012
        (date(2012, 10, 10), date(2012, 12, 10), Fraction(2, 12)),
        (date(2024, 2, 10), date(2024, 3, 1), Fraction(20, 366)),
        (date(2024, 2, 1), date(2024, 2, 28), Fraction(27, 365)),
        (date(2024, 2, 1), date(2024, 2, 29), Fraction(28, 366)),
        (date(2025, 2, 1), date(2025, 2, 28), Fraction(27, 366)),  # 28 February 2024 to 28 February 2025
        (date(2026, 1, 31), date(2026, 3, 15), Fraction(1, 12) + Fraction(15, 365)),
        (date(2026, 1, 31), date(2026, 2, 28), Fraction(1, 12)),
        (date(2026, 1, 31), date(2026, 4, 30), Fraction(3, 12)),
        (date(2026, 2, 28), date(2026, 3, 31), Fraction(1, 12)),
        (date(2020, 2, 29), date(2024, 2, 29), Fraction(4)),
        (date(2020, 2, 29), date(2020, 2, 29), Fraction()),
    ],
)
def test_time_is_whole_months_counted_back_and_then_days_of_the_year_before(
    start: date, end: date, years: Fraction
) -> None:
    assert years_between(start, end) == years


@given(start=st.dates(date(1990, 1, 1), date(2080, 1, 1)), days=st.integers(0, 4000))
def test_a_later_day_is_never_nearer_by_more_than_a_months_uneven_length(start: date, days: int) -> None:
    at = start.toordinal() + days
    today, tomorrow = (years_between(start, date.fromordinal(day)) for day in (at, at + 1))
    assert tomorrow > today - Fraction(4, 365)
    assert abs(today - Fraction(days, 365)) < Fraction(1, 80) + Fraction(days, 365 * 1000)


@given(
    amounts=st.lists(st.integers(1, 500_000), min_size=1, max_size=36),
    advance=st.integers(100_000, 5_000_000),
)
def test_monthly_charge_rates_equal_those_of_an_independent_solver(amounts: list[int], advance: int) -> None:
    payments = [(add_months(START, n), amount) for n, amount in enumerate(amounts, 1)]
    ours = float(apr_eu([(START, advance)], payments)) / 100
    monthly = pyxirr.irr([-advance, *amounts])
    if monthly is None or monthly <= -0.9:
        return
    assert ours == pytest.approx((1 + monthly) ** 12 - 1, rel=1e-6, abs=1e-7)
