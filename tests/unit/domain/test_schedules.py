"""Schedules agree with the peers' published figures and keep their promises in every convention."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.amortisation import Basis
from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.errors import DomainError
from portal.domain.level_payments import carrying_rows, level_rows
from portal.domain.money import MAXIMUM
from portal.domain.period_factors import PeriodFactors
from portal.domain.rounding import Rounding
from portal.domain.schedules import (
    Amortisation,
    Convention,
    InterestMethod,
    Schedule,
    ScheduleTerms,
    schedule_of,
)
from tests.published import SHARED, Case, published

MONTH = Every.parse("1 month")
START = date(2026, 1, 5)


def terms(principal: int, rate: str, installments: int, **changes: Any) -> ScheduleTerms:
    given_terms = {"every": MONTH, "disbursed_on": START, **changes}
    return ScheduleTerms(
        principal=principal, annual_rate_pct=Decimal(rate), installments=installments, **given_terms
    )


def minor(amount: object) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value())


def terms_of(inputs: Case) -> ScheduleTerms:
    """The terms of a published case."""
    return terms(
        minor(inputs["principal"]),
        str(inputs["annual_rate_pct"]),
        inputs["n"],
        every=Every.parse(inputs.get("every", "1 month")),
        disbursed_on=date.fromisoformat(inputs["disbursed"]),
        convention=Convention(
            day_count=DayCount(inputs.get("day_count", "30/360").replace("actual", "act")),
            interest_method=InterestMethod(inputs.get("interest_method", "declining")),
            grace_principal=inputs.get("grace_on_principal", 0),
        ),
    )


def assert_rows(schedule: Schedule, expected: Sequence[Case]) -> None:
    found = [
        (row.number, row.due_on.isoformat(), row.principal, row.interest, row.due, row.balance)
        for row in schedule.rows
    ]
    keys = ("principal", "interest", "due", "balance")
    assert found == [(row["n"], row["due_date"], *(minor(row[key]) for key in keys)) for row in expected]


@pytest.mark.parametrize("case", published("engines", "schedule"))
def test_published_schedules_agree_row_by_row(case: Case) -> None:
    schedule, expected = schedule_of(terms_of(case["inputs"])), case["expected"]
    assert_rows(schedule, expected["rows"])
    if "total_due" in expected:
        assert schedule.total_due == minor(expected["total_due"])
        assert schedule.total_interest == minor(expected["total_interest"])


def fineract_cases() -> Sequence[Any]:
    path = SHARED / "cases" / "fineract_cny.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", fineract_cases())
def test_schedules_agree_with_apache_fineract_in_yuan(case: Case) -> None:
    assert_rows(schedule_of(terms_of(case["inputs"])), case["rows"])


def test_moved_due_dates_leave_30_360_amounts_as_they_were() -> None:
    """FIN-EMI-08: a full month is charged for 43 days, as Fineract does."""
    dates = [date(2024, 2, 1), *(date(2024, month, 15) for month in range(3, 8))]
    loan = terms(10000, "9.4822", 6, disbursed_on=date(2024, 1, 1))
    moved, regular = schedule_of(loan, moved_to=dates), schedule_of(loan)
    assert [row.due_on for row in moved.rows] == dates
    assert [row.due for row in moved.rows] == [1713] * 6
    assert [row.interest for row in moved.rows] == [row.interest for row in regular.rows]


def test_moved_due_dates_bear_interest_by_real_days_otherwise() -> None:
    convention = Convention(day_count=DayCount.ACT_365)
    loan = terms(10000, "9.4822", 2, disbursed_on=date(2024, 1, 1), convention=convention)
    moved = schedule_of(loan, moved_to=[date(2024, 2, 1), date(2024, 3, 15)])
    assert moved.rows[1].interest > schedule_of(loan).rows[1].interest


@pytest.mark.parametrize("case", [c for c in published("engines", "deferral") if c.id == "FIN-MOR-01"])
def test_a_principal_grace_pays_interest_alone_then_the_annuity(case: Case) -> None:
    assert_rows(schedule_of(terms_of(case["inputs"])), case["expected"]["rows"])


@pytest.mark.parametrize("case", [c for c in published("engines", "deferral") if c.id == "FIN-CLS-03"])
def test_a_currency_kept_in_hundreds_is_reckoned_in_hundreds(case: Case) -> None:
    """The case rounds each amount, interest included, to 100: its books' smallest sum. One unit here is that 100."""
    inputs = case["inputs"]
    schedule = schedule_of(
        terms(
            inputs["principal"] // 100,
            str(inputs["rate_pct_per_month"] * 12),
            inputs["n"],
            disbursed_on=date.fromisoformat(inputs["disbursed"]),
            convention=Convention(
                amortisation=Amortisation.EQUAL_PRINCIPAL, grace_principal=inputs["grace_on_principal"]
            ),
        )
    )
    rows = {row.number: row for row in schedule.rows}
    for expected in case["expected"]["rows"]:
        row = rows[expected["n"]]
        found = (row.due_on.isoformat(), row.principal * 100, row.interest * 100)
        assert found == (expected["due_date"], expected["principal"], expected["interest"])


def test_an_interest_grace_defers_and_does_not_waive() -> None:
    """Apache Fineract, ProgressiveLoanMoratoriumIntegrationTest: the payment stays, 1.44 is collected in row 3."""
    convention = Convention(grace_interest=2)
    loan = terms(10000, "7", 6, disbursed_on=date(2024, 1, 1), convention=convention)
    rows = [(row.principal, row.interest) for row in schedule_of(loan).rows]
    assert rows == [(1701, 0), (1701, 0), (1557, 144), (1672, 29), (1681, 20), (1688, 10)]


@pytest.mark.parametrize("grace", [1, 3, 6, 11])
def test_an_interest_grace_leaves_every_payment_but_the_last_as_it_was(grace: int) -> None:
    rows = schedule_of(terms(1000000, "12", 12, convention=Convention(grace_interest=grace))).rows
    assert {row.due for row in rows[:-1]} == {88849}
    assert rows[-1].due < 88847
    assert rows[grace].interest > 0


def test_a_grace_so_long_that_its_payments_repay_everything_has_smaller_ones() -> None:
    """At 36 % the payment of 60 is 3.6 % of the loan: 28 without interest would leave nothing for the rest."""
    rows = schedule_of(terms(10000000, "36", 60, convention=Convention(grace_interest=40))).rows
    assert len(rows) == 60
    assert max(row.due for row in rows[:-1]) == rows[0].due < 361330
    assert rows[-1].due >= rows[0].due


def test_an_interest_grace_under_equal_principal_collects_in_the_first_payment_after() -> None:
    convention = Convention(amortisation=Amortisation.EQUAL_PRINCIPAL, grace_interest=1)
    rows = schedule_of(terms(120000, "12", 3, convention=convention)).rows
    assert [(row.principal, row.interest) for row in rows] == [(40000, 0), (40000, 2000), (40000, 400)]


def test_flat_interest_adds_up_to_the_rate_on_the_sum_lent() -> None:
    convention = Convention(interest_method=InterestMethod.FLAT)
    schedule = schedule_of(terms(100000, "10", 12, convention=convention))
    assert schedule.total_interest == 10000
    assert {row.interest for row in schedule.rows[:-1]} == {833}


def test_no_payment_is_rounded_up_so_that_the_loan_ends_early() -> None:
    for multiple in (None, 1, 10, 100):
        rows = schedule_of(terms(13000, "20", 12, convention=Convention(multiple=multiple))).rows
        assert len(rows) == 12
        assert all(row.principal > 0 for row in rows)


@pytest.mark.parametrize(("multiple", "payment"), [(1, 88800), (10, 89000), (100, 90000)])
def test_a_multiple_holds_for_every_payment_but_the_last(multiple: int, payment: int) -> None:
    rows = schedule_of(terms(1000000, "12", 12, convention=Convention(multiple=multiple))).rows
    assert {row.due for row in rows[:-1]} == {payment}


@pytest.mark.parametrize(("multiple", "payment"), [(1, 91_700), (10, 92_000), (100, 90_000)])
def test_with_flat_interest_the_multiple_holds_for_the_payment_too(multiple: int, payment: int) -> None:
    """10,000.00 over 12 months at 10 % flat: 833.33 of principal with 83.33 of interest."""
    convention = Convention(interest_method=InterestMethod.FLAT, multiple=multiple)
    rows = schedule_of(terms(1_000_000, "10", 12, convention=convention)).rows
    assert {row.due for row in rows[:-1]} == {payment}
    assert sum(row.principal for row in rows) == 1_000_000
    assert {row.interest for row in rows[:-1]} == {8_333}


def test_with_equal_principal_the_multiple_holds_for_the_principal_part() -> None:
    convention = Convention(amortisation=Amortisation.EQUAL_PRINCIPAL, multiple=100)
    rows = schedule_of(terms(1000000, "12", 12, convention=convention)).rows
    assert {row.principal for row in rows[:-1]} == {80000}


def test_a_multiple_that_would_end_the_loan_early_is_rounded_down() -> None:
    """258.33 would be 300, and 59 of these are more than 15,500."""
    convention = Convention(amortisation=Amortisation.EQUAL_PRINCIPAL, multiple=100)
    rows = schedule_of(terms(1550000, "12", 60, convention=convention)).rows
    assert {row.principal for row in rows[:-1]} == {20000}
    assert rows[-1].principal == 370000


def test_no_interest_is_a_rate_like_another() -> None:
    assert [row.due for row in schedule_of(terms(10000, "0", 3)).rows] == [3333, 3333, 3334]


def test_interest_that_a_long_first_period_leaves_unpaid_is_carried_over_and_bears_none() -> None:
    """85 days at 24 % bear more than a payment of 24: the payment is the annuity's all the same, smoothed once.

    As Apache Fineract has it: the interest of a row is at most its payment, the rest waits for the next.
    """
    convention = Convention(day_count=DayCount.ACT_360, rounding=Rounding.HALF_UP)
    dates = {"disbursed_on": date(2025, 3, 18), "first_due_on": date(2025, 6, 11)}
    rows = schedule_of(terms(2138510290, "24", 24, convention=convention, **dates)).rows
    assert (rows[0].principal, rows[0].interest) == (0, 117484350)
    assert {row.due for row in rows[:-1]} == {117484350}
    assert (rows[-1].principal, rows[-1].interest) == (115211124, 2304222)


def test_a_payment_that_rounding_puts_below_its_interest_is_smoothed_before_its_multiple_is_given_up() -> (
    None
):
    """29.83 would be floored to 20, less than the interest of 25.45; smoothing finds 30."""
    convention = Convention(rounding=Rounding.FLOOR, multiple=10, grace_principal=2)
    loan = terms(59767, "17.0368", 48, every=Every.parse("3 months"), convention=convention)
    assert {row.due for row in schedule_of(loan).rows[2:-1]} == {3000}


@pytest.mark.parametrize("multiple", [10, 100])
def test_no_grace_ends_in_one_payment_because_the_multiple_does_not_fit(multiple: int) -> None:
    convention = Convention(multiple=multiple, grace_interest=2)
    rows = schedule_of(terms(3000, "20", 12, convention=convention)).rows
    assert all(row.due > 0 for row in rows)
    assert rows[-1].due < 300


def test_a_currency_without_decimals_is_reckoned_in_whole_units() -> None:
    rows = schedule_of(terms(100000, "12", 3, currency="JPY")).rows
    assert [row.due for row in rows] == [34002, 34002, 34003]


# An oracle written the other way round: decimals of fifty digits, straight from the published formula.

ROUNDINGS = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP, "floor": ROUND_FLOOR}


def plain_annuity(principal: int, factors: Sequence[Decimal], rounding: str) -> list[tuple[int, int]]:
    def whole(value: Decimal) -> int:
        return int(value.quantize(Decimal(1), rounding=ROUNDINGS[rounding]))

    def rows(payment: int) -> list[tuple[int, int]]:
        balance, found = principal, []
        for factor in factors[:-1]:
            interest = whole(balance * factor)
            found.append((payment - interest, interest))
            balance -= payment - interest
        return [*found, (balance, whole(balance * factors[-1]))]

    product, series = 1 + factors[0], Decimal(1)
    for factor in factors[1:]:
        product, series = product * (1 + factor), 1 + series * (1 + factor)
    payment = whole(principal * product / series)
    first = rows(payment)
    gap = sum(first[-1]) - payment
    if abs(gap) > len(factors) // 2:
        tried = payment + whole(Decimal(gap) / len(factors))
        again = rows(tried)
        if abs(sum(again[-1]) - tried) < abs(gap):
            return again
    return first


@settings(max_examples=200)
@given(
    principal=st.integers(50_000, 100_000_000),
    rate=st.integers(0, 3600),
    count=st.integers(2, 60),
    disbursed_on=st.dates(date(2023, 1, 1), date(2027, 12, 31)),
    day_count=st.sampled_from([DayCount.THIRTY_360, DayCount.ACT_365, DayCount.ACT_360]),
    rounding=st.sampled_from(list(Rounding)),
)
def test_annuities_equal_a_plain_decimal_calculation(
    principal: int, rate: int, count: int, disbursed_on: date, day_count: DayCount, rounding: Rounding
) -> None:
    loan = terms(
        principal,
        str(Decimal(rate) / 100),
        count,
        disbursed_on=disbursed_on,
        convention=Convention(day_count=day_count, rounding=rounding),
    )
    with localcontext() as context:
        context.prec = 50
        factors = [_factor(loan, start, end) for start, end in pairwise([disbursed_on, *loan.due_dates])]
        expected = plain_annuity(principal, factors, rounding.value)
    assert [(row.principal, row.interest) for row in schedule_of(loan).rows] == expected


def _factor(loan: ScheduleTerms, start: date, end: date) -> Decimal:
    yearly = loan.annual_rate_pct / 100
    if loan.convention.day_count is DayCount.THIRTY_360:
        return yearly / 12
    return yearly * (end - start).days / int(loan.convention.day_count.value.removeprefix("act/"))


@given(
    principal=st.integers(1, 10**13),
    pct=st.decimals("0.001", 400, places=3),
    count=st.integers(1, 120),
    unequal=st.integers(1, 40),
)
def test_the_closed_form_of_equal_factors_is_the_published_formula(
    principal: int, pct: Decimal, count: int, unequal: int
) -> None:
    def exactly(factors: PeriodFactors) -> Fraction:
        rates = [Fraction(numerator, factors.denominator) for numerator in factors.numerators]
        product, series = 1 + rates[0], Fraction(1)
        for rate in rates[1:]:
            product, series = product * (1 + rate), 1 + series * (1 + rate)
        return principal * product / series

    for parts in ([30] * count, [30] * count + [unequal]):
        factors = PeriodFactors.of(pct, parts, 360)
        assert Fraction(*factors.annuity(principal)) == exactly(factors)


@given(
    principal=st.integers(1, 10**6),
    payment=st.integers(0, 10**5),
    numerators=st.lists(st.integers(0, 6), min_size=1, max_size=40),
    denominator=st.sampled_from([100, 200, 365 * 366]),
)
def test_the_bare_loop_of_usual_rows_equals_the_one_for_every_case(
    principal: int, payment: int, numerators: list[int], denominator: int
) -> None:
    basis = Basis(
        principal=principal, factors=PeriodFactors(numerators, denominator), rounding=Rounding.HALF_EVEN
    )
    assert level_rows(basis, payment) == carrying_rows(basis, payment)


@given(st.integers(-(10**16), 10**16), st.integers(1, 10**6), st.sampled_from(list(Rounding)))
def test_rounding_in_integers_is_that_of_decimals(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(numerator) / denominator
    assert rounding.of(numerator, denominator) == exact.to_integral_value(ROUNDINGS[rounding.value])
    assert rounding.division(numerator, denominator) == rounding.of(numerator, denominator)


@st.composite
def any_terms(draw: st.DrawFn) -> ScheduleTerms:
    """Terms of every convention, from one cent and one row to the far ends."""
    count = draw(st.integers(1, 130))
    disbursed_on = draw(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
    later = st.dates(date(2031, 1, 1), date(2032, 12, 31))
    return ScheduleTerms(
        principal=draw(st.one_of(st.integers(1, 1000), st.integers(1, 10**13))),
        annual_rate_pct=draw(st.decimals(0, 200, places=3)),
        installments=count,
        every=draw(st.sampled_from([Every.parse(e) for e in ("1 month", "15 days", "2 weeks", "1 year")])),
        disbursed_on=disbursed_on,
        first_due_on=draw(st.one_of(st.none(), later)),
        currency=draw(st.sampled_from(["CNY", "JPY"])),
        convention=Convention(
            day_count=draw(st.sampled_from(list(DayCount))),
            amortisation=draw(st.sampled_from(list(Amortisation))),
            interest_method=draw(st.sampled_from(list(InterestMethod))),
            rounding=draw(st.sampled_from(list(Rounding))),
            multiple=draw(st.sampled_from([None, 1, 10, 100])),
            grace_principal=draw(st.integers(0, min(count - 1, 6))),
            grace_interest=draw(st.integers(0, min(count - 1, 6))),
        ),
    )


@settings(max_examples=400, deadline=None)
@given(any_terms())
def test_every_schedule_keeps_its_promises(loan: ScheduleTerms) -> None:
    schedule = schedule_of(loan)
    rows = schedule.rows
    assert len(rows) == loan.installments
    assert sum(row.principal for row in rows) == loan.principal
    assert min(min(row.principal, row.interest, row.balance) for row in rows) >= 0
    assert rows[-1].balance == 0
    assert all(later.balance == row.balance - later.principal for row, later in pairwise(rows))
    assert all(row.due_on < later.due_on for row, later in pairwise(rows))
    assert rows[0].due_on > loan.disbursed_on
    assert schedule_of(loan) == schedule


@settings(max_examples=200, deadline=None)
@given(any_terms())
def test_graces_leave_principal_and_interest_out_of_their_rows(loan: ScheduleTerms) -> None:
    rows, convention = schedule_of(loan).rows, loan.convention
    assert not any(row.principal for row in rows[: convention.grace_principal])
    assert not any(row.interest for row in rows[: convention.grace_interest])


@settings(max_examples=100, deadline=None)
@given(any_terms())
def test_the_interest_of_a_grace_is_deferred_to_the_cent_under_equal_principal(loan: ScheduleTerms) -> None:
    convention = replace(loan.convention, amortisation=Amortisation.EQUAL_PRINCIPAL)
    with_grace = schedule_of(replace(loan, convention=convention))
    without = schedule_of(replace(loan, convention=replace(convention, grace_interest=0)))
    assert with_grace.total_interest == without.total_interest


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"principal": 0}, "principal_not_positive", "principal"),
        ({"principal": -5}, "principal_not_positive", "principal"),
        ({"principal": 10**14}, "amount_too_large", "principal"),
        ({"annual_rate_pct": Decimal("-0.01")}, "rate_out_of_range", "annual_rate_pct"),
        ({"annual_rate_pct": Decimal("NaN")}, "rate_out_of_range", "annual_rate_pct"),
        ({"annual_rate_pct": Decimal(10001)}, "rate_out_of_range", "annual_rate_pct"),
        ({"installments": 0}, "installments_out_of_range", "installments"),
        ({"installments": 3661}, "installments_out_of_range", "installments"),
        ({"first_due_on": START}, "first_date_not_after_start", "first_due_on"),
        ({"convention": Convention(grace_principal=12)}, "grace_out_of_range", "grace_principal"),
        ({"convention": Convention(grace_interest=-1)}, "grace_out_of_range", "grace_interest"),
        ({"convention": Convention(multiple=7)}, "multiple_unknown", "multiple"),
    ],
)
def test_terms_that_make_no_schedule_are_refused_on_their_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        replace(terms(100000, "12", 12), **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_the_largest_principal_is_told_in_the_loans_own_currency() -> None:
    with pytest.raises(DomainError) as refusal:
        replace(terms(100000, "12", 12), principal=MAXIMUM + 1, currency="KWD")
    assert refusal.value.details == {"maximum": "10000000000.000", "currency": "KWD"}
    assert replace(terms(100000, "12", 12), principal=MAXIMUM).principal == MAXIMUM


@pytest.mark.parametrize(
    "dates", [[START], [date(2026, 3, 1), date(2026, 3, 1)], [START, date(2026, 3, 1)], []]
)
def test_dates_that_do_not_strictly_rise_are_refused(dates: list[date]) -> None:
    with pytest.raises(DomainError, match="dates_not_rising"):
        schedule_of(terms(100000, "12", 2), moved_to=dates)
