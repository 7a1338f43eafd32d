from datetime import date, timedelta
from decimal import Decimal

import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.annualised_cost import AnnualisedCost, annualised_cost, find_annualised_cost
from portal.domain.calendar import Every, add_months
from portal.domain.errors import DomainError
from tests.published import Case, published

START = date(2026, 1, 5)
Sums = list[tuple[date, int]]


def every(period: str, amounts: list[int], first: date = START) -> Sums:
    return [(Every.parse(period).after(first, n), amount) for n, amount in enumerate(amounts, 1)]


def minor(amount: float) -> int:
    return int(Decimal(str(amount)) * 100)


@pytest.mark.parametrize("case", published("rules", "irr_cn"))
def test_published_costs_come_out_to_the_second_decimal(case: Case) -> None:
    given_, want = case["input"], case["expected"]
    rows = given_["payments"]
    amounts = [rows["amount"]] * rows["n"] if isinstance(rows, dict) else rows
    cost = annualised_cost(
        [(START, minor(given_["principal"]))], every("1 month", [minor(amount) for amount in amounts])
    )
    assert round(cost.simple_pct, 2) == Decimal(str(want["annual_simple_percent_2dp"]))
    assert round(cost.compound_pct, 2) == Decimal(str(want["annual_compound_percent_2dp"]))
    assert round(cost.simple_pct / 12, 6) == Decimal(str(want["monthly_irr_percent"]))


@pytest.mark.parametrize(
    ("period", "periods_a_year"),
    [("1 month", 12), ("3 months", 4), ("6 months", 2), ("1 year", 1), ("2 years", 0.5)],
)
def test_equal_months_count_as_they_come(period: str, periods_a_year: float) -> None:
    cost = annualised_cost([(START, 100_000)], every(period, [5_000, 5_000, 105_000]))
    assert float(cost.simple_pct) == pytest.approx(5 * periods_a_year)
    assert float(cost.compound_pct) == pytest.approx((1.05**periods_a_year - 1) * 100)


@pytest.mark.parametrize(
    "start", [date(2026, 1, 31), date(2026, 1, 30), date(2026, 1, 29), date(2026, 2, 28)]
)
def test_month_ends_are_equal_months(start: date) -> None:
    cost = annualised_cost([(start, 100_000)], every("1 month", [1_000, 1_000, 101_000], start))
    assert cost.simple_pct == 12


@pytest.mark.parametrize(("period", "days"), [("1 week", 7), ("2 weeks", 14), ("10 days", 10), ("1 day", 1)])
def test_equal_days_compound_as_an_xirr_does(period: str, days: int) -> None:
    payments = every(period, [1_000, 1_000, 101_000])
    cost = annualised_cost([(START, 100_000)], payments)
    assert float(cost.simple_pct) == pytest.approx(365 / days)
    xirr = pyxirr.xirr([START, *(on for on, _ in payments)], [-100_000, *(amount for _, amount in payments)])
    assert xirr is not None
    assert float(cost.compound_pct) == pytest.approx(xirr * 100, rel=1e-9)


def test_unequal_dates_take_the_monthly_equivalent_for_the_simple_figure() -> None:
    cost = annualised_cost([(START, 100_000)], [(date(2026, 2, 9), 50_000), (date(2026, 5, 1), 52_000)])
    monthly = (1 + float(cost.compound_pct) / 100) ** (1 / 12) - 1
    assert float(cost.simple_pct) == pytest.approx(monthly * 1200)
    assert cost.simple_pct < cost.compound_pct


def test_a_free_plan_costs_nothing_and_a_forgiving_one_less() -> None:
    free = annualised_cost([(START, 120_000)], every("1 month", [10_000] * 12))
    assert free == AnnualisedCost(Decimal(0), Decimal(0))
    assert not free.simple_pct.is_signed()
    less = annualised_cost([(START, 120_000)], every("1 month", [9_000] * 12))
    assert -100 < less.compound_pct < 0


def test_the_order_of_rows_and_the_splitting_of_a_sum_do_not_matter() -> None:
    rows = every("1 month", [30_000, 40_000, 50_000])
    whole = annualised_cost([(START, 110_000)], rows)
    halves = [(on, amount // 2) for on, amount in rows] * 2
    assert annualised_cost([(START, 60_000), (START, 50_000)], halves[::-1]) == whole


def test_what_is_withheld_on_the_first_day_was_never_lent() -> None:
    rows = every("1 month", [107_200] * 12)
    assert annualised_cost([(START, 1_200_000)], [(START, 260_000), *rows]) == annualised_cost(
        [(START, 940_000)], rows
    )


def test_ten_percent_overnight_is_a_number() -> None:
    cost = annualised_cost([(START, 1_000)], [(START + timedelta(days=1), 1_100)])
    assert cost.simple_pct == 3650
    assert float(cost.compound_pct) == pytest.approx((1.1**365 - 1) * 100)


@pytest.mark.parametrize(
    ("advances", "payments", "code"),
    [
        ([], [(START, 1)], "advances_missing"),
        ([(START, 1)], [], "payments_missing"),
        ([(START, 0)], [(START, 1)], "amount_not_positive"),
        ([(START, 5)], [(START, -1)], "amount_negative"),
        ([(START, 5)], [(START - timedelta(days=1), 6)], "payment_before_advance"),
        ([(START, 5)], [(START, 5)], "rate_undefined"),
        ([(START, 5)], [(START, 9)], "rate_undefined"),
        ([(START, 5)], [(START + timedelta(days=9), 0)], "rate_undefined"),
        ([(START, 5), (START + timedelta(days=9), 5)], [(START + timedelta(days=3), 5)], "rate_undefined"),
        ([(START, 100), (add_months(START, 2), 10)], [(add_months(START, 1), 150)], "rate_undefined"),
        ([(START, 1)], [(START + timedelta(days=1), 100)], "rate_too_large"),
    ],
)
def test_what_has_no_rate_says_why(advances: Sums, payments: Sums, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        annualised_cost(advances, payments)
    assert refusal.value.code == code
    assert refusal.value.field in {"advances", "payments"}
    assert find_annualised_cost(advances, payments) is None


def test_where_10_and_20_and_30_percent_all_fit_there_is_no_rate() -> None:
    advances = [(START, 1_000), (add_months(START, 2), 4_310)]
    with pytest.raises(DomainError) as refusal:  # (x - 1.1)(x - 1.2)(x - 1.3)
        annualised_cost(advances, [(add_months(START, 1), 3_600), (add_months(START, 3), 1_716)])
    assert refusal.value.code == "rate_ambiguous"


def test_an_overpaid_loan_with_one_rate_has_that_rate() -> None:
    advances = [(START, 100), (add_months(START, 2), 300)]
    cost = annualised_cost(advances, [(add_months(START, 1), 300), (add_months(START, 3), 101)])
    assert float(cost.simple_pct) == pytest.approx(1200 * 0.01 ** (1 / 3))  # 100 (x - 1)^3 = 1


def test_a_second_loan_after_the_first_is_repaid_has_one_rate() -> None:
    advances = [(START, 10_000), (add_months(START, 2), 10_000)]
    cost = annualised_cost(advances, [(add_months(START, 1), 10_100), (add_months(START, 3), 10_100)])
    assert cost.simple_pct == 12


amounts = st.lists(st.integers(0, 400_000), min_size=1, max_size=48)


@given(advance=st.integers(100_000, 10_000_000), amounts=amounts)
def test_monthly_costs_equal_those_of_an_independent_solver(advance: int, amounts: list[int]) -> None:
    assume(any(amounts))
    cost = annualised_cost([(START, advance)], every("1 month", amounts))
    monthly = pyxirr.irr([-advance, *amounts])
    if monthly is None or monthly <= -0.9:
        return
    assert float(cost.simple_pct) == pytest.approx(monthly * 1200, rel=1e-6, abs=1e-6)


@given(
    advance=st.integers(100, 10_000_000),
    rows=st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 400_000)), min_size=3, max_size=40),
)
def test_irregular_costs_equal_those_of_an_independent_solver(
    advance: int, rows: list[tuple[int, int]]
) -> None:
    payments = [(START + timedelta(days=days), amount) for days, amount in rows]
    dates = sorted({on for on, _ in payments})
    assume(len({(b - a).days for a, b in zip([START, *dates], dates, strict=False)}) > 1)
    xirr = pyxirr.xirr([START, *(on for on, _ in payments)], [-advance, *(amount for _, amount in payments)])
    if xirr is None or not -0.9 < xirr < 1e6:
        return
    ours = annualised_cost([(START, advance)], payments).compound_pct
    assume(len({on.day for on in dates}) > 1)
    assert float(ours) == pytest.approx(xirr * 100, rel=1e-6, abs=1e-6)


@given(advance=st.integers(1, 10**13), last=st.integers(1, 10**13), days=st.integers(30, 20_000))
def test_the_rate_found_discounts_the_payments_to_the_advance(advance: int, last: int, days: int) -> None:
    payments = [(START + timedelta(days=days // 3 + 1), last // 2 + 1), (START + timedelta(days=days), last)]
    try:
        cost = annualised_cost([(START, advance)], payments)
    except DomainError as error:
        assert error.code == "rate_too_large"  # noqa: PT017 - the other way out is checked below
        return
    assert (cost.compound_pct > 0) == (last // 2 + 1 + last > advance)
    assert cost.compound_pct >= -100
