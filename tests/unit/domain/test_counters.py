"""Counter-offers: the borrower has time to answer before the first payment, and is offered something else than was signed."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.domain.counters import (
    LEAST_TIME,
    closing_time,
    first_day_for_counter,
    price_counter,
    refuse_out_of_date,
)
from portal.domain.errors import Conflict, DomainError
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import Circumstances
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from tests.unit.domain.late_loans import POLICY, RULES, TODAY, late_loan

LOAN = late_loan()
STANDING = Standing(LOAN, RULES, dpd=26, circumstances=Circumstances())
SIGNED_REQUEST = PlanRequest(PlanKind.CATCH_UP, installments=6)
SIGNED = price_plan(LOAN, SIGNED_REQUEST, RULES)
ZONE = ZoneInfo("Asia/Shanghai")
EARLIEST = date(2026, 9, 18)
"""Today is Thursday 10 September; a borrower may answer for seven days, up to the 17th."""


def counter(kind: PlanKind = PlanKind.CATCH_UP, *, signed: Plan = SIGNED, **asked: Any) -> Offer:
    return price_counter(replace(RULES.request_for(kind), **({"installments": 5} | asked)), signed, STANDING)


def reckoned_first(offer: Offer) -> date:
    """Before it moved to a working day."""
    row = offer.plan.installments[0]
    return row.date_moved_from or row.due_on


def rules_of(**changes: Any) -> PricingRules:
    return replace(RULES, policy=replace(POLICY, **changes))


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"counter_days": 7}, date(2026, 9, 18)),
        ({"counter_days": 8}, date(2026, 9, 19)),
        ({"counter_days": 14}, date(2026, 9, 25)),
        ({"counter_days": 3}, date(2026, 9, 17)),
        ({"counter_days": 7, "lead_working_days": 10}, date(2026, 9, 28)),
    ],
)
def test_a_first_payment_leaves_the_days_to_answer_and_the_lead_that_any_plan_has(
    changes: dict[str, int], day: date
) -> None:
    """Answered on the second working day, the 14th, and three working days on: the 17th. Ten: the 28th, for Sunday the 20th is worked,
    and Friday the 25th is a holiday.
    """
    assert first_day_for_counter(rules_of(**changes)) == day


@pytest.mark.parametrize(
    ("day_of_month", "first"),
    [
        (18, date(2026, 9, 18)),
        (17, date(2026, 10, 17)),
        (19, date(2026, 9, 19)),
        (28, date(2026, 9, 28)),
        (1, date(2026, 10, 1)),
        (0, date(2026, 9, 30)),
    ],
)
def test_the_chosen_day_of_the_month_comes_after_the_time_to_answer(day_of_month: int, first: date) -> None:
    assert reckoned_first(counter(day_of_month=day_of_month)) == first


@pytest.mark.parametrize(
    ("day_of_month", "days", "first"), [(28, 18, date(2026, 10, 28)), (0, 20, date(2026, 10, 31))]
)
def test_a_chosen_day_within_the_time_to_answer_is_that_of_the_next_month(
    day_of_month: int, days: int, first: date
) -> None:
    """A plan alone could begin on 28 or 30 September; answered until the 28th, or the 30th, it begins a month later."""
    standing = replace(STANDING, rules=rules_of(counter_days=days))
    request = replace(RULES.request_for(PlanKind.CATCH_UP), installments=5, day_of_month=day_of_month)
    assert reckoned_first(price_counter(request, SIGNED, standing)) == first


@pytest.mark.parametrize("day_of_month", [-1, 29])
def test_a_day_that_months_do_not_have_is_refused_as_in_any_plan(day_of_month: int) -> None:
    with pytest.raises(DomainError, match="day_of_month_unknown"):
        counter(day_of_month=day_of_month)


@pytest.mark.parametrize("every", ["1 week", "2 weeks", "4 weeks"])
@pytest.mark.parametrize(
    ("weekday", "first"),
    [
        (0, date(2026, 9, 18)),
        (5, date(2026, 9, 18)),
        (6, date(2026, 9, 19)),
        (7, date(2026, 9, 20)),
        (1, date(2026, 9, 21)),
        (4, date(2026, 9, 24)),
    ],
)
def test_by_weeks_it_is_the_chosen_weekday_after_the_time_to_answer(
    every: str, weekday: int, first: date
) -> None:
    assert reckoned_first(counter(every=every, weekday=weekday)) == first


@pytest.mark.parametrize("every", ["1 month", "2 weeks"])
def test_a_named_day_is_kept_or_refused_with_the_earliest_one(every: str) -> None:
    assert counter(every=every, first_on=EARLIEST).plan.first_on == EARLIEST
    with pytest.raises(DomainError, match=r"^counter_dates_too_early$") as error:
        counter(every=every, first_on=date(2026, 9, 17))
    assert error.value.field == "first_on"
    assert error.value.details == {"earliest": "2026-09-18"}


def test_a_promised_day_is_not_put_off_but_refused() -> None:
    assert counter(PlanKind.PAY_BY_DATE, first_on=EARLIEST).plan.first_on == EARLIEST
    with pytest.raises(DomainError, match=r"^counter_dates_too_early$") as error:
        counter(PlanKind.PAY_BY_DATE, first_on=date(2026, 9, 17))
    assert error.value.field == "first_on"
    unnamed = counter(PlanKind.PAY_BY_DATE)
    assert reckoned_first(unnamed) == TODAY + timedelta(days=POLICY.promise_days)


@pytest.mark.parametrize(
    ("kind", "periods", "field"),
    [(PlanKind.DEFER, 2, "defer_periods"), (PlanKind.INTEREST_ONLY, 1, "interest_periods")],
)
def test_where_the_loans_own_days_come_too_early_their_number_is_what_to_change(
    kind: PlanKind, periods: int, field: str
) -> None:
    """A moved schedule begins on the loan's 15th of October; an answer may come as late as that where it may take 35 days."""
    asked = RULES.request_for(kind).with_terms(periods)
    on_time = replace(STANDING, rules=rules_of(counter_days=34))
    late = replace(STANDING, rules=rules_of(counter_days=35))
    assert price_counter(asked, SIGNED, on_time).plan.first_on == date(2026, 10, 15)
    with pytest.raises(DomainError, match=r"^counter_dates_too_early$") as error:
        price_counter(asked, SIGNED, late)
    assert error.value.field == field
    assert error.value.details == {"earliest": "2026-10-16"}


def test_a_sum_paid_first_waits_for_the_answer_and_the_rest_for_the_sum() -> None:
    offer = counter(upfront_minor=20_000, day_of_month=18)
    assert offer.plan.upfront is not None
    assert offer.plan.first_on == offer.plan.upfront.due_on == EARLIEST
    assert reckoned_first(offer) == date(2026, 10, 18)
    named = counter(upfront_minor=20_000, upfront_on=date(2026, 9, 21))
    assert named.plan.first_on == date(2026, 9, 21)
    with pytest.raises(DomainError, match=r"^counter_dates_too_early$"):
        counter(upfront_minor=20_000, upfront_on=date(2026, 9, 17))


def test_the_offer_is_the_plan_judged_like_any_other() -> None:
    offer = counter(first_on=date(2026, 9, 21))
    request = replace(SIGNED_REQUEST, installments=5, first_on=date(2026, 9, 21))
    assert offer == offer_of(price_plan(LOAN, request, RULES), STANDING)
    with pytest.raises(DomainError, match=r"^plan_too_long$"):
        counter(installments=61)


def test_what_was_signed_is_no_counter_offer() -> None:
    with pytest.raises(DomainError, match=r"^counter_changes_nothing$"):
        counter(installments=6)
    assert counter(installments=5).plan.request.installments == 5
    assert counter(installments=6, day_of_month=2).plan.request.day_of_month == 2


def test_the_same_payments_of_another_kind_are_another_plan() -> None:
    counter(installments=6, signed=replace(SIGNED, kind=PlanKind.RESCHEDULE))


def test_the_same_sums_on_another_day_are_another_plan() -> None:
    first, *others = SIGNED.rows
    moved = replace(SIGNED, rows=(replace(first, due_on=first.due_on - timedelta(days=1)), *others))
    counter(installments=6, signed=moved)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=ZONE)


PLAN = counter(first_on=date(2026, 9, 21)).plan


@pytest.mark.parametrize(
    ("sent_at", "days", "closes_at"),
    [
        (at(10, 15, 30), 7, at(17, 15, 30)),
        (at(14, 0), 7, at(21, 0)),
        (at(14, 0, 1), 7, at(21, 0)),
        (at(20, 12), 7, at(21, 0)),
    ],
)
def test_it_closes_after_the_policys_days_or_as_the_day_of_the_first_payment_begins(
    sent_at: datetime, days: int, closes_at: datetime
) -> None:
    assert closing_time(sent_at, PLAN, days=days) == closes_at


def test_what_leaves_less_than_two_days_before_the_first_payment_goes_out_no_more() -> None:
    assert timedelta(days=2) == LEAST_TIME
    refuse_out_of_date(PLAN, now=at(19, 0))
    with pytest.raises(Conflict, match=r"^counter_out_of_date$"):
        refuse_out_of_date(PLAN, now=at(19, 0, 1))
