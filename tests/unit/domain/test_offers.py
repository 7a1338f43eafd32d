"""What is offered: lawful plans alone, each with who would decide it and with what doing nothing would come to."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.at_once import nearest_at_once
from portal.domain.doing_nothing import doing_nothing
from portal.domain.errors import DomainError
from portal.domain.journey import Need
from portal.domain.loans import Components, InstallmentFacts, LenderType
from portal.domain.offers import (
    Standing,
    choice_of,
    judge,
    need_request,
    offered_needs,
    offers_for,
    price_choice,
    refuse_need,
    request_of,
    slower_lawful,
)
from portal.domain.options import payment_bounds
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Circumstances, Referral
from portal.domain.pricing import price_plan
from portal.domain.step_up import FEWEST_STEPS
from tests.unit.domain.late_loans import POLICY, RULES, TODAY, late_loan, loan_of
from tests.unit.domain.refusals import Refusal, refusal

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


def test_charges_for_lateness_beyond_the_cap_are_never_approved_at_once_and_grow_by_the_cap_alone() -> None:
    rows = [
        InstallmentFacts(number, day, Components(100_000, 1_000), Components())
        for number, day in enumerate((date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)), start=1)
    ]
    dear = loan_of(
        *rows,
        lender_type=LenderType.PRIVATE,
        disbursed_on=date(2025, 10, 1),
        penalty_rate_pct=Decimal(36),
        as_of=date(2026, 3, 1),
    )
    standing = replace(STANDING, facts=dear, rules=replace(RULES, on=date(2026, 3, 25)))
    offer = price_choice({"kind": "catch_up", "installments": 6}, standing)
    assert offer.plan.arrears.penalty == 3 * 789
    assert offer.assessment.reasons == (Referral.LATE_CHARGES_UNCLEAR,)
    assert nearest_at_once(offer, standing) is None
    within = replace(standing, facts=replace(dear, penalty_rate_pct=Decimal(12)))
    same = price_choice({"kind": "catch_up", "installments": 6}, within)
    assert same.assessment.is_at_once
    assert same.plan == offer.plan


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
    choice = {"kind": "settlement", "installments": 1, "settle_minor": 100}
    assert refusal(lambda: request_of(choice, RULES)) == ("kind_missing", "kind", "P18")


def test_a_choice_that_says_nothing_but_its_kind_is_monthly_on_the_first() -> None:
    assert request_of({"kind": "defer"}, RULES) == PlanRequest(
        PlanKind.DEFER, installments=0, defer_periods=0, every="1 month", day_of_month=1
    )


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


def standing_with(cap: str = "24", **policy: Any) -> Standing:
    """Where a year may cost so many percent at most, under a policy that is changed."""
    caps = {**POLICY.product_caps, "consumer_finance": cap}
    return replace(STANDING, rules=replace(RULES, policy=replace(POLICY, product_caps=caps, **policy)))


def test_rising_payments_are_offered_with_two_steps_and_with_three() -> None:
    offers = offers_for({"need": "step_up", "day": 20, "monthly_minor": 150_000}, STANDING)
    assert [(offer.plan.kind, offer.plan.request.steps) for offer in offers.ready] == [
        (PlanKind.STEP_UP, 2),
        (PlanKind.STEP_UP, 3),
    ]
    assert offers.is_affordable
    for offer in offers.ready:
        assert offer.plan.rows[0].due <= 150_000
        assert all(row.due_on.day == 20 or row.date_moved_from for row in offer.plan.rows)


def test_rising_payments_are_the_shortest_that_the_law_allows() -> None:
    standing = standing_with("16")
    offers = offers_for({"need": "step_up", "monthly_minor": 500_000}, standing)
    assert [offer.plan.request.steps for offer in offers.ready] == [2, 3]
    for offer in offers.ready:
        fewer = offer.plan.request.with_terms(offer.plan.request.installments - 1)
        with pytest.raises(DomainError, match="rate_above_cap"):
            price_choice(choice_of(fewer), standing)


def test_interest_first_is_offered_for_one_period_for_half_of_the_most_and_for_the_most() -> None:
    offers = offers_for({"need": "interest_first"}, STANDING)
    assert [(offer.plan.kind, offer.plan.request.interest_periods) for offer in offers.ready] == [
        (PlanKind.INTEREST_ONLY, 1),
        (PlanKind.INTEREST_ONLY, 3),
        (PlanKind.INTEREST_ONLY, 6),
    ]
    assert offers.is_affordable


def test_a_promised_day_is_one_payment_of_the_arrears_on_that_day() -> None:
    """What is late is the seventh installment: 1,004.40 of principal and 61.79 of interest."""
    offers = offers_for({"need": "by_date", "pay_on": "2026-09-30"}, STANDING)
    (offer,) = offers.ready
    assert [(row.due_on, row.due) for row in offer.plan.rows] == [(date(2026, 9, 30), 106_619)]
    assert offers.is_affordable


def test_where_no_sum_is_asked_for_the_bounds_are_those_of_the_usual_rhythm() -> None:
    said = {"need": "by_date", "pay_on": "2026-09-30", "every": "2 weeks"}
    assert offers_for(said, STANDING).bounds == payment_bounds(LOAN, RULES)


def test_without_a_plan_of_the_kind_nothing_is_offered_and_nothing_fits() -> None:
    none = standing_with(max_terms={PlanKind.CATCH_UP: 24, PlanKind.RESCHEDULE: 60})
    offers = offers_for({"need": "pause"}, none)
    assert (list(offers.ready), offers.is_affordable) == ([], False)


def test_where_no_number_of_payments_is_lawful_nothing_is_offered() -> None:
    offers = offers_for({"need": "step_up", "monthly_minor": 1}, standing_with("12.5"))
    assert (list(offers.ready), offers.is_affordable) == ([], False)


def test_a_slower_plan_has_more_payments_than_were_asked_for_and_no_more_than_the_policy_allows() -> None:
    """At 16 % a year everything spread anew needs 10 payments: 9 cost 16.27 %."""

    def found(asked: int, most: int) -> int | None:
        request = PlanRequest(PlanKind.RESCHEDULE, installments=asked)
        offer = slower_lawful(request, standing_with("16", max_terms={PlanKind.RESCHEDULE: most}))
        return None if offer is None else offer.plan.request.installments

    assert [found(8, 10), found(9, 10), found(10, 11)] == [10, 10, 11]
    assert [found(8, 9), found(10, 10)] == [None, None]


def test_there_is_no_slower_plan_of_a_kind_that_is_not_in_parts_or_not_offered() -> None:
    assert slower_lawful(PlanRequest(PlanKind.DEFER, defer_periods=1), STANDING) is None
    nowhere = standing_with(max_terms={PlanKind.DEFER: 3})
    assert slower_lawful(PlanRequest(PlanKind.CATCH_UP, installments=1), nowhere) is None


@pytest.mark.parametrize(("rate", "bears_interest"), [("12", True), ("0.5", True), ("0", False)])
def test_interest_comes_first_only_where_there_is_any(rate: str, bears_interest: bool) -> None:
    standing = replace(STANDING, facts=replace(LOAN, annual_rate_pct=Decimal(rate)))
    others = [Need.MONTHLY, Need.STEP_UP, Need.PAUSE, Need.BY_DATE]
    assert set(offered_needs(standing)) == {*others, *([Need.INTEREST_FIRST] if bears_interest else [])}


def test_what_the_policy_has_no_plan_for_cannot_be_asked_for() -> None:
    standing = standing_with(max_terms={PlanKind.DEFER: 3, PlanKind.INTEREST_ONLY: 6, PlanKind.SETTLEMENT: 3})
    assert list(offered_needs(standing)) == [Need.INTEREST_FIRST, Need.PAUSE]


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ({"need": "by_date", "pay_on": "2026-09-14"}, ("promise_too_early", "pay_on", None)),
        ({"need": "by_date", "pay_on": "2026-09-15"}, None),
        ({"need": "by_date", "pay_on": "2026-10-10"}, None),
        ({"need": "by_date", "pay_on": "2026-10-11"}, ("promise_too_late", "pay_on", None)),
        ({"need": "monthly", "upfront_minor": 106_619}, ("upfront_too_large", "upfront", None)),
        ({"need": "monthly", "upfront_minor": 106_618}, None),
        ({"need": "monthly", "upfront_minor": 0}, None),
        ({"need": "pause"}, None),
        ({"need": "pause", "pay_on": "2026-09-14"}, None),
    ],
)
def test_what_would_leave_no_plan_is_refused_where_it_is_asked(
    need: dict[str, Any], expected: Refusal | None
) -> None:
    """Today is Thursday 10 September: an answer is promised until Monday, a promised day reaches 30 days; late are 1,066.19."""
    assert refusal(lambda: refuse_need(need, STANDING)) == expected


def test_where_a_sum_first_leaves_a_single_cent_that_cent_is_one_payment() -> None:
    need = {"need": "monthly", "upfront_minor": 106_618, "monthly_minor": 150_000}
    refuse_need(need, STANDING)
    (offer,) = offers_for(need, STANDING).ready
    assert [row.due for row in offer.plan.rows] == [106_618, 1]
