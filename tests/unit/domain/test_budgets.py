"""The month: half of what is left is the measure, and the floor is what daily life needs (rule P16)."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.budgets import Budget, BudgetRules, Income, Outgoing, affordability, is_budget_asked
from portal.domain.policy import DEFAULT_POLICY, Policy, Referral

RULES = BudgetRules.from_data(DEFAULT_POLICY["budget"])
SUMS = st.integers(0, 5_000_000)
BUDGETS = st.builds(
    Budget,
    people=st.integers(1, 9),
    incomes=st.dictionaries(st.sampled_from(Income), SUMS),
    outgoings=st.dictionaries(st.sampled_from(Outgoing), SUMS),
)
MONTH = Budget(1, {Income.WAGES: 600_000}, {Outgoing.HOUSING: 200_000, Outgoing.FOOD: 100_000})


def test_there_are_three_incomes_and_ten_outgoings() -> None:
    assert (len(Income), len(Outgoing)) == (3, 10)


def test_half_of_what_is_left_is_the_measure() -> None:
    assert (MONTH.income, MONTH.spent, MONTH.left, MONTH.manageable) == (600_000, 300_000, 300_000, 150_000)


@pytest.mark.parametrize("housing", [500_000, 500_001, 900_000])
def test_where_nothing_is_left_nothing_can_be_managed(housing: int) -> None:
    budget = replace(MONTH, outgoings={Outgoing.HOUSING: housing, Outgoing.FOOD: 100_000})
    assert budget.left <= 0
    assert budget.manageable == 0
    assert affordability(budget, 1, RULES).is_below_floor


@pytest.mark.parametrize(("payment", "is_above"), [(149_999, False), (150_000, False), (150_001, True)])
def test_half_holds_to_the_fen(payment: int, *, is_above: bool) -> None:
    assert affordability(MONTH, payment, RULES).is_above_half is is_above


@pytest.mark.parametrize(("payment", "is_above"), [(300_000, False), (300_001, True)])
def test_the_share_of_income_holds_to_the_fen(payment: int, *, is_above: bool) -> None:
    assert affordability(MONTH, payment, RULES).is_above_share is is_above


@pytest.mark.parametrize(("payment", "is_below"), [(250_000, False), (250_001, True)])
def test_daily_life_keeps_its_floor(payment: int, *, is_below: bool) -> None:
    """4,000.00 after housing; the floor for one is 1,500.00."""
    found = affordability(MONTH, payment, RULES)
    assert found.to_live_on == 400_000 - payment
    assert found.is_below_floor is is_below


def test_food_that_was_left_out_does_not_make_room_for_a_payment() -> None:
    hungry = replace(MONTH, outgoings={Outgoing.HOUSING: 200_000})
    assert affordability(hungry, 260_000, RULES).is_below_floor


def test_a_payment_above_what_is_left_wants_a_person_however_much_is_spent_on_living() -> None:
    rich = Budget(1, {Income.WAGES: 9_000_000}, {Outgoing.FOOD: 8_900_000})
    assert affordability(rich, 100_001, RULES).is_below_floor
    assert not affordability(rich, 100_000, RULES).is_below_floor


def test_the_floor_grows_with_the_household_and_the_last_holds_for_more() -> None:
    floors = [RULES.floor_for(people) for people in range(1, 10)]
    assert floors == [150_000, 240_000, 320_000, 400_000, *[400_000] * 5]


@given(BUDGETS)
def test_a_kept_budget_is_the_same_again_and_blank_is_zero(budget: Budget) -> None:
    again = Budget.from_answer(json.loads(json.dumps(budget.as_answer())))
    assert again.as_answer() == budget.as_answer()
    assert (again.left, again.living, again.people) == (budget.left, budget.living, budget.people)
    assert budget.left == budget.income - budget.spent
    assert 0 <= budget.manageable <= max(0, budget.left)


@given(BUDGETS, st.integers(1, 9_000_000), st.integers(1, 1_000_000))
def test_a_larger_payment_is_never_easier(budget: Budget, payment: int, more: int) -> None:
    smaller, larger = affordability(budget, payment, RULES), affordability(budget, payment + more, RULES)
    for name in ("is_above_half", "is_above_share", "is_below_floor"):
        assert getattr(larger, name) >= getattr(smaller, name)


@pytest.mark.parametrize(
    ("reasons", "payment", "is_asked"),
    [
        ([], 500_000, False),
        ([], 500_001, True),
        ([Referral.GUARANTOR.value], 1, False),
        ([Referral.GUARANTOR.value, Referral.TERM_ABOVE_BAND.value], 1, True),
        ([Referral.AMOUNT_ABOVE_BAND.value], 1, True),
    ],
)
def test_policy_says_when_the_month_is_asked(reasons: list[str], payment: int, *, is_asked: bool) -> None:
    assert is_budget_asked(RULES, reasons=reasons, payment=payment) is is_asked


def test_a_policy_without_the_question_asks_nobody() -> None:
    body = {name: value for name, value in DEFAULT_POLICY.items() if name != "budget"}
    policy = Policy.from_data("old", body)
    assert policy.budget is None
    assert not is_budget_asked(policy.budget, reasons=[Referral.AMOUNT_ABOVE_BAND.value], payment=10**9)
    never = replace(RULES, asked_above_minor=None)
    assert not is_budget_asked(never, reasons=[], payment=10**9)


def test_each_sum_of_the_month_is_in_its_place() -> None:
    """Food, travel and the like are what life needs; rent, family and other loans are owed to somebody."""
    outgoings = {each: 10**place for place, each in enumerate(Outgoing)}
    budget = Budget(2, {Income.WAGES: 1, Income.BENEFITS: 20}, outgoings)
    assert (budget.income, budget.spent, budget.left) == (21, 1_111_111_111, 21 - 1_111_111_111)
    living = {
        Outgoing.UTILITIES, Outgoing.FOOD, Outgoing.TRANSPORT, Outgoing.PHONE, Outgoing.HEALTH, Outgoing.CHILDREN,
        Outgoing.OTHER_SPENDING,
    }  # fmt: skip
    assert budget.living == sum(outgoings[each] for each in living)
    assert [Budget(1, {Income.WAGES: left}, {}).manageable for left in (0, 1, 2, 3)] == [0, 0, 1, 1]


def test_rules_are_read_each_from_its_own_name() -> None:
    body = {
        "asked_for": ["guarantor"],
        "asked_above_minor": "7",
        "income_share_pct": "8",
        "living_floor_minor": ["9", 10],
    }
    assert BudgetRules.from_data(body) == BudgetRules(frozenset({"guarantor"}), 7, 8, (9, 10))
    assert BudgetRules.from_data({**body, "asked_above_minor": None}).asked_above_minor is None


def test_an_answer_says_what_is_there_and_leaves_out_what_is_not() -> None:
    budget = Budget(3, {Income.WAGES: 5, Income.BENEFITS: 0}, {Outgoing.FOOD: 2, Outgoing.PHONE: 0})
    answer = {"people": 3, "incomes": {"wages": 5}, "outgoings": {"food": 2}}
    assert budget.as_answer() == answer
    assert Budget.from_answer({**answer, "people": "3", "incomes": {"wages": "5"}}) == Budget(
        3, {Income.WAGES: 5}, {Outgoing.FOOD: 2}
    )


def test_what_is_held_against_a_budget_names_the_floor_and_the_share() -> None:
    found = affordability(replace(MONTH, people=2), 1_000, RULES)
    assert (found.payment, found.floor, found.income_share_pct) == (1_000, 240_000, 50)
    assert found.budget.people == 2


@pytest.mark.parametrize(("payment", "is_below"), [(100_000, False), (100_001, True)])
def test_a_payment_may_take_all_that_is_left(payment: int, *, is_below: bool) -> None:
    rich = Budget(1, {Income.WAGES: 1_000_000}, {Outgoing.FOOD: 900_000})
    assert affordability(rich, payment, RULES).is_below_floor is is_below
