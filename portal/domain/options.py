"""Ready plans for what somebody can afford, and the bounds within which a sum of their own makes a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.money import exponent_of, refused_sum
from portal.domain.owed import owed_on
from portal.domain.payment_search import PaymentSearch, candidates
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.upfront import upfront_too_large

READY_PLANS: Final = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest payment each time that make a plan, as reckoned and as shown; minor units."""

    lowest: int
    highest: int
    currency: str = "CNY"

    @property
    def shown_lowest(self) -> int:
        return shown(self.lowest, self.currency)

    @property
    def shown_highest(self) -> int:
        return max(shown(self.highest, self.currency), self.shown_lowest)


@dataclass(frozen=True, slots=True)
class ReadyOptions:
    """``plans`` from the slowest to the fastest."""

    plans: Sequence[Plan]
    is_affordable: bool


def shown(minor: int, currency: str = "CNY") -> int:
    """Rounded to the nearest 10, or to 1 below 10; exactly half goes down; never under 1."""
    one: int = 10 ** exponent_of(currency)
    step = 10 * one if minor >= 10 * one else one
    whole, rest = divmod(minor, step)
    return max(one, (whole + (rest * 2 > step)) * step)


def refuse_outside(bounds: Bounds, payment: int, *, field: str = "amount") -> None:
    """Raises ``payment_out_of_bounds`` naming the bounds as they were shown, which are the ones that hold."""
    if not bounds.shown_lowest <= payment <= bounds.shown_highest:
        lowest, highest = bounds.shown_lowest, bounds.shown_highest
        raise refused_sum(
            "payment_out_of_bounds", field=field, currency=bounds.currency, lowest=lowest, highest=highest
        )


def payment_bounds(
    loan: LoanFacts,
    rules: PricingRules,
    *,
    request: PlanRequest | None = None,
    search: PaymentSearch | None = None,
) -> Bounds:
    """Over every plan of either kind, or over those whose payments rise; ``request`` gives day and frequency."""
    is_stepped = request is not None and request.kind is PlanKind.STEP_UP
    kinds = (PlanKind.STEP_UP,) if is_stepped else (PlanKind.CATCH_UP, PlanKind.RESCHEDULE)
    asked = [_of_kind(request, kind, rules) for kind in kinds]
    payments = [
        payment for each in asked for payment in candidates(loan, rules, each, search=search).values()
    ]
    if not payments:
        raise upfront_too_large(owed_on(loan, rules.on).arrears.total, loan.currency)
    return Bounds(min(payments), max(payments), loan.currency)


def ready_options(
    loan: LoanFacts,
    rules: PricingRules,
    *,
    affordable: int,
    request: PlanRequest | None = None,
    search: PaymentSearch | None = None,
) -> ReadyOptions:
    """Up to three ready plans for ``affordable`` each time, running schedule included.

    The first is the one whose payment comes nearest below; then the two next faster ones. Catching up comes
    first, since it keeps the loan's own terms; where no such plan fits, everything is rescheduled. Where that
    does not fit either the slowest plan stands alone and ``is_affordable`` is false.
    """
    search = search or PaymentSearch(loan, rules)
    kind, payments = _fitting_kind(loan, rules, affordable, request, search)
    base = _of_kind(request, kind, rules)
    counts, is_affordable = chosen_counts(payments, affordable)
    asked = [replace(base, installments=count) for count in counts]
    plans = tuple(price_plan(loan, each, rules, owed=search.owed) for each in asked)
    return ReadyOptions(plans, is_affordable)


def chosen_counts(payments: Mapping[int, int], affordable: int) -> tuple[Sequence[int], bool]:
    """Numbers of payments, slowest first, of ``payments`` (payment by number); and whether the first is
    affordable.
    """
    fitting = [count for count, payment in payments.items() if payment <= affordable]
    if not fitting:
        return [max(payments)], False
    first = min(fitting)
    faster = [count for count in range(first - 1, first - READY_PLANS, -1) if count in payments]
    return [first, *faster], True


def nearest_count(payments: Mapping[int, int], payment: int) -> int:
    """The number of payments whose sum is nearest; of two equally near the smaller sum."""
    return min(payments, key=lambda count: (abs(payments[count] - payment), payments[count]))


def _fitting_kind(
    loan: LoanFacts,
    rules: PricingRules,
    affordable: int,
    request: PlanRequest | None,
    search: PaymentSearch,
) -> tuple[PlanKind, Mapping[int, int]]:
    payments = candidates(loan, rules, _of_kind(request, PlanKind.CATCH_UP, rules), search=search)
    if payments and min(payments.values()) <= affordable:
        return PlanKind.CATCH_UP, payments
    wanted = _of_kind(request, PlanKind.RESCHEDULE, rules)
    anew = candidates(loan, rules, wanted, near=affordable, search=search)
    if not (anew or payments):
        raise upfront_too_large(owed_on(loan, rules.on).arrears.total, loan.currency)
    return (PlanKind.RESCHEDULE, anew) if anew else (PlanKind.CATCH_UP, payments)


def _of_kind(request: PlanRequest | None, kind: PlanKind, rules: PricingRules) -> PlanRequest:
    return replace(request or rules.request_for(kind), kind=kind)


def plan_nearest_to(
    loan: LoanFacts, rules: PricingRules, request: PlanRequest, payment: int
) -> tuple[Plan, int]:
    """(the plan of the request's kind whose payment is nearest to a sum, what it comes to each time)."""
    payments = candidates(loan, rules, request, near=payment)
    if not payments:
        raise DomainError("no_principal_left", field="kind")
    nearest = nearest_count(payments, payment)
    return price_plan(loan, replace(request, installments=nearest), rules), payments[nearest]
