"""The smallest change that would have a plan approved at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.domain.at_once import nearest_at_once
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Circumstances, HardshipReason
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, late_loan

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


def test_a_deferral_that_would_be_too_short_is_not_named() -> None:
    assert nearest_at_once(offer(kind=PlanKind.DEFER, defer_periods=3), STANDING) is None


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
