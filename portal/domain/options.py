"""Ready plans for what somebody can afford, and the bounds within which a sum of their own makes a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.domain.calendar import Every
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.money import exponent_of, format_minor
from portal.domain.owed import Owed, owed_on
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import LEGAL_CAP_MONTHS, LEGAL_CAP_WEEKS
from portal.domain.pricing import PricingRules, draft_plan, price_plan

READY_PLANS: Final = 3
FEWEST_PAYMENTS: Final = 2
"""One payment is no plan in parts."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest payment a month that make a plan, as reckoned and as shown; minor units."""

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
    """``plans`` from the slowest to the fastest; ``own`` is the plan nearest to the borrower's own sum, if
    asked.
    """

    plans: Sequence[Plan]
    is_affordable: bool
    own: Plan | None = None
    own_is_exact: bool = False


def shown(minor: int, currency: str = "CNY") -> int:
    """Rounded to the nearest 10, or to 1 below 10; exactly half goes down; never under 1."""
    one: int = 10 ** exponent_of(currency)
    step = 10 * one if minor >= 10 * one else one
    whole, rest = divmod(minor, step)
    return max(one, (whole + (rest * 2 > step)) * step)


def refuse_outside(bounds: Bounds, payment: int, *, field: str = "amount") -> None:
    """Raises ``payment_out_of_bounds`` naming the bounds as they were shown, which are the ones that hold."""
    if not bounds.shown_lowest <= payment <= bounds.shown_highest:
        lowest, highest = (
            format_minor(b, bounds.currency) for b in (bounds.shown_lowest, bounds.shown_highest)
        )
        raise DomainError("payment_out_of_bounds", field=field, lowest=lowest, highest=highest)


def payment_bounds(loan: LoanFacts, rules: PricingRules, *, request: PlanRequest | None = None) -> Bounds:
    """Over every plan of either kind; ``request`` gives day and frequency."""
    payments = [
        payment
        for kind in (PlanKind.CATCH_UP, PlanKind.RESCHEDULE)
        for payment in _candidates(loan, rules, _of_kind(request, kind, rules)).values()
    ]
    return Bounds(min(payments), max(payments), loan.currency)


def ready_options(
    loan: LoanFacts, rules: PricingRules, *, affordable: int, request: PlanRequest | None = None
) -> ReadyOptions:
    """Up to three ready plans for ``affordable`` a month, running schedule included.

    The first is the one whose payment comes nearest below; then the two next faster ones. Catching up comes
    first, since it keeps the loan's own terms; where no such plan fits, everything is rescheduled. Where that
    does not fit either the slowest plan stands alone and ``is_affordable`` is false.
    """
    kind, payments = _fitting_kind(loan, rules, affordable, request)
    base = _of_kind(request, kind, rules)
    counts, is_affordable = chosen_counts(payments, affordable)
    plans = tuple(price_plan(loan, replace(base, installments=count), rules) for count in counts)
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


def deferral_options(loan: LoanFacts, rules: PricingRules) -> Sequence[Plan]:
    """The deferrals that reach far enough, shortest first; empty where none does."""
    plans = []
    for periods in range(1, rules.policy.max_terms[PlanKind.DEFER] + 1):
        try:
            plans.append(price_plan(loan, _deferral(periods, rules), rules))
        except DomainError as error:
            if error.code != "deferral_too_short":
                raise
    return tuple(plans)


def _deferral(periods: int, rules: PricingRules) -> PlanRequest:
    return PlanRequest(
        kind=PlanKind.DEFER,
        defer_periods=periods,
        arrears_treatment=rules.policy.arrears_treatment,
        deferred_interest=rules.policy.deferred_interest,
    )


def monthly_payment(draft: Draft, owed: Owed, kind: PlanKind) -> int:
    """What a borrower must manage at most: the largest payment, with the largest running one beside a
    catch_up.
    """
    largest = max(part.total for part in draft.parts)
    if kind is not PlanKind.CATCH_UP:
        return largest
    end = draft.dates[-1]
    return largest + max((row.outstanding.total for row in owed.coming if row.due_on <= end), default=0)


def _fitting_kind(
    loan: LoanFacts, rules: PricingRules, affordable: int, request: PlanRequest | None
) -> tuple[PlanKind, Mapping[int, int]]:
    payments = _candidates(loan, rules, _of_kind(request, PlanKind.CATCH_UP, rules))
    if min(payments.values()) <= affordable:
        return PlanKind.CATCH_UP, payments
    anew = _candidates(loan, rules, _of_kind(request, PlanKind.RESCHEDULE, rules))
    return (PlanKind.RESCHEDULE, anew) if anew else (PlanKind.CATCH_UP, payments)


def _of_kind(request: PlanRequest | None, kind: PlanKind, rules: PricingRules) -> PlanRequest:
    given = request or PlanRequest(kind=kind, arrears_treatment=rules.policy.arrears_treatment)
    return replace(given, kind=kind)


def _candidates(loan: LoanFacts, rules: PricingRules, request: PlanRequest) -> Mapping[int, int]:
    """Monthly payment by number of payments, from the fewest to the policy's most; none below the policy's
    floor but the fewest.
    """
    owed = owed_on(loan, rules.on)
    if request.kind is PlanKind.RESCHEDULE and owed.principal <= 0:
        return {}
    payments = {}
    cents = owed.arrears.total if request.kind is PlanKind.CATCH_UP else owed.total
    fewest = min(FEWEST_PAYMENTS, cents)
    for count in range(fewest, min(_most(request, rules), cents) + 1):
        draft = draft_plan(loan, owed, replace(request, installments=count), rules)
        smallest = min(part.total for part in draft.parts)
        if smallest < rules.policy.min_payment_minor and count > fewest:
            break
        payments[count] = monthly_payment(draft, owed, request.kind)
    return payments


def _most(request: PlanRequest, rules: PricingRules) -> int:
    """The policy's most, which is stated in months, for the request's frequency."""
    every, months = Every.parse(request.every), rules.policy.max_terms[request.kind]
    if every.months:
        return max(1, months // every.months)
    return max(1, months * LEGAL_CAP_WEEKS * 7 // (LEGAL_CAP_MONTHS * every.days))


def plan_nearest_to(
    loan: LoanFacts, rules: PricingRules, request: PlanRequest, payment: int
) -> tuple[Plan, bool]:
    """(the plan of the request's kind whose monthly payment is nearest to a sum, whether it is exactly that)."""
    payments = _candidates(loan, rules, request)
    if not payments:
        raise DomainError("no_principal_left", field="kind")
    nearest = nearest_count(payments, payment)
    return price_plan(loan, replace(request, installments=nearest), rules), payments[nearest] == payment
