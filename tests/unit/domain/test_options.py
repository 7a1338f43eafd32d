"""Ready plans for what somebody can afford."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.kind_options import deferral_options
from portal.domain.loans import Components
from portal.domain.options import (
    Bounds,
    chosen_counts,
    nearest_count,
    payment_bounds,
    plan_nearest_to,
    ready_options,
    refuse_outside,
    shown,
)
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.published import SHARED, Case
from tests.unit.domain.late_loans import RULES, late_loan
from tests.unit.domain.refusals import refusal

LOAN = late_loan()
"""1,066.19 a month is running, and as much is late."""

RUNNING = LOAN.installments[7].due.total
LATE = LOAN.installments[6].due.total


def uk_cases(part: str) -> Sequence[Any]:
    path = SHARED / "cases" / "uk_tax_plans.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    book = json.loads(path.read_text(encoding="utf-8"))
    if part == "shown_min_max":
        return list(book[part]["rows"])
    return [pytest.param(case, id=case["id"]) for case in book["cases"] if case["family"] == part]


@pytest.mark.parametrize("row", uk_cases("shown_min_max"))
def test_bounds_are_rounded_as_a_public_plan_service_shows_them(row: Case) -> None:
    bounds = Bounds(row["min"], row["max"])
    assert (bounds.shown_lowest, bounds.shown_highest) == (row["shown_min"], row["shown_max"])


@pytest.mark.parametrize("case", uk_cases("D_three_options"))
def test_the_ready_plans_agree_with_a_public_plan_service(case: Case) -> None:
    inputs = case["inputs"]
    total = sum(debt["amount"] for debt in inputs["debts"])
    months = range(inputs["min_months"], inputs["max_months"] + 1)
    payments = {count: -(-total // count) for count in months}
    affordable = int(Decimal(inputs["share"]) * inputs["left_over_income"])
    counts, is_affordable = chosen_counts(payments, affordable)
    assert is_affordable
    assert [payments[count] for count in counts] == case["expected"]["options"]


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (1, 100),
        (949, 900),
        (950, 900),
        (951, 1000),
        (1500, 1000),
        (1501, 2000),
        (10089, 10000),
        (10500, 10000),
    ],
)
def test_a_bound_is_shown_in_tens_and_below_ten_in_ones_half_going_down(minor: int, expected: int) -> None:
    assert shown(minor) == expected


def test_a_bound_in_a_currency_without_decimals_has_tens_of_its_own() -> None:
    assert (shown(10089, "JPY"), shown(7, "JPY"), shown(0, "JPY")) == (10090, 7, 1)


def test_an_own_sum_is_checked_against_the_bounds_as_shown() -> None:
    bounds = Bounds(14_996, 30_004)
    refuse_outside(bounds, 15_000)
    refuse_outside(bounds, 30_000)
    for outside in (14_999, 30_001):
        with pytest.raises(DomainError) as refused:
            refuse_outside(bounds, outside, field="monthly")
        assert refused.value.details == {"currency": "CNY", "lowest": "150.00", "highest": "300.00"}


def test_the_first_ready_plan_is_the_nearest_below_and_the_others_are_faster() -> None:
    payments = {2: 500, 3: 334, 4: 250, 5: 200, 6: 167}
    assert chosen_counts(payments, 210) == ([5, 4, 3], True)
    assert chosen_counts(payments, 250) == ([4, 3, 2], True)
    assert chosen_counts(payments, 400) == ([3, 2], True)
    assert chosen_counts(payments, 166) == ([6], False)


def test_an_own_sum_finds_the_nearest_payment_and_of_two_the_smaller() -> None:
    assert nearest_count({2: 500, 3: 300, 4: 100}, 290) == 3
    assert nearest_count({2: 500, 3: 300, 4: 100}, 200) == 4


def test_catching_up_is_offered_where_it_fits_beside_the_running_payment() -> None:
    options = ready_options(LOAN, RULES, affordable=RUNNING + LATE // 4 + 1)
    assert options.is_affordable
    assert [(plan.kind, len(plan.rows)) for plan in options.plans] == [
        (PlanKind.CATCH_UP, count) for count in (4, 3, 2)
    ]


def test_everything_is_rescheduled_where_the_running_payment_alone_is_too_much() -> None:
    options = ready_options(LOAN, RULES, affordable=RUNNING // 2)
    assert options.is_affordable
    assert {plan.kind for plan in options.plans} == {PlanKind.RESCHEDULE}
    first, *faster = options.plans
    assert first.largest_payment <= RUNNING // 2 < faster[0].largest_payment
    assert [len(plan.rows) for plan in options.plans] == [len(first.rows) - n for n in range(3)]


def test_the_slowest_plan_stands_alone_where_none_is_affordable() -> None:
    options = ready_options(LOAN, RULES, affordable=100)
    assert not options.is_affordable
    assert len(options.plans) == 1


def test_no_ready_plan_has_payments_below_the_policys_floor() -> None:
    options = ready_options(LOAN, RULES, affordable=RULES.policy.min_payment_minor)
    smallest = min(row.due for plan in options.plans for row in plan.rows)
    assert smallest >= RULES.policy.min_payment_minor


def test_bounds_reach_from_the_slowest_to_the_fastest_plan() -> None:
    bounds = payment_bounds(LOAN, RULES)
    slowest = ready_options(LOAN, RULES, affordable=bounds.lowest)
    assert slowest.is_affordable
    assert slowest.plans[0].largest_payment == bounds.lowest
    assert not ready_options(LOAN, RULES, affordable=bounds.lowest - 1).is_affordable


@settings(max_examples=15, deadline=None)
@given(st.integers(10_000, 400_000))
def test_the_plan_nearest_to_a_sum_has_no_nearer_neighbour(payment: int) -> None:
    asked = PlanRequest(kind=PlanKind.RESCHEDULE)
    plan, comes_to = plan_nearest_to(LOAN, RULES, asked, payment)
    away = abs(plan.largest_payment - payment)
    assert comes_to == plan.largest_payment
    for count in (len(plan.rows) - 1, len(plan.rows) + 1):
        if 2 <= count <= 60:
            other = ready_plan(count)
            assert abs(other - payment) >= away or other < RULES.policy.min_payment_minor


def ready_plan(count: int) -> int:
    return price_plan(LOAN, PlanRequest(kind=PlanKind.RESCHEDULE, installments=count), RULES).largest_payment


def test_pauses_are_offered_from_the_shortest_that_reaches_far_enough() -> None:
    assert [plan.request.defer_periods for plan in deferral_options(LOAN, RULES)] == [2, 3]
    assert [plan.request.defer_periods for plan in deferral_options(late_loan(met=4), RULES)] == []


def test_arrears_of_one_cent_still_have_a_plan() -> None:
    rows = [
        replace(row, paid=row.due - Components(principal=1)) if row.number == 7 else row
        for row in LOAN.installments
    ]
    options = ready_options(replace(LOAN, installments=rows), RULES, affordable=RUNNING + 1)
    assert [len(plan.rows) for plan in options.plans] == [1]


def test_a_sum_outside_is_refused_beside_its_field() -> None:
    bounds = Bounds(14_996, 30_004, "USD")
    assert refusal(lambda: refuse_outside(bounds, 14_999)) == ("payment_out_of_bounds", "amount", None)
    with pytest.raises(DomainError) as refused:
        refuse_outside(bounds, 30_001, field="monthly")
    assert (refused.value.code, refused.value.field) == ("payment_out_of_bounds", "monthly")
    assert refused.value.details == {"currency": "USD", "lowest": "150.00", "highest": "300.00"}


def test_the_highest_bound_is_never_shown_below_the_lowest() -> None:
    assert (Bounds(3, 7).shown_lowest, Bounds(3, 7).shown_highest) == (100, 100)
    assert (Bounds(7, 7, "JPY").shown_lowest, Bounds(7, 12, "JPY").shown_highest) == (7, 10)


def test_bounds_of_rising_payments_are_those_of_rising_plans() -> None:
    rising = payment_bounds(LOAN, RULES, request=PlanRequest(kind=PlanKind.STEP_UP, steps=2))
    level = payment_bounds(LOAN, RULES, request=PlanRequest(kind=PlanKind.CATCH_UP))
    assert level == payment_bounds(LOAN, RULES)
    assert level.currency == LOAN.currency
    assert rising.highest < level.highest
    plan = price_plan(LOAN, PlanRequest(kind=PlanKind.STEP_UP, steps=2, installments=36), RULES)
    assert rising.lowest == plan.rows[0].due


def test_where_a_sum_first_is_all_there_is_no_bounds_are_left() -> None:
    everything = PlanRequest(kind=PlanKind.CATCH_UP, upfront_minor=10**9)
    for act in (
        partial(payment_bounds, LOAN, RULES, request=everything),
        partial(ready_options, LOAN, RULES, affordable=100_000, request=everything),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert (refused.value.code, refused.value.field) == ("upfront_too_large", "upfront")
        assert refused.value.details == {"currency": "CNY", "owed": "1066.19"}


def test_the_plan_nearest_to_a_sum_needs_principal() -> None:
    bare = replace(
        LOAN,
        installments=tuple(
            replace(row, paid=replace(row.due, interest=0)) if row.number == 7 else replace(row, paid=row.due)
            for row in LOAN.installments
        ),
    )
    found = refusal(lambda: plan_nearest_to(bare, RULES, PlanRequest(kind=PlanKind.RESCHEDULE), 100))
    assert found == ("no_principal_left", "kind", None)
