"""Ready plans of the kinds that are asked for by name: a pause, interest first, smaller payments first."""

from collections.abc import Sequence
from dataclasses import replace

from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.options import ReadyOptions, candidates
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.step_up import FEWEST_STEPS, MOST_STEPS


def deferral_options(loan: LoanFacts, rules: PricingRules) -> Sequence[Plan]:
    """The deferrals that reach far enough, shortest first; empty where none does."""
    plans = []
    for periods in range(1, rules.policy.max_terms.get(PlanKind.DEFER, 0) + 1):
        try:
            plans.append(price_plan(loan, rules.request_for(PlanKind.DEFER).with_terms(periods), rules))
        except DomainError as error:
            if error.code not in {"deferral_too_short", "date_too_far"}:
                raise
    return tuple(plans)


def interest_only_options(loan: LoanFacts, rules: PricingRules) -> Sequence[Plan]:
    """One period of interest alone, half of the policy's most, and the most; empty where there is none to pay."""
    most = rules.policy.max_terms.get(PlanKind.INTEREST_ONLY, 0)
    base = rules.request_for(PlanKind.INTEREST_ONLY)
    try:
        return tuple(
            price_plan(loan, base.with_terms(periods), rules)
            for periods in sorted({1, most // 2, most})
            if periods
        )
    except DomainError as error:
        if error.code not in {"no_interest_to_pay", "no_principal_left"}:
            raise
        return ()


def step_up_options(
    loan: LoanFacts, rules: PricingRules, *, affordable: int, request: PlanRequest
) -> ReadyOptions:
    """With each number of steps the shortest plan whose first step is affordable; else the longest of two steps."""
    plans, longest = [], None
    for steps in range(FEWEST_STEPS, MOST_STEPS + 1):
        payments = candidates(loan, rules, replace(request, kind=PlanKind.STEP_UP, steps=steps))
        fitting = [count for count, payment in payments.items() if payment <= affordable]
        if fitting:
            plans.append(_stepping(loan, rules, request, steps, min(fitting)))
        elif payments and longest is None:
            longest = _stepping(loan, rules, request, steps, max(payments))
    if plans or longest is None:
        return ReadyOptions(tuple(plans), bool(plans))
    return ReadyOptions((longest,), False)


def _stepping(loan: LoanFacts, rules: PricingRules, request: PlanRequest, steps: int, count: int) -> Plan:
    return price_plan(loan, replace(request, kind=PlanKind.STEP_UP, steps=steps, installments=count), rules)
