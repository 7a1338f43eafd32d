"""What is to be managed each time by the number of payments: from the fewest to the policy's most, above its floor.

Nothing here bears interest, so that each sum can be worked out in the head.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.payment_search import PaymentSearch, candidates
from portal.domain.plans import PlanKind, PlanRequest
from tests.unit.domain.late_loans import POLICY, RULES, late_loan, loan_of

LATE = date(2026, 8, 15)
ANEW = RULES.request_for(PlanKind.RESCHEDULE)
BESIDE = RULES.request_for(PlanKind.CATCH_UP)
"""Monthly from 1 October on."""


def loan(overdue: Components | int, *coming: tuple[date, int], **changes: Any) -> LoanFacts:
    first = overdue if isinstance(overdue, Components) else Components(principal=overdue)
    rows = [(LATE, first), *((day, Components(principal=sum_)) for day, sum_ in coming)]
    facts = [InstallmentFacts(at, day, due, Components()) for at, (day, due) in enumerate(rows, 1)]
    return loan_of(*facts, **{"annual_rate_pct": Decimal(0), "penalty_rate_pct": Decimal(0), **changes})


def sums(
    loan: LoanFacts,
    request: PlanRequest = BESIDE,
    *,
    near: int | None = None,
    policy: Mapping[str, Any] | None = None,
    **asked: Any,
) -> Mapping[int, int]:
    rules = replace(RULES, policy=replace(POLICY, **(policy or {})))
    return candidates(loan, rules, replace(request, **asked), near=near)


def test_beside_a_running_schedule_its_largest_payment_until_the_end_is_managed_too() -> None:
    """Two payments end on 1 November, three on 1 December, four on 1 January."""
    coming = (date(2026, 10, 15), 50_000), (date(2026, 12, 1), 60_000), (date(2026, 12, 15), 55_000)
    assert sums(loan(120_000, *coming)) == {
        2: 60_000 + 50_000,
        3: 40_000 + 60_000,
        4: 30_000 + 60_000,
        5: 24_000 + 60_000,
        6: 20_000 + 60_000,
        7: 17_143 + 60_000,
        8: 15_000 + 60_000,
        9: 13_336 + 60_000,
        10: 12_000 + 60_000,
        11: 10_910 + 60_000,
        12: 10_000 + 60_000,
    }


def test_beside_a_running_schedule_nothing_is_left_to_spread_where_the_sum_paid_first_is_all_that_is_late() -> (
    None
):
    """However much of the loan is still to come."""
    of_two = loan(120_000, (date(2026, 12, 15), 50_000))
    assert sums(of_two, upfront_minor=119_000)
    for first in (120_000, 130_000):
        assert sums(of_two, upfront_minor=first) == {}


def test_where_nothing_runs_until_the_end_the_plans_own_payment_is_all() -> None:
    assert sums(loan(40_000, (date(2026, 12, 15), 50_000))) == {2: 20_000, 3: 13_334, 4: 10_000 + 50_000}


@pytest.mark.parametrize(
    ("runs", "asked", "running"),
    [
        ("1 month", "1 month", 50_000),
        ("2 months", "1 month", 50_000),
        ("1 month", "2 weeks", 23_014),
        ("1 month", "1 week", 11_507),
        ("3 months", "2 weeks", 7_672),
        ("1 week", "1 month", 217_262),
        ("1 week", "4 weeks", 200_000),
        ("30 days", "1 week", 11_667),
    ],
)
def test_a_running_payment_of_another_rhythm_counts_with_its_share_of_a_period_rounded_up(
    runs: str, asked: str, running: int
) -> None:
    """50,000 a month are 50,000 x 14 / (365 / 12) = 23,013.7 a fortnight; a week's 50,000 are 217,261.9 a month."""
    coming = [(date(2026, 9, 15), 50_000)]
    assert sums(loan(40_000, *coming, every=runs), every=asked)[2] == 20_000 + running


def test_the_fewest_are_two_even_below_the_floor() -> None:
    assert sums(loan(15_000)) == {2: 7_500}
    assert sums(loan(1)) == {1: 1}


@pytest.mark.parametrize(("floor", "most"), [(9_999, 6), (10_000, 6), (10_001, 5)])
def test_no_payment_is_below_the_policys_floor(floor: int, most: int) -> None:
    assert list(sums(loan(60_000), policy={"min_payment_minor": floor})) == list(range(2, most + 1))


def test_a_cent_is_not_divided() -> None:
    assert sums(loan(3), policy={"min_payment_minor": 0}) == {2: 2, 3: 1}


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ({}, 24),
        ({"upfront_minor": 1}, 23),
        ({"every": "4 weeks"}, 26),
        ({"every": "2 weeks"}, 52),
        ({"every": "2 weeks", "upfront_minor": 1}, 51),
    ],
)
def test_the_most_are_the_policys_months_and_a_sum_first_is_one_of_them(
    asked: Mapping[str, Any], most: int
) -> None:
    assert list(sums(loan(9_000_000), **asked)) == list(range(2, most + 1))


def test_a_sum_first_leaves_the_rest() -> None:
    assert sums(loan(60_000), upfront_minor=30_000) == {2: 15_000, 3: 10_000}
    assert sums(loan(60_000), upfront_minor=59_998) == {2: 1}
    assert sums(loan(60_000), upfront_minor=59_999) == {1: 1}
    assert sums(loan(60_000), upfront_minor=60_000) == {}


def test_what_is_spread_anew_is_all_that_is_owed() -> None:
    owed = loan(60_000, (date(2026, 10, 15), 40_000))
    assert sums(owed, ANEW) == {2: 50_000, 10: 10_000}
    assert sums(owed, ANEW, upfront_minor=60_000) == {2: 20_000, 4: 10_000}
    assert sums(owed, ANEW, upfront_minor=100_000) == {}


def test_a_kind_that_the_policy_does_not_have_has_no_sums() -> None:
    offered = {"max_terms": {PlanKind.CATCH_UP: 3}}
    assert sums(loan(60_000), policy=offered) == {2: 30_000, 3: 20_000}
    assert sums(loan(60_000), ANEW, policy=offered) == {}


def test_without_principal_nothing_is_lent_anew_but_arrears_are_caught_up() -> None:
    interest = loan(Components(interest=20_000))
    assert sums(interest, ANEW) == {}
    assert sums(interest) == {2: 10_000}
    assert sums(loan(Components(principal=1, interest=19_999)), ANEW)


@pytest.mark.parametrize(
    ("near", "counts"),
    [
        (None, [2, 60]),
        (100_000, [2, 3, 4, 5, 6, 7, 8, 9, 60]),
        (99_999, [2, 4, 5, 6, 7, 8, 9, 10, 60]),
        (300_000, [2, 3, 4, 5, 60]),
        (900_000, [2, 3, 4, 5, 60]),
        (10_000, [2, 57, 58, 59, 60]),
        (1, [2, 57, 58, 59, 60]),
        (10_345, [2, 55, 56, 57, 58, 59, 60]),
    ],
)
def test_of_many_numbers_the_ends_and_three_on_either_side_of_a_sum_are_tried(
    near: int | None, counts: list[int]
) -> None:
    """6,000.00 in six payments are 1,000.00 each; in sixty 100.00, the policy's floor; in fifty-eight 103.45 and less."""
    found = sums(loan(600_000), ANEW, near=near)
    assert list(found) == counts
    assert all(found[count] == -(-600_000 // count) for count in counts if 600_000 % count == 0)


def test_rising_payments_are_as_many_as_their_steps_and_the_first_is_what_to_manage() -> None:
    rising = RULES.request_for(PlanKind.STEP_UP)
    rising_sums = sums(loan(600_000), rising, steps=3)
    assert list(rising_sums) == [3, 36]
    two = sums(loan(600_000), rising, steps=2)
    assert min(two) == 2
    assert two[2] < 300_000


def test_rising_payments_are_no_more_than_leave_the_first_above_the_interest() -> None:
    """At 100 % a year some 500.00 of 6,000.00 are interest each month: with 28 payments and more the first would be below it."""
    request = replace(RULES.request_for(PlanKind.STEP_UP), steps=2)
    work = PaymentSearch(late_loan(annual_rate_pct=Decimal(100)), RULES).of(request)
    fewest, *_, most = work.counts
    assert (fewest, most) == (2, 27)
    assert work.payment(most) > POLICY.min_payment_minor
    with pytest.raises(DomainError, match=r"^steps_below_interest$"):
        work.payment(most + 1)


def test_what_is_wrong_with_the_question_is_said() -> None:
    for kind in (PlanKind.STEP_UP, PlanKind.CATCH_UP):
        request = replace(RULES.request_for(kind), every="2 weeks", weekday=8, steps=2)
        with pytest.raises(DomainError, match=r"^weekday_unknown$"):
            candidates(loan(60_000), RULES, request)
    with pytest.raises(DomainError, match=r"^nothing_overdue$"):
        candidates(late_loan(met=8), RULES, BESIDE)


def test_another_question_about_the_same_loan_goes_on_from_what_was_worked_out() -> None:
    search = PaymentSearch(loan(60_000), RULES)
    assert search.of(BESIDE) is search.of(BESIDE)
    assert search.of(ANEW) is not search.of(BESIDE)
    assert candidates(loan(90_000), RULES, BESIDE, search=search) == sums(loan(60_000))
