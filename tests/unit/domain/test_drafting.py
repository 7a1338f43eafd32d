"""What a request must be before anything is worked out for it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.domain.drafting import draft_plan
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.owed import owed_on
from portal.domain.plans import PlanKind, PlanRequest
from tests.unit.domain.late_loans import POLICY, RULES, TODAY, late_loan
from tests.unit.domain.refusals import Refusal, refusal

LOAN = late_loan()
KIND = PlanKind


def drafted(kind: PlanKind, **asked: Any) -> Draft:
    return draft_plan(LOAN, owed_on(LOAN, TODAY), PlanRequest(kind, **asked), RULES)


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        (KIND.CATCH_UP, {"installments": 1}, None),
        (KIND.CATCH_UP, {"installments": 0}, ("installments_out_of_range", "installments", None)),
        (KIND.RESCHEDULE, {"installments": 0}, ("installments_out_of_range", "installments", None)),
        (KIND.CATCH_UP, {"installments": 2, "upfront_minor": -1}, ("upfront_not_for_kind", "upfront", None)),
        (KIND.CATCH_UP, {"installments": 2, "upfront_minor": 1}, None),
        (KIND.PAY_BY_DATE, {"upfront_minor": 1}, ("upfront_not_for_kind", "upfront", None)),
        (KIND.PAY_BY_DATE, {}, None),
        (KIND.DEFER, {"defer_periods": 0}, ("deferral_out_of_range", "defer_periods", None)),
        (KIND.DEFER, {"defer_periods": 1}, ("deferral_too_short", "defer_periods", None)),
        (KIND.DEFER, {"defer_periods": 2}, None),
        (KIND.DEFER, {"defer_periods": 3}, None),
        (KIND.DEFER, {"defer_periods": 4}, ("deferral_out_of_range", "defer_periods", None)),
        (KIND.INTEREST_ONLY, {"interest_periods": 0}, ("deferral_out_of_range", "interest_periods", None)),
        (KIND.INTEREST_ONLY, {"interest_periods": 1}, None),
        (KIND.INTEREST_ONLY, {"interest_periods": 6}, None),
        (KIND.INTEREST_ONLY, {"interest_periods": 7}, ("deferral_out_of_range", "interest_periods", None)),
        (KIND.SETTLEMENT, {"installments": 4}, ("installments_out_of_range", "installments", None)),
    ],
)
def test_numbers_of_payments_and_periods_hold_to_their_bounds(
    kind: PlanKind, asked: dict[str, Any], expected: Refusal | None
) -> None:
    assert refusal(lambda: drafted(kind, **asked)) == expected


@pytest.mark.parametrize(
    ("kind", "asked", "details"),
    [
        (KIND.DEFER, {"defer_periods": 4}, {"maximum": 3}),
        (KIND.INTEREST_ONLY, {"interest_periods": 7}, {"maximum": 6}),
        (KIND.SETTLEMENT, {"installments": 4}, {"maximum": 3}),
        (KIND.DEFER, {"defer_periods": 1}, {"earliest": "2026-09-17", "fewest": 2}),
    ],
)
def test_a_refusal_names_the_bound(kind: PlanKind, asked: dict[str, Any], details: dict[str, object]) -> None:
    """An answer is promised for Monday 14 September; three working days later is Thursday the 17th."""
    with pytest.raises(DomainError) as refused:
        drafted(kind, **asked)
    assert refused.value.details == details


@pytest.mark.parametrize("kind", PlanKind)
def test_a_kind_that_the_policy_does_not_name_is_not_offered(kind: PlanKind) -> None:
    others = {each: most for each, most in POLICY.max_terms.items() if each is not kind}
    rules = replace(RULES, policy=replace(POLICY, max_terms=others))
    request = PlanRequest(kind, installments=2, defer_periods=2, interest_periods=1, steps=2)
    found = refusal(lambda: draft_plan(LOAN, owed_on(LOAN, TODAY), request, rules))
    assert found == ("kind_not_offered", "kind", None)


def test_a_promised_day_is_the_one_that_is_named_or_the_latest() -> None:
    assert drafted(KIND.PAY_BY_DATE, first_on=date(2026, 9, 30)).dates == [date(2026, 9, 30)]
    assert drafted(KIND.PAY_BY_DATE).dates == [date(2026, 10, 10)]


def test_payments_in_parts_fall_on_the_chosen_day_in_their_rhythm() -> None:
    monthly = drafted(KIND.CATCH_UP, installments=2, day_of_month=20)
    assert monthly.dates == [date(2026, 9, 20), date(2026, 10, 20)]
    weekly = drafted(KIND.RESCHEDULE, installments=3, every="1 week", weekday=5)
    assert weekly.dates == [date(2026, 9, 18), date(2026, 9, 25), date(2026, 10, 2)]
