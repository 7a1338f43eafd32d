"""Replaying a policy: what a draft would answer to offers that were signed, and to plans of loans that are late, beside what is in force.

Each case is answered twice by the very rules that answer borrowers (`policy.assess`, `legal_limits`), on the facts frozen at signing. A
plan is priced anew only where the policy differs from the one that priced it in what plans are priced by.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from portal.domain.arrears import bucket_of
from portal.domain.budgets import Budget
from portal.domain.calendar import BusinessCalendar
from portal.domain.errors import DomainError
from portal.domain.fairness import age_band
from portal.domain.frozen_facts import FrozenFacts
from portal.domain.legal_limits import refuse_beyond_law
from portal.domain.offers import Standing, judge
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.policy import HardshipReason, Policy
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.similar_cases import SUMS


class Outcome(StrEnum):
    """What becomes of an offer under a policy."""

    AT_ONCE = "at_once"
    PERSON = "person"
    OVER_LAW = "over_law"
    NOT_OFFERED = "not_offered"
    """The policy has no such plan, or not with these dates or so many periods."""


class LeftOut(StrEnum):
    """Why something could not be replayed."""

    FACTS_NOT_KEPT = "facts_not_kept"
    """Signed before the facts were kept with the answer."""
    FACTS_UNREADABLE = "facts_unreadable"
    POLICY_GONE = "policy_gone"
    CALENDAR_GONE = "calendar_gone"
    NOTHING_TO_PLAN = "nothing_to_plan"
    """A loan of the book for which no plan of this kind can be priced by either policy."""


@dataclass(frozen=True, slots=True)
class ReplayCase:
    """One signed offer, or one standard plan of a late loan. ``priced_by`` priced ``plan``; ``answered`` is what it was told then."""

    facts: FrozenFacts
    plan: Plan
    priced_by: Policy
    calendar: BusinessCalendar
    hardship: HardshipReason = HardshipReason.NOT_SAID
    budget: Budget | None = None
    birth_year: int | None = None
    answered: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ReplayAnswer:
    """``reasons`` are codes: of referrals, of the limit of law, or why there is no such plan. Sums in minor units; None without a plan."""

    outcome: Outcome
    reasons: tuple[str, ...]
    paid: int | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class Touched:
    """By what those who are touched are told apart."""

    bucket: str
    kind: str
    currency: str
    sum_band: str
    age_band: str


def answer_under(case: ReplayCase, policy: Policy) -> ReplayAnswer:
    """What ``policy`` says to the case, on the facts and the day of its signing."""
    rules = PricingRules(policy=policy, calendar=case.calendar, on=case.facts.on)
    try:
        plan = _plan_under(case, rules)
    except DomainError as error:
        return ReplayAnswer(Outcome.NOT_OFFERED, (error.code,), None, None)
    paid, cost = plan.cost.total_paid, plan.cost.beyond_principal
    try:
        refuse_beyond_law(plan, case.facts.loan, rules)
    except DomainError as error:
        return ReplayAnswer(Outcome.OVER_LAW, (error.code,), paid, cost)
    circumstances = case.facts.under(policy, hardship=case.hardship, budget=case.budget)
    said = judge(plan, Standing(case.facts.loan, rules, case.facts.dpd, circumstances))
    reasons = tuple(reason.value for reason in said.reasons)
    return ReplayAnswer(Outcome.AT_ONCE if said.is_at_once else Outcome.PERSON, reasons, paid, cost)


def _plan_under(case: ReplayCase, rules: PricingRules) -> Plan:
    """The frozen plan where the policy would price it just so, else what was asked for, priced by this policy."""
    policy, kind = rules.policy, case.plan.kind
    if not policy.offers(kind):
        raise DomainError("kind_not_offered", field="kind")
    if case.plan.request.terms > policy.max_terms[kind] and not kind.is_in_parts:
        raise DomainError("deferral_out_of_range", maximum=policy.max_terms[kind])
    if pricing_of(policy) == pricing_of(case.priced_by):
        return case.plan
    return _priced(case.facts, _request_under(case.plan.request, policy), rules)


def _request_under(request: PlanRequest, policy: Policy) -> PlanRequest:
    """What the borrower chose, with what this policy says of arrears and of interest meanwhile; a waiver stays one."""
    if request.arrears_treatment is ArrearsTreatment.WAIVED:
        return replace(request, deferred_interest=policy.deferred_interest)
    return replace(
        request, arrears_treatment=policy.arrears_treatment, deferred_interest=policy.deferred_interest
    )


def _priced(facts: FrozenFacts, request: PlanRequest, rules: PricingRules) -> Plan:
    """On the days that were chosen; where the policy does not allow them, as early as it does."""
    try:
        return price_plan(facts.loan, request, rules)
    except DomainError as error:
        if error.code not in _DATES:
            raise
    return price_plan(facts.loan, replace(request, first_on=None, upfront_on=None), rules)


_DATES: Final = frozenset(
    f"{what}_too_{when}" for what in ("first_date", "promise", "upfront") for when in ("early", "late")
)


def pricing_of(policy: Policy) -> tuple[object, ...]:
    """All of a policy that the figures of a plan depend on: two policies alike in it price the same plan."""
    return (
        policy.arrears_treatment,
        policy.deferred_interest,
        policy.step_up_top_pct,
        policy.settlement_floor_pct,
        policy.lead_working_days,
        policy.answer_working_days,
        policy.promise_days,
    )


def touched_by(case: ReplayCase) -> Touched:
    return Touched(
        bucket=bucket_of(case.facts.dpd) or "not_late",
        kind=case.plan.kind.value,
        currency=case.plan.currency,
        sum_band=sum_band(case.plan.advance),
        age_band=age_band(case.birth_year, in_year=case.facts.on.year).value,
    )


def sum_band(minor: int) -> str:
    """The end of the band in minor units, or ``more``: the bands of `similar_cases`."""
    end = next((end for end in SUMS if minor <= end), None)
    return "more" if end is None else str(end)


SUM_BANDS: Final = (*map(str, SUMS), "more")


STANDARD_PLANS: Final[Mapping[PlanKind, tuple[Mapping[str, int], ...]]] = {
    PlanKind.CATCH_UP: ({"installments": 6}, {"installments": 12}),
    PlanKind.RESCHEDULE: ({"installments": 12}, {"installments": 24}),
    PlanKind.STEP_UP: ({"installments": 12, "steps": 2},),
    PlanKind.INTEREST_ONLY: ({"interest_periods": 1},),
    PlanKind.DEFER: ({"defer_periods": 1},),
    PlanKind.PAY_BY_DATE: ({},),
}
"""What each late loan of the book is asked about: the plans that most people choose, on the earliest day."""


def standard_cases(
    facts: FrozenFacts, *, priced_by: Policy, calendar: BusinessCalendar, birth_year: int | None
) -> Iterator[ReplayCase | LeftOut]:
    """A case for each standard plan that the policy in force can price for a loan; what it cannot is told instead."""
    rules = PricingRules(policy=priced_by, calendar=calendar, on=facts.on)
    for kind, choices in STANDARD_PLANS.items():
        for choice in choices:
            request = replace(rules.request_for(kind), **choice)  # type: ignore[arg-type]
            try:
                plan = price_plan(facts.loan, request, rules)
            except DomainError:
                yield LeftOut.NOTHING_TO_PLAN
                continue
            yield ReplayCase(facts, plan, priced_by, calendar, birth_year=birth_year)
