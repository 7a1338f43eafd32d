"""What is offered: lawful plans alone, each with who would decide it and with what doing nothing would come to."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.doing_nothing import doing_nothing
from portal.domain.errors import DomainError
from portal.domain.journey import Need
from portal.domain.offers import (
    Standing,
    choice_of,
    judge,
    need_request,
    offers_for,
    price_choice,
    request_of,
    slower_lawful,
)
from portal.domain.options import payment_bounds
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Circumstances, Referral
from portal.domain.pricing import price_plan
from portal.domain.step_up import FEWEST_STEPS
from tests.unit.domain.late_loans import POLICY, RULES, TODAY, late_loan

LOAN = late_loan()
STANDING = Standing(LOAN, RULES, dpd=26, circumstances=Circumstances())
MONTHLY = {"need": Need.MONTHLY.value, "day": 20, "monthly_minor": 150_000}
REQUESTS = st.builds(
    PlanRequest,
    kind=st.sampled_from([kind for kind in PlanKind if not kind.is_offered_by_staff_alone]),
    installments=st.integers(0, 60),
    defer_periods=st.integers(0, 3),
    every=st.sampled_from(["1 month", "2 weeks"]),
    day_of_month=st.integers(0, 28),
    first_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2030, 1, 1))),
    interest_periods=st.integers(0, 6),
    steps=st.integers(0, 3),
    weekday=st.integers(0, 7),
    upfront_minor=st.integers(0, 100_000),
    upfront_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2030, 1, 1))),
)


def test_up_to_three_plans_are_offered_with_what_each_would_be_compared_to() -> None:
    offers = offers_for(MONTHLY, STANDING)
    assert 1 <= len(offers.ready) <= 3
    assert offers.is_affordable
    for offer in offers.ready:
        assert offer.plan.kind is PlanKind.CATCH_UP
        assert offer.assessment == judge(offer.plan, STANDING)
        assert offer.instead == doing_nothing(LOAN, on=TODAY, until=offer.plan.ends_on)
        assert all(row.due_on.day == 20 or row.date_moved_from for row in offer.plan.rows)


def test_what_is_too_little_for_any_plan_says_so_and_still_offers() -> None:
    offers = offers_for({**MONTHLY, "monthly_minor": 1}, STANDING)
    assert not offers.is_affordable
    assert offers.ready


def test_the_bounds_are_those_of_the_rhythm_that_was_asked_for() -> None:
    need = {**MONTHLY, "every": "2 weeks", "weekday": 5, "upfront_minor": 5_000}
    bounds = offers_for(need, STANDING).bounds
    assert bounds == payment_bounds(LOAN, RULES, request=need_request(need, RULES))
    assert bounds != payment_bounds(LOAN, RULES)


def test_a_pause_offers_the_deferrals_that_reach_far_enough() -> None:
    offers = offers_for({"need": Need.PAUSE.value}, STANDING)
    assert offers.ready
    assert {offer.plan.kind for offer in offers.ready} == {PlanKind.DEFER}


def test_where_the_plans_that_fit_are_too_dear_a_year_the_nearest_lawful_one_is_offered() -> None:
    """Old interest and penalty weigh on a short plan; asking for more a month must not end in an empty page."""
    caps = {**POLICY.product_caps, "consumer_finance": "16"}
    standing = replace(STANDING, rules=replace(RULES, policy=replace(POLICY, product_caps=caps)))
    monthly = max(row.outstanding.total for row in LOAN.installments) - 1
    offers = offers_for({**MONTHLY, "monthly_minor": monthly}, standing)
    (offer,) = offers.ready
    assert offer.plan.kind is PlanKind.RESCHEDULE
    fewer = offer.plan.request.with_terms(offer.plan.request.installments - 1)
    with pytest.raises(DomainError, match="rate_above_cap"):
        price_choice(choice_of(fewer), standing)
    assert slower_lawful(fewer, standing) == offer


def test_a_plan_beyond_the_law_is_not_offered() -> None:
    dear = late_loan(penalty_rate_pct=LOAN.penalty_rate_pct)
    caps = {**POLICY.product_caps, "consumer_finance": "0"}
    standing = replace(STANDING, facts=dear, rules=replace(RULES, policy=replace(POLICY, product_caps=caps)))
    plans = [offer.plan for offer in offers_for({"need": Need.PAUSE.value}, standing).ready]
    assert all(plan.cost.annual_simple_pct in {None, "0.00"} for plan in plans)
    with pytest.raises(DomainError, match="rate_above_cap"):
        price_choice(choice_of(PlanRequest(PlanKind.RESCHEDULE, installments=12)), standing)


def test_an_unclear_rate_is_a_reason_for_a_person() -> None:
    loan = replace(LOAN, disbursed_on=date(2019, 1, 1))
    standing = replace(STANDING, facts=loan)
    plan = price_plan(loan, PlanRequest(PlanKind.RESCHEDULE, installments=12), RULES)
    unclear = replace(plan, cost=replace(plan.cost, annual_simple_pct="23.90", annual_compound_pct="26.00"))
    assert Referral.RATE_UNCLEAR in judge(unclear, standing).reasons
    clear = replace(plan, cost=replace(plan.cost, annual_simple_pct="12.00", annual_compound_pct="12.70"))
    assert Referral.RATE_UNCLEAR not in judge(clear, standing).reasons


def test_circumstances_reach_the_assessment() -> None:
    standing = replace(STANDING, circumstances=Circumstances(has_guarantor=True), dpd=91)
    offer = price_choice({"kind": "catch_up", "installments": 6}, standing)
    assert set(offer.assessment.reasons) == {Referral.GUARANTOR, Referral.DPD_ABOVE_BAND}


@given(REQUESTS)
def test_a_kept_choice_is_the_same_request_again(request: PlanRequest) -> None:
    kept = choice_of(request)
    again = request_of(kept, RULES)
    assert choice_of(again) == kept
    assert again == replace(
        request,
        arrears_treatment=POLICY.arrears_treatment,
        deferred_interest=POLICY.deferred_interest,
    )


@pytest.mark.parametrize("choice", [{}, {"kind": "gift"}, {"kind": "catch_up", "installments": "many"}])
def test_a_choice_that_was_never_kept_is_no_request(choice: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        request_of(choice, RULES)


def test_nobody_asks_for_a_settlement() -> None:
    with pytest.raises(DomainError, match="kind_missing"):
        request_of({"kind": "settlement", "installments": 1, "settle_minor": 100}, RULES)


def test_the_same_choice_on_the_same_day_has_the_same_price() -> None:
    choice = {"kind": "catch_up", "installments": 6, "day_of_month": 20}
    assert price_choice(choice, STANDING).plan.terms() == price_choice(dict(choice), STANDING).plan.terms()


@pytest.mark.parametrize(
    ("need", "kind", "steps"),
    [
        (Need.MONTHLY, PlanKind.CATCH_UP, 0),
        (Need.STEP_UP, PlanKind.STEP_UP, FEWEST_STEPS),
        (Need.INTEREST_FIRST, PlanKind.INTEREST_ONLY, 0),
        (Need.PAUSE, PlanKind.DEFER, 0),
        (Need.BY_DATE, PlanKind.PAY_BY_DATE, 0),
    ],
)
def test_each_need_asks_for_its_kind(need: Need, kind: PlanKind, steps: int) -> None:
    said = {"need": need.value, "every": "2 weeks", "day": 7, "weekday": 3, "upfront_minor": 500}
    asked = need_request({**said, "upfront_on": "2026-11-09", "pay_on": "2026-12-01"}, RULES)
    assert asked == replace(
        RULES.request_for(kind),
        steps=steps,
        every="2 weeks",
        day_of_month=7,
        weekday=3,
        upfront_minor=500,
        upfront_on=date(2026, 11, 9),
        first_on=date(2026, 12, 1),
    )
    assert need_request({"need": need.value}, RULES) == replace(RULES.request_for(kind), steps=steps)


def test_every_need_has_a_kind_of_its_own() -> None:
    assert len({need_request({"need": need.value}, RULES).kind for need in Need}) == len(Need)
