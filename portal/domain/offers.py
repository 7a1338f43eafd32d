"""What a borrower is offered for an answer: ready plans with what policy says of each, beside doing nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from portal.domain.doing_nothing import DoingNothing, doing_nothing
from portal.domain.drafting import draft_plan
from portal.domain.errors import DomainError
from portal.domain.journey import Need
from portal.domain.kind_options import deferral_options, interest_only_options, step_up_options
from portal.domain.late_charges import are_late_charges_clear
from portal.domain.legal_limits import loan_cap, rate_verdict, refuse_beyond_law
from portal.domain.loans import LoanFacts
from portal.domain.options import Bounds, ReadyOptions, payment_bounds, ready_options
from portal.domain.owed import Owed, owed_on
from portal.domain.payment_search import PaymentSearch
from portal.domain.plan_dates import promised_date
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import Assessment, Circumstances, assess, terms_within
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.rate_caps import RateVerdict
from portal.domain.step_up import FEWEST_STEPS


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
    """Who decides the plan; an unclear rate is a reason for a person, and so is what is charged for lateness beyond the law."""
    caps = standing.rules.policy.product_caps
    is_clear = rate_verdict(plan, standing.facts, caps) is not RateVerdict.UNCLEAR
    circumstances = replace(
        standing.circumstances,
        is_rate_clear=is_clear,
        are_late_charges_clear=are_late_charges_clear(standing.facts, loan_cap(standing.facts, caps)),
    )
    return assess(plan, dpd=standing.dpd, circumstances=circumstances, policy=standing.rules.policy)


def offer_of(plan: Plan, standing: Standing, *, owed: Owed | None = None) -> Offer:
    """Raises what ``refuse_beyond_law`` raises. ``owed`` as for ``price_plan``."""
    refuse_beyond_law(plan, standing.facts, standing.rules)
    instead = doing_nothing(standing.facts, on=standing.rules.on, until=plan.ends_on, owed=owed)
    return Offer(plan, judge(plan, standing), instead)


def offers_for(need: Mapping[str, Any], standing: Standing) -> Offers:
    """Ready plans for the journey's answer to "what would help": up to three of the kind that it names."""
    facts, rules = standing.facts, standing.rules
    wanted, request = Need(need["need"]), need_request(need, rules)
    search = PaymentSearch(facts, rules)
    bounds = payment_bounds(facts, rules, request=request if wanted.asks_for_a_sum else None, search=search)
    match wanted:
        case Need.MONTHLY:
            affordable = int(need["monthly_minor"])
            options = ready_options(facts, rules, affordable=affordable, request=request, search=search)
        case Need.STEP_UP:
            options = step_up_options(
                facts,
                rules,
                affordable=int(need["monthly_minor"]),
                request=request,
                is_lawful=lambda plan: bool(_lawful([plan], standing)),
            )
        case Need.INTEREST_FIRST:
            options = _all_fit(interest_only_options(facts, rules))
        case Need.PAUSE:
            options = _all_fit(deferral_options(facts, rules))
        case Need.BY_DATE:
            options = _all_fit([price_plan(facts, request, rules)])
    return Offers(
        _lawful(options.plans, standing, search.owed) or _slower(options.plans, standing),
        options.is_affordable,
        bounds,
    )


def slower_lawful(request: PlanRequest, standing: Standing) -> Offer | None:
    """The lawful plan with the fewest payments more than were asked for; None where none is, or the kind has no number of them.

    Old interest and penalty weigh on a short plan: its cost a year may be above a cap that a longer one keeps (rules P07, P09).
    """
    if not request.kind.is_in_parts:
        return None
    most = terms_within(standing.rules.policy.max_terms.get(request.kind, 0), request)
    longer = (request.with_terms(count) for count in range(request.installments + 1, most + 1))
    plans = (price_plan(standing.facts, each, standing.rules) for each in longer)
    return next((offer for plan in plans for offer in _lawful([plan], standing)), None)


def _slower(plans: Sequence[Plan], standing: Standing) -> Sequence[Offer]:
    found = slower_lawful(plans[0].request, standing) if plans else None
    return () if found is None else (found,)


def _all_fit(plans: Sequence[Plan]) -> ReadyOptions:
    """Where no sum was named, whatever is there is fitting."""
    return ReadyOptions(plans, is_affordable=bool(plans))


_KIND_OF_NEED: Final[Mapping[Need, PlanKind]] = {
    Need.MONTHLY: PlanKind.CATCH_UP,
    Need.STEP_UP: PlanKind.STEP_UP,
    Need.INTEREST_FIRST: PlanKind.INTEREST_ONLY,
    Need.PAUSE: PlanKind.DEFER,
    Need.BY_DATE: PlanKind.PAY_BY_DATE,
}


def need_request(need: Mapping[str, Any], rules: PricingRules) -> PlanRequest:
    """What the answer says of any plan: kind, rhythm, day, the sum paid first, the promised day."""
    wanted = Need(need["need"])
    return replace(
        rules.request_for(_KIND_OF_NEED[wanted]),
        steps=FEWEST_STEPS if wanted is Need.STEP_UP else 0,
        every=str(need.get("every", "1 month")),
        day_of_month=int(need.get("day", 1)),
        weekday=int(need.get("weekday", 0)),
        upfront_minor=int(need.get("upfront_minor", 0)),
        upfront_on=_day(need.get("upfront_on")),
        first_on=_day(need.get("pay_on")),
    )


def offered_needs(standing: Standing) -> Sequence[Need]:
    """What a borrower may ask for here: the lender's policy has a plan for it, and there is interest to pay first."""
    policy, bears_interest = standing.rules.policy, standing.facts.annual_rate_pct > 0
    return [
        need
        for need, kind in _KIND_OF_NEED.items()
        if policy.offers(kind) and (bears_interest or need is not Need.INTEREST_FIRST)
    ]


def refuse_need(need: Mapping[str, Any], standing: Standing) -> None:
    """Raises, on the field of the page that asks, what would leave no plan at all: a promised day out of reach
    (``pay_on``), a sum first that is all there is (``upfront``).
    """
    request = need_request(need, standing.rules)
    facts, rules = standing.facts, standing.rules
    if request.kind is PlanKind.PAY_BY_DATE:
        promised_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar, field="pay_on")
    if request.upfront_minor:
        # One payment is asked for by nobody, but it is what is found where the sum leaves a single cent.
        fewest = max(1, request.steps)
        draft_plan(facts, owed_on(facts, rules.on), request.with_terms(fewest), rules)


def request_of(choice: Mapping[str, Any], rules: PricingRules) -> PlanRequest:
    """The request behind a kept choice. Raises ``kind_missing`` for what staff alone may offer."""
    kind = PlanKind(choice["kind"])
    if kind.is_offered_by_staff_alone:
        raise DomainError("kind_missing", field="kind", rule="P18")
    return replace(
        rules.request_for(kind),
        installments=int(choice.get("installments", 0)),
        defer_periods=int(choice.get("defer_periods", 0)),
        every=str(choice.get("every", "1 month")),
        day_of_month=int(choice.get("day_of_month", 1)),
        first_on=_day(choice.get("first_on")),
        interest_periods=int(choice.get("interest_periods", 0)),
        steps=int(choice.get("steps", 0)),
        weekday=int(choice.get("weekday", 0)),
        upfront_minor=int(choice.get("upfront_minor", 0)),
        upfront_on=_day(choice.get("upfront_on")),
    )


def choice_of(request: PlanRequest) -> dict[str, Any]:
    """What is kept of a request: enough to price it again. What it does not ask for is left out."""
    asked = {
        "interest_periods": request.interest_periods,
        "steps": request.steps,
        "weekday": request.weekday,
        "upfront_minor": request.upfront_minor,
        "upfront_on": _iso(request.upfront_on),
    }
    return {
        "kind": request.kind.value,
        "installments": request.installments,
        "defer_periods": request.defer_periods,
        "every": request.every,
        "day_of_month": request.day_of_month,
        "first_on": _iso(request.first_on),
        **{name: value for name, value in asked.items() if value},
    }


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def price_choice(choice: Mapping[str, Any], standing: Standing) -> Offer:
    """The kept choice priced as of today. Raises what pricing and law raise."""
    return offer_of(price_plan(standing.facts, request_of(choice, standing.rules), standing.rules), standing)


def _lawful(plans: Sequence[Plan], standing: Standing, owed: Owed | None = None) -> Sequence[Offer]:
    offers = []
    for plan in plans:
        try:
            offers.append(offer_of(plan, standing, owed=owed))
        except DomainError as error:
            if error.rule is None:
                raise
    return tuple(offers)
