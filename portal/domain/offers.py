"""What a borrower is offered for an answer: ready plans with what policy says of each, beside doing nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.domain.doing_nothing import DoingNothing, doing_nothing
from portal.domain.errors import DomainError
from portal.domain.journey import Need
from portal.domain.legal_limits import rate_verdict, refuse_beyond_law
from portal.domain.loans import LoanFacts
from portal.domain.options import Bounds, deferral_options, payment_bounds, ready_options
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.policy import Assessment, Circumstances, assess
from portal.domain.pricing import PricingRules, price_plan
from portal.domain.rate_caps import RateVerdict


@dataclass(frozen=True, slots=True)
class Offer:
    """A priced plan, what policy says of it, and what doing nothing until its end would come to."""

    plan: Plan
    assessment: Assessment
    instead: DoingNothing


@dataclass(frozen=True, slots=True)
class Offers:
    """``is_affordable`` is False where even the slowest plan is above what was said to be manageable."""

    ready: Sequence[Offer]
    is_affordable: bool
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Standing:
    """The loan with the rules and circumstances that any plan for it is judged by."""

    facts: LoanFacts
    rules: PricingRules
    dpd: int
    circumstances: Circumstances


def judge(plan: Plan, standing: Standing) -> Assessment:
    """Who decides the plan; an unclear rate is a reason for a person."""
    caps = standing.rules.policy.product_caps
    is_clear = rate_verdict(plan, standing.facts, caps) is not RateVerdict.UNCLEAR
    circumstances = replace(standing.circumstances, is_rate_clear=is_clear)
    return assess(plan, dpd=standing.dpd, circumstances=circumstances, policy=standing.rules.policy)


def offer_of(plan: Plan, standing: Standing) -> Offer:
    """Raises what ``refuse_beyond_law`` raises."""
    refuse_beyond_law(plan, standing.facts, standing.rules.policy.product_caps)
    instead = doing_nothing(standing.facts, on=standing.rules.on, until=plan.ends_on)
    return Offer(plan, judge(plan, standing), instead)


def offers_for(need: Mapping[str, Any], standing: Standing) -> Offers:
    """Ready plans for the journey's answer to "what would help": up to three, or the pauses that reach far enough."""
    bounds = payment_bounds(standing.facts, standing.rules)
    if need["need"] == Need.PAUSE:
        plans: Sequence[Plan] = deferral_options(standing.facts, standing.rules)
        return Offers(_lawful(plans, standing), is_affordable=bool(plans), bounds=bounds)
    request = PlanRequest(
        kind=PlanKind.CATCH_UP,
        day_of_month=int(need["day"]),
        arrears_treatment=standing.rules.policy.arrears_treatment,
    )
    options = ready_options(
        standing.facts, standing.rules, affordable=int(need["monthly_minor"]), request=request
    )
    return Offers(_lawful(options.plans, standing), options.is_affordable, bounds)


def request_of(choice: Mapping[str, Any], rules: PricingRules) -> PlanRequest:
    """The request behind a kept choice."""
    from_iso = choice.get("first_on")
    return PlanRequest(
        kind=PlanKind(choice["kind"]),
        installments=int(choice.get("installments", 0)),
        defer_periods=int(choice.get("defer_periods", 0)),
        every=str(choice.get("every", "1 month")),
        day_of_month=int(choice.get("day_of_month", 1)),
        first_on=None if from_iso is None else date.fromisoformat(from_iso),
        arrears_treatment=ArrearsTreatment(rules.policy.arrears_treatment),
        deferred_interest=rules.policy.deferred_interest,
    )


def choice_of(request: PlanRequest) -> dict[str, Any]:
    """What is kept of a request: enough to price it again."""
    return {
        "kind": request.kind.value,
        "installments": request.installments,
        "defer_periods": request.defer_periods,
        "every": request.every,
        "day_of_month": request.day_of_month,
        "first_on": None if request.first_on is None else request.first_on.isoformat(),
    }


def price_choice(choice: Mapping[str, Any], standing: Standing) -> Offer:
    """The kept choice priced as of today. Raises what pricing and law raise."""
    return offer_of(price_plan(standing.facts, request_of(choice, standing.rules), standing.rules), standing)


def _lawful(plans: Sequence[Plan], standing: Standing) -> Sequence[Offer]:
    offers = []
    for plan in plans:
        try:
            offers.append(offer_of(plan, standing))
        except DomainError as error:
            if error.rule is None:
                raise
    return tuple(offers)
