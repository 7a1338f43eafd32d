"""What is to be managed each time, by the number of payments: what ready plans and bounds are searched in."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final

from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed, owed_on
from portal.domain.payment_sums import PaymentSums, SumsInParts
from portal.domain.plans import PlanKind, PlanRequest, block_sizes
from portal.domain.policy import terms_within
from portal.domain.pricing_rules import PricingRules

FEWEST_PAYMENTS: Final = 2
"""One payment is no plan in parts."""

_AROUND: Final = 3
"""So many numbers of payments on either side of a sum are worked out, for the next faster plans and the nearest one."""


def candidates(
    loan: LoanFacts,
    rules: PricingRules,
    request: PlanRequest,
    *,
    near: int | None = None,
    search: "PaymentSearch | None" = None,
) -> Mapping[int, int]:
    """Sums to manage by number of payments, from the fewest to the policy's most; none below the policy's floor but
    the fewest.

    Beside a running schedule all of them. Where everything is spread anew more payments are always smaller ones, and
    there may be 260 of them: then only the ends, and the numbers around the sum ``near``. ``search`` remembers what was worked out for
    another question about the same loan.
    """
    asked = (search or PaymentSearch(loan, rules)).of(request)
    counts = asked.counts
    if not counts:
        return {}
    if request.kind.goes_beside:
        tried = range(counts[0], counts[-1] + 1)
        return {count: asked.payment(count) for count in tried}
    at = counts[0] if near is None else asked.first_within(near)
    around = range(max(counts[0], at - _AROUND), min(counts[-1], at + _AROUND) + 1)
    tried_anew = sorted({counts[0], counts[-1], *(around if near is not None else ())})
    return {count: asked.payment(count) for count in tried_anew}


class PaymentSearch:
    """Of one loan under one set of rules: each number of payments of each kind is worked out once."""

    def __init__(self, loan: LoanFacts, rules: PricingRules) -> None:
        self._loan, self._rules = loan, rules
        self._searches: dict[PlanRequest, _Search] = {}

    @cached_property
    def owed(self) -> Owed:
        """Raises ``nothing_overdue``."""
        return owed_on(self._loan, self._rules.on)

    def of(self, request: PlanRequest) -> "_Search":
        found = self._searches.get(request)
        if found is None:
            found = self._searches[request] = _Search(self._loan, self.owed, request, self._rules)
        return found


@dataclass(frozen=True)
class _Search:
    loan: LoanFacts
    owed: Owed
    request: PlanRequest
    rules: PricingRules
    _sums: dict[int, PaymentSums] = field(default_factory=dict)

    @cached_property
    def counts(self) -> range:
        """The numbers of payments that can be."""
        request, policy = self.request, self.rules.policy
        if not policy.offers(request.kind) or (not request.kind.goes_beside and self.owed.principal <= 0):
            return range(0)
        of = self.owed.arrears.total if request.kind.goes_beside else self.owed.total
        cents = of - request.upfront_minor
        if cents < 1:
            return range(0)
        fewest = min(max(FEWEST_PAYMENTS, request.steps), cents)
        most = terms_within(policy.max_terms[request.kind], request) - bool(request.upfront_minor)
        tried = range(fewest, min(most, cents) + 1)
        return tried[: bisect_left(tried, True, key=lambda count: not self._is_possible(count, fewest))]

    def first_within(self, sum_: int) -> int:
        """The fewest payments of at most this sum; the most there are where none is so small."""
        counts = self.counts
        at = bisect_left(counts, True, key=lambda count: self.payment(count) <= sum_)
        return counts[min(at, len(counts) - 1)]

    def payment(self, count: int) -> int:
        return to_manage(self._sums_of(count), self.owed, self.request, self.loan)

    def _is_possible(self, count: int, fewest: int) -> bool:
        """Above the policy's floor; and the first steps above the interest, where more payments begin lower still."""
        try:
            found = self._sums_of(count)
        except DomainError as error:
            if error.code != "steps_below_interest":
                raise
            return False
        return count <= fewest or min(found.sums) >= self.rules.policy.min_payment_minor

    def _sums_of(self, count: int) -> PaymentSums:
        found = self._sums.get(count)
        if found is None:
            found = self._sums[count] = self._work.sums(count)
        return found

    @cached_property
    def _work(self) -> SumsInParts:
        return SumsInParts(self.loan, self.owed, self.request, self.rules)


def to_manage(found: PaymentSums, owed: Owed, request: PlanRequest, loan: LoanFacts) -> int:
    """What a borrower must manage each time: the largest payment, the first step where payments rise, and with a
    plan that goes beside the running schedule that one's largest payment, too.

    Where the two come at different rhythms, the running payment counts with its share of a period.
    """
    sums = found.sums
    if request.kind is PlanKind.STEP_UP:
        return max(sums[: block_sizes(len(sums), request.steps)[0]])
    largest = max(sums)
    if not request.kind.goes_beside:
        return largest
    beside = max((row.outstanding.total for row in owed.coming if row.due_on <= found.ends_on), default=0)
    return largest + _share_of_period(beside, Every.parse(loan.every), Every.parse(request.every))


def _share_of_period(payment: int, every: Every, asked: Every) -> int:
    """Rounded up; the whole payment where both come by months."""
    if every.months and asked.months:
        return payment
    return -(-payment * _length(asked) // _length(every))


def _length(every: Every) -> Fraction:
    """In days, a month as the twelfth of a year."""
    return Fraction(365 * every.months, 12) if every.months else Fraction(every.days)
