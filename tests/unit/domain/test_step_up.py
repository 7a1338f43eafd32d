"""Smaller payments first, larger ones later: the steps, the cents, and what cannot be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest, block_sizes
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import POLICY, RULES, late_loan, loan_of

ROUND = loan_of(
    InstallmentFacts(1, date(2026, 9, 1), Components(principal=60_000), Components()),
    InstallmentFacts(2, date(2026, 10, 1), Components(principal=60_000), Components()),
    annual_rate_pct=Decimal(0),
    penalty_rate_pct=Decimal(0),
)
"""1,200.00 without interest, half of it late."""


def step_up(count: int, steps: int, loan: LoanFacts = ROUND, **asked: Any) -> Plan:
    request = PlanRequest(PlanKind.STEP_UP, installments=count, steps=steps, **asked)
    return price_plan(loan, request, RULES)


def dues(plan: Plan) -> Sequence[int]:
    return [row.due for row in plan.installments]


def test_two_steps_pay_two_to_three() -> None:
    """1,200.00 over 2 + 2 payments of 100 : 150 is 240.00 twice and 360.00 twice."""
    plan = step_up(4, 2)
    assert dues(plan) == [24_000, 24_000, 36_000, 36_000]
    assert plan.levels == ((2, 24_000), (2, 36_000))
    assert plan.cost.beyond_principal == 0


def test_three_steps_rise_evenly_to_the_same_top() -> None:
    """1,200.00 in 100 : 125 : 150 is 320.00, 400.00 and 480.00."""
    assert dues(step_up(3, 3)) == [32_000, 40_000, 48_000]


def test_the_longer_steps_come_first() -> None:
    assert block_sizes(11, 3) == [4, 4, 3]
    assert next(len(list(same)) for _, same in groupby(dues(step_up(5, 2)))) == 3


def test_the_last_payment_takes_what_rounding_leaves() -> None:
    """1,200.00 in 2 + 1 of 100 : 150 is 342.857 each: 342.86, 342.86 and the rest, 514.28."""
    assert dues(step_up(3, 2)) == [34_286, 34_286, 51_428]


def test_the_policy_says_how_high_the_last_step_goes() -> None:
    rules = replace(RULES, policy=replace(POLICY, step_up_top_pct=200))
    plan = price_plan(ROUND, PlanRequest(PlanKind.STEP_UP, installments=4, steps=2), rules)
    assert dues(plan) == [20_000, 20_000, 40_000, 40_000]


def test_interest_is_that_of_the_balance_each_time() -> None:
    """12 % by 30/360: 21 days from 10 September to 1 October, then months of 1 %."""
    plan = step_up(6, 2, late_loan(), arrears_treatment=ArrearsTreatment.WAIVED)
    lent = sum(row.parts.principal for row in plan.rows)
    assert plan.rows[0].parts.interest == round(Decimal(lent) * 21 * 12 / 36_000)
    assert [row.parts.interest for row in plan.rows[1:]] == [
        round(Decimal(row.balance) / 100) for row in plan.rows[:-1]
    ]
    assert [size for size, _ in plan.levels] == [3, 3]


def test_old_interest_penalty_and_fees_rise_with_the_steps_and_bear_nothing() -> None:
    plan = step_up(4, 2, replace(ROUND, installments=(_with(penalty=500), ROUND.installments[1])))
    assert [row.parts.penalty for row in plan.rows] == [100, 100, 150, 150]


def test_they_come_with_the_first_payment_where_policy_says_so() -> None:
    loan = replace(ROUND, installments=(_with(fee=500), ROUND.installments[1]))
    plan = step_up(4, 2, loan, arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT)
    assert [row.parts.fee for row in plan.rows] == [500, 0, 0, 0]


def _with(**more: int) -> InstallmentFacts:
    row = ROUND.installments[0]
    return replace(row, due=row.due + Components(**more))


def test_a_sum_paid_first_makes_each_step_smaller() -> None:
    plan = step_up(4, 2, upfront_minor=20_000)
    assert plan.upfront is not None
    assert (plan.upfront.number, plan.upfront.due, plan.upfront.balance) == (0, 20_000, 100_000)
    assert dues(plan) == [20_000, 20_000, 30_000, 30_000]


def test_flat_interest_is_the_same_each_time_and_the_last_takes_what_is_left_of_it() -> None:
    loan, left = late_loan(interest_method="flat"), set()
    for count in range(5, 9):
        plan = step_up(count, 2, loan, arrears_treatment=ArrearsTreatment.CAPITALISED)
        *same, last = [row.parts.interest for row in plan.installments]
        assert set(same) == {sum([*same, last]) // count}
        left.add(last - same[0])
    assert min(left) >= 0
    assert max(left) > 0


def test_first_payments_below_the_interest_are_refused_with_a_way_out() -> None:
    """At 5 % a month over five years the level payment is 5.28 %: a first step of two thirds of the last is below 5 %."""
    with pytest.raises(DomainError) as refusal:
        step_up(60, 3, late_loan(annual_rate_pct=Decimal(60)))
    assert (refusal.value.code, refusal.value.field) == ("steps_below_interest", "installments")


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        late_loan,
        met=st.integers(3, 6),
        annual_rate_pct=st.decimals(0, 24, places=2),
        day_count=st.sampled_from(["30/360", "act/365", "act/act"]),
        interest_method=st.sampled_from(["declining", "flat"]),
        multiple=st.sampled_from([None, 1, 10]),
    ),
    st.integers(3, 48),
    st.integers(2, 3),
    st.sampled_from(["1 month", "1 week", "4 weeks"]),
)
def test_each_step_pays_one_sum_and_the_last_at_most_half_as_much_again(
    loan: LoanFacts, count: int, steps: int, every: str
) -> None:
    """But for a minor unit that spreading leaves, the product's whole units, and the last payment of all."""
    try:
        plan = step_up(count, steps, loan, every=every)
    except DomainError as refusal:
        assert refusal.code == "steps_below_interest"  # noqa: PT017
        return
    assert len(plan.rows) == count
    sums, start = dues(plan)[:-1], 0
    for size in block_sizes(count, steps):
        block = sums[start : start + size]
        assert not block or max(block) - min(block) <= 3
        start += size
    assert sums == sorted(sums) or max(abs(a - b) for a, b in zip(sums, sorted(sums), strict=True)) <= 3
    unit = 100 * (loan.multiple or 0)
    assert max(sums) <= 1.5 * sums[0] + 5 + 2 * unit
