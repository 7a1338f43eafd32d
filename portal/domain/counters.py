"""Counter-offers: priced like any plan, under the same limits, with dates that leave the borrower the time to answer."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from portal.domain.calendar import Every, next_day_of_month
from portal.domain.errors import Conflict, DomainError
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.plan_dates import LAST_DAY, earliest_first_date
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules

LEAST_TIME = timedelta(days=2)
"""So long at least a counter-offer is open when it goes out."""

_LATEST_DAY: Final = 28
_FIELDS: Final = {PlanKind.DEFER: "defer_periods", PlanKind.INTEREST_ONLY: "interest_periods"}
"""What to change where the first payment would come too early; elsewhere its day."""


def first_day_for_counter(rules: PricingRules) -> date:
    """A first payment falls after the last day on which the borrower may accept."""
    answered_by = rules.on + timedelta(days=rules.policy.counter_days)
    return max(earliest_first_date(rules.on, rules.policy, rules.calendar), answered_by + timedelta(days=1))


def price_counter(request: PlanRequest, signed: Plan, standing: Standing) -> Offer:
    """The plan that is offered instead of what was signed.

    Raises ``counter_dates_too_early`` on the field with the earliest day, ``counter_changes_nothing``, and what pricing and the law
    raise.
    """
    rules, earliest = standing.rules, first_day_for_counter(standing.rules)
    offer = offer_of(price_plan(standing.facts, _with_time(request, earliest), rules), standing)
    if offer.plan.first_on < earliest:
        field = _FIELDS.get(request.kind, "first_on")
        raise DomainError("counter_dates_too_early", field=field, earliest=earliest.isoformat())
    if _payments(offer.plan) == _payments(signed) and offer.plan.kind is signed.kind:
        raise DomainError("counter_changes_nothing")
    return offer


def closing_time(sent_at: datetime, plan: Plan, *, days: int) -> datetime:
    """Until when a counter-offer stands: the policy's days, but never past the eve of its first payment. ``sent_at`` is in the lender's
    zone.
    """
    eve = datetime.combine(plan.first_on, time(), tzinfo=sent_at.tzinfo)
    return min(sent_at + timedelta(days=days), eve)


def refuse_out_of_date(plan: Plan, *, now: datetime) -> None:
    """Raises ``Conflict("counter_out_of_date")`` where the borrower would have too little time before the first payment. ``now`` is in the
    lender's zone.
    """
    if closing_time(now, plan, days=LEAST_TIME.days) < now + LEAST_TIME:
        raise Conflict("counter_out_of_date")


def _with_time(request: PlanRequest, earliest: date) -> PlanRequest:
    """Where no day is named, the chosen day of the month or of the week after the borrower's time to answer."""
    if request.upfront_minor:
        return replace(request, upfront_on=request.upfront_on or earliest)
    is_dated = request.first_on is not None or request.kind is PlanKind.PAY_BY_DATE
    if is_dated or request.kind.moves_schedule:
        return request
    if not Every.parse(request.every).months:
        return replace(request, first_on=_weekday_after(earliest, request.weekday))
    if not LAST_DAY <= request.day_of_month <= _LATEST_DAY:
        return request
    return replace(request, first_on=next_day_of_month(earliest, request.day_of_month))


def _weekday_after(day: date, weekday: int) -> date:
    ahead = (weekday - day.isoweekday()) % 7 if weekday else 0
    return day + timedelta(days=ahead)


def _payments(plan: Plan) -> list[tuple[date, int]]:
    return [(row.due_on, row.due) for row in plan.rows]
