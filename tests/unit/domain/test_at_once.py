"""The smallest change that would have a plan approved at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.at_once import nearest_at_once
from portal.domain.errors import DomainError
from portal.domain.offers import Offer, Standing, judge, offer_of
from portal.domain.pay_days import most_in_a_month
from portal.domain.plans import ArrearsTreatment, PlanKind, PlanRequest
from portal.domain.policy import Assessment, Circumstances, HardshipReason, Referral
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, late_loan

WAIVED = ArrearsTreatment.WAIVED
STANDING = Standing(late_loan(), RULES, dpd=26, circumstances=Circumstances())


def offer(standing: Standing = STANDING, kind: PlanKind = PlanKind.CATCH_UP, **request: Any) -> Offer:
    plan = price_plan(standing.facts, PlanRequest(kind=kind, **request), standing.rules)
    return offer_of(plan, standing)


def test_a_plan_that_is_approved_at_once_needs_no_change() -> None:
    assert nearest_at_once(offer(installments=6), STANDING) is None


def test_a_plan_with_payments_too_small_or_too_many_is_shortened_as_little_as_will_do() -> None:
    asked = offer(installments=14)
    found = nearest_at_once(asked, STANDING)
    assert found is not None
    assert found.assessment.is_at_once
    assert found.plan.request.installments == 10  # of 1,066.19 an eleventh is below 100.00
    assert not offer(installments=11).assessment.is_at_once


def test_everything_else_about_the_plan_stays() -> None:
    asked = offer(kind=PlanKind.RESCHEDULE, installments=36, day_of_month=5)
    found = nearest_at_once(asked, STANDING)
    assert found is not None
    assert replace(found.plan.request, installments=36) == asked.plan.request
    assert found.plan.request.installments == 24


def test_a_deferral_is_shortened_by_periods() -> None:
    standing = replace(STANDING, rules=replace(RULES, on=date(2026, 8, 17)), dpd=2)
    found = nearest_at_once(offer(standing, kind=PlanKind.DEFER, defer_periods=3), standing)
    assert found is not None
    assert found.plan.request.defer_periods == 1


def test_where_no_deferral_will_do_the_plan_of_another_kind_that_is_nearest_a_month_is_named() -> None:
    asked = offer(kind=PlanKind.DEFER, defer_periods=3)
    found = nearest_at_once(asked, STANDING)
    assert found is not None
    assert found.plan.kind is not PlanKind.DEFER
    month = most_in_a_month(asked.plan)
    others = [offer(installments=count) for count in range(2, 11)]
    others += [
        offer(kind=PlanKind.RESCHEDULE, installments=count) for count in range(4, 25)
    ]  # 3 are too dear
    gaps = [abs(most_in_a_month(o.plan) - month) for o in others if o.assessment.is_at_once]
    assert abs(most_in_a_month(found.plan) - month) == min(gaps)


def banded(kind: PlanKind, **changes: int) -> Standing:
    bands = dict(RULES.policy.bands)
    bands[kind] = replace(bands[kind], **changes)
    return replace(STANDING, rules=replace(RULES, policy=replace(RULES.policy, bands=bands)))


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (banded(PlanKind.RESCHEDULE, max_amount_minor=1), Referral.AMOUNT_ABOVE_BAND),
        (banded(PlanKind.RESCHEDULE, max_dpd=10), Referral.DPD_ABOVE_BAND),
        (banded(PlanKind.RESCHEDULE, max_terms=1), Referral.TERM_ABOVE_BAND),
    ],
)
def test_a_sum_or_a_lateness_above_the_band_of_one_kind_is_cured_by_another(
    standing: Standing, reason: Referral
) -> None:
    asked = offer(standing, kind=PlanKind.RESCHEDULE, installments=12)
    assert reason in asked.assessment.reasons
    found = nearest_at_once(asked, standing)
    assert found is not None
    assert found.plan.kind is PlanKind.CATCH_UP
    assert found.assessment.is_at_once


def test_a_kind_that_is_never_approved_at_once_is_cured_by_another() -> None:
    bands = dict(RULES.policy.bands)
    del bands[PlanKind.RESCHEDULE]
    standing = replace(STANDING, rules=replace(RULES, policy=replace(RULES.policy, bands=bands)))
    asked = offer(standing, kind=PlanKind.RESCHEDULE, installments=12)
    assert asked.assessment.reasons == (Referral.KIND_NOT_AT_ONCE,)
    found = nearest_at_once(asked, standing)
    assert found is not None
    assert found.plan.kind is PlanKind.CATCH_UP


def never_by_rule(*kinds: PlanKind) -> Standing:
    bands = {kind: band for kind, band in RULES.policy.bands.items() if kind not in kinds}
    return replace(STANDING, rules=replace(RULES, policy=replace(RULES.policy, bands=bands)))


@pytest.mark.parametrize(
    "asked",
    [
        {"first_on": date(2026, 9, 21), "day_of_month": 21},
        {"upfront_minor": 20_000, "upfront_on": date(2026, 9, 17)},
        {"every": "2 weeks", "weekday": 3},
        {"day_of_month": 0},
    ],
)
def test_another_kind_in_parts_keeps_the_first_day_the_rhythm_and_what_is_paid_first(
    asked: dict[str, Any],
) -> None:
    standing = never_by_rule(PlanKind.RESCHEDULE)
    wished = offer(standing, kind=PlanKind.RESCHEDULE, installments=12, **asked)
    found = nearest_at_once(wished, standing)
    assert found is not None
    request = found.plan.request
    assert request.kind is PlanKind.CATCH_UP
    assert request == replace(wished.plan.request, kind=PlanKind.CATCH_UP, installments=request.installments)


def test_a_pause_has_no_first_day_that_a_plan_in_parts_could_keep() -> None:
    wished = offer(kind=PlanKind.DEFER, defer_periods=3, first_on=date(2026, 10, 20))
    found = nearest_at_once(wished, STANDING)
    assert found is not None
    request = found.plan.request
    assert request.kind.is_in_parts
    assert (request.first_on, request.upfront_minor, request.upfront_on) == (None, 0, None)
    assert request.defer_periods == 0


def test_where_no_kind_is_approved_by_rule_no_change_is_named() -> None:
    standing = never_by_rule(*PlanKind)
    assert nearest_at_once(offer(standing, installments=6), standing) is None


def test_a_reason_that_terms_cure_beside_one_that_they_do_not_names_no_change() -> None:
    standing = replace(STANDING, circumstances=Circumstances(asks_for_a_person=True))
    asked = offer(standing, installments=14)
    assert {Referral.TERM_ABOVE_BAND, Referral.PAYMENT_BELOW_BAND} & set(asked.assessment.reasons)
    assert nearest_at_once(asked, standing) is None


def test_a_waiver_is_cured_by_what_policy_does_with_arrears() -> None:
    asked = offer(installments=6)
    waived = replace(
        asked, plan=replace(asked.plan, request=replace(asked.plan.request, arrears_treatment=WAIVED))
    )
    waived = replace(waived, assessment=Assessment((Referral.SETTLEMENT_OR_WAIVER,)))
    found = nearest_at_once(waived, STANDING)
    assert found is not None
    assert found.plan.request == asked.plan.request


def test_a_year_whose_pauses_are_used_is_cured_by_paying_in_parts() -> None:
    standing = replace(
        STANDING,
        rules=replace(RULES, on=date(2026, 8, 17)),
        dpd=2,
        circumstances=Circumstances(deferred_periods_this_year=3),
    )
    asked = offer(standing, kind=PlanKind.DEFER, defer_periods=1)
    assert asked.assessment.reasons == (Referral.DEFERRAL_ALLOWANCE_USED,)
    found = nearest_at_once(asked, standing)
    assert found is not None
    assert found.plan.kind is not PlanKind.DEFER


@given(
    kind=st.sampled_from(PlanKind),
    terms=st.integers(1, 60),
    most=st.integers(1, 24),
    amount=st.sampled_from([1, 300_000, 5_000_000]),
    dpd=st.sampled_from([26, 61, 91, 200]),
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_named_would_be_approved_at_once_and_is_different(
    kind: PlanKind, terms: int, most: int, amount: int, dpd: int
) -> None:
    bands = {
        each: replace(band, max_terms=min(most, band.max_terms), max_amount_minor=amount)
        for each, band in RULES.policy.bands.items()
    }
    standing = replace(STANDING, dpd=dpd, rules=replace(RULES, policy=replace(RULES.policy, bands=bands)))
    try:
        asked = offer(
            standing,
            kind=kind,
            installments=0 if kind is PlanKind.DEFER else terms,
            defer_periods=min(terms, 3) if kind is PlanKind.DEFER else 0,
        )
    except DomainError:
        return
    found = nearest_at_once(asked, standing)
    if asked.assessment.is_at_once:
        assert found is None
    elif found is not None:
        assert judge(found.plan, standing).is_at_once
        assert found.plan.request != asked.plan.request


@pytest.mark.parametrize(
    "circumstances",
    [
        Circumstances(has_guarantor=True),
        Circumstances(hardship_reason=HardshipReason.ILLNESS),
        Circumstances(asks_for_a_person=True),
    ],
)
def test_where_a_person_is_wanted_whatever_the_terms_no_change_is_named(circumstances: Circumstances) -> None:
    standing = replace(STANDING, circumstances=circumstances)
    assert nearest_at_once(offer(standing, installments=14), standing) is None
