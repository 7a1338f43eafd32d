"""Ready plans of the kinds that are asked for by name: a pause, interest first, smaller payments first."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from portal.domain.deferral import reaches
from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.options import ReadyOptions
from portal.domain.payment_search import candidates
from portal.domain.plan_dates import earliest_first_date
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
            if error.code not in {"deferral_too_short", "deferral_in_vain", "date_too_far"}:
                raise
    return tuple(plans)


def deferrals_in_reach(loan: LoanFacts, rules: PricingRules) -> Sequence[int]:
    """By how many periods the dates can move, so that nothing falls due before a first payment may; empty where none reaches so far."""
    earliest = earliest_first_date(rules.on, rules.policy, rules.calendar)
    most = rules.policy.max_terms.get(PlanKind.DEFER, 0)
    return tuple(periods for periods in range(1, most + 1) if reaches(loan, periods, earliest))


def interest_only_options(loan: LoanFacts, rules: PricingRules) -> Sequence[Plan]:
    """One period of interest alone, half of the policy's most, and the most; empty where there is none to pay.

    Raises ``kind_not_offered`` where the policy has no such plan: it is not the law that stands against it.
    """
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
    loan: LoanFacts,
    rules: PricingRules,
    *,
    affordable: int,
    request: PlanRequest,
    is_lawful: Callable[[Plan], bool],
) -> ReadyOptions:
    """With each number of steps the shortest lawful plan whose first step is affordable; else the longest of two steps.

    A short plan may cost more a year than the law allows where old interest weighs on it; then a longer one may not.
    """
    asked = [
        replace(request, kind=PlanKind.STEP_UP, steps=steps) for steps in range(FEWEST_STEPS, MOST_STEPS + 1)
    ]
    found = [_shortest(loan, rules, each, affordable, is_lawful) for each in asked]
    plans = tuple(plan for plan in found if plan is not None)
    if plans:
        return ReadyOptions(plans, is_affordable=True)
    payments = candidates(loan, rules, asked[0])
    longest = [price_plan(loan, asked[0].with_terms(max(payments)), rules)] if payments else []
    return ReadyOptions(tuple(longest), is_affordable=False)


def _shortest(
    loan: LoanFacts,
    rules: PricingRules,
    request: PlanRequest,
    affordable: int,
    is_lawful: Callable[[Plan], bool],
) -> Plan | None:
    payments = candidates(loan, rules, request, near=affordable)
    fitting = [count for count, payment in payments.items() if payment <= affordable]
    if not fitting:
        return None
    counts = range(min(fitting), max(fitting) + 1)
    plans = (price_plan(loan, request.with_terms(count), rules) for count in counts)
    return next((plan for plan in plans if is_lawful(plan)), None)
