"""Ready plans of the kinds that are asked for by name: from the shortest, and none where none can be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.errors import DomainError
from portal.domain.kind_options import deferral_options, interest_only_options, step_up_options
from portal.domain.loans import Components, LoanFacts
from portal.domain.options import ReadyOptions
from portal.domain.plans import Plan, PlanKind
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from tests.unit.domain.late_loans import POLICY, RULES, late_loan

LOAN = late_loan()
"""The installment of August is late, that of September comes in five days."""
PAID_UP = late_loan(met=8)


def rules_with(**most: int) -> PricingRules:
    """The policy's most periods of some kinds; 0: it has no such plan."""
    terms = {**POLICY.max_terms, **{PlanKind(kind): count for kind, count in most.items()}}
    kept = {kind: count for kind, count in terms.items() if count}
    return replace(RULES, policy=replace(POLICY, max_terms=kept))


# pauses


def test_pauses_go_up_to_the_policys_most() -> None:
    assert [plan.request.defer_periods for plan in deferral_options(LOAN, rules_with(defer=4))] == [2, 3, 4]


def test_a_pause_of_one_month_is_enough_for_whoever_has_been_late_for_a_few_days() -> None:
    """15 September moves to 15 October: after the answer and the lender's lead."""
    late_since_then = replace(RULES, on=date(2026, 9, 20))
    assert [plan.request.defer_periods for plan in deferral_options(late_loan(met=7), late_since_then)] == [
        1,
        2,
        3,
    ]


def test_there_is_no_pause_where_the_policy_has_none_or_none_so_long() -> None:
    assert deferral_options(LOAN, rules_with(defer=0)) == ()
    assert deferral_options(LOAN, rules_with(defer=1)) == ()


def test_a_pause_beyond_the_last_year_of_schedules_is_left_out() -> None:
    *rows, last = LOAN.installments
    far = replace(LOAN, installments=(*rows, replace(last, due_on=date(2199, 11, 15))))
    assert deferral_options(far, RULES) == ()


def test_who_owes_nothing_late_is_told_so() -> None:
    with pytest.raises(DomainError, match="nothing_overdue"):
        deferral_options(PAID_UP, RULES)
    with pytest.raises(DomainError, match="nothing_overdue"):
        interest_only_options(PAID_UP, RULES)


# interest first


@pytest.mark.parametrize(
    ("most", "offered"), [(1, [1]), (2, [1, 2]), (3, [1, 3]), (6, [1, 3, 6]), (7, [1, 3, 7])]
)
def test_interest_alone_for_one_period_half_of_the_most_and_the_most(most: int, offered: list[int]) -> None:
    plans = interest_only_options(LOAN, rules_with(interest_only=most))
    assert [plan.request.interest_periods for plan in plans] == offered
    assert {plan.kind for plan in plans} == {PlanKind.INTEREST_ONLY}


def test_a_policy_without_interest_first_says_so() -> None:
    """Somebody may have answered before the policy changed; an empty list would be told as the law's doing."""
    with pytest.raises(DomainError, match="kind_not_offered"):
        interest_only_options(LOAN, rules_with(interest_only=0))


def test_without_interest_or_principal_there_is_no_interest_to_pay_first() -> None:
    assert interest_only_options(replace(LOAN, annual_rate_pct=Decimal(0)), RULES) == ()
    repaid = tuple(
        replace(row, paid=row.paid + Components(principal=row.outstanding.principal))
        for row in LOAN.installments
    )
    assert interest_only_options(replace(LOAN, installments=repaid), RULES) == ()


# smaller payments first


def always(_plan: Plan) -> bool:
    return True


def stepped(
    affordable: int,
    is_lawful: Callable[[Plan], bool] = always,
    *,
    loan: LoanFacts = LOAN,
    rules: PricingRules = RULES,
) -> ReadyOptions:
    request = rules.request_for(PlanKind.CATCH_UP)
    return step_up_options(loan, rules, affordable=affordable, request=request, is_lawful=is_lawful)


def first_step(steps: int, count: int) -> int:
    asked: Any = replace(RULES.request_for(PlanKind.STEP_UP), steps=steps, installments=count)
    return price_plan(LOAN, asked, RULES).levels[0][1]


@pytest.mark.parametrize("affordable", [40_000, 60_000, 90_000])
def test_of_two_steps_and_of_three_the_shortest_plan_with_an_affordable_first_step(affordable: int) -> None:
    found = stepped(affordable)
    assert found.is_affordable
    assert [(plan.kind, plan.request.steps) for plan in found.plans] == [
        (PlanKind.STEP_UP, 2),
        (PlanKind.STEP_UP, 3),
    ]
    for plan in found.plans:
        steps, count = plan.request.steps, len(plan.rows)
        assert first_step(steps, count) <= affordable < first_step(steps, count - 1)


def test_a_first_step_of_just_the_sum_is_affordable_and_a_cent_less_is_not() -> None:
    just = first_step(2, 10)
    assert len(stepped(just).plans[0].rows) == 10
    assert len(stepped(just - 1).plans[0].rows) == 11


@pytest.mark.parametrize("lawful_from", [10, 12])
def test_where_law_forbids_a_short_plan_the_next_longer_one_is_offered(lawful_from: int) -> None:
    """Here the policy has plans of up to 12 payments."""
    found = stepped(90_000, lambda plan: len(plan.rows) >= lawful_from, rules=rules_with(step_up=12))
    assert found.is_affordable
    assert [len(plan.rows) for plan in found.plans] == [lawful_from, lawful_from]


def test_steps_of_which_none_is_lawful_are_left_out() -> None:
    found = stepped(90_000, lambda plan: plan.request.steps == 3, rules=rules_with(step_up=12))
    assert [plan.request.steps for plan in found.plans] == [3]
    assert found.is_affordable


@pytest.mark.parametrize(
    ("affordable", "is_lawful"),
    [(1, always), (90_000, lambda _plan: False), (90_000, lambda plan: len(plan.rows) > 12)],
    ids=["nothing affordable", "nothing lawful", "lawful beyond the most"],
)
def test_else_the_longest_of_two_steps_stands_alone(
    affordable: int, is_lawful: Callable[[Plan], bool]
) -> None:
    found = stepped(affordable, is_lawful, rules=rules_with(step_up=12))
    assert not found.is_affordable
    assert [(plan.request.steps, len(plan.rows)) for plan in found.plans] == [(2, 12)]


def test_the_longest_keeps_above_the_policys_smallest_payment() -> None:
    """What is left over 36 rising payments would begin far below 300.00."""
    rules = replace(RULES, policy=replace(POLICY, min_payment_minor=30_000))
    (plan,) = stepped(1, rules=rules).plans
    assert len(plan.rows) < 36
    assert min(row.due for row in plan.rows) >= 30_000


def test_the_longest_of_two_steps_may_be_too_short_for_three() -> None:
    (plan,) = stepped(1, rules=rules_with(step_up=2)).plans
    assert (plan.request.steps, len(plan.rows)) == (2, 2)


def test_a_policy_without_rising_plans_has_none_ready() -> None:
    assert stepped(90_000, rules=rules_with(step_up=0)) == ReadyOptions((), is_affordable=False)
