"""What the payments of a plan in parts come to, without the shares that make a draft of them: for searches over many plans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from portal.domain.calendar import Every
from portal.domain.catch_up import catch_up_sums, rest_to_spread
from portal.domain.drafting import draft_plan, refuse_count, refuse_misfits
from portal.domain.lent_anew import LentAnew, lend_anew
from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import Owed
from portal.domain.plan_dates import first_date, plan_dates, upfront_of
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.pricing_rules import PricingRules
from portal.domain.reschedule import reschedule_sums
from portal.domain.rounding import Rounding
from portal.domain.schedules import MOST_INSTALLMENTS
from portal.domain.upfront import Upfront


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """The payments in their order, minor units, without a sum that is paid first; ``ends_on`` is the reckoned date of the last."""

    sums: Sequence[int]
    ends_on: date


class SumsInParts:
    """Of one request whose number of payments is open: what does not depend on that number is worked out once."""

    def __init__(self, loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> None:
        self._loan, self._owed, self._request, self._rules = loan, owed, request, rules

    def sums(self, count: int) -> PaymentSums:
        """Those of ``draft_plan`` with so many payments; raises what it raises."""
        request = replace(self._request, installments=count)
        if request.kind not in {PlanKind.CATCH_UP, PlanKind.RESCHEDULE}:
            draft = draft_plan(self._loan, self._owed, request, self._rules)
            return PaymentSums([part.total for part in draft.parts[draft.has_upfront :]], draft.dates[-1])
        refuse_misfits(request, self._rules)
        refuse_count(request, MOST_INSTALLMENTS)
        dates = plan_dates(self._first, request, count)
        is_beside = request.kind is PlanKind.CATCH_UP
        return PaymentSums(self._beside(count) if is_beside else self._anew(dates), dates[-1])

    def _beside(self, count: int) -> Sequence[int]:
        rounding = Rounding(self._loan.rounding)
        return catch_up_sums(self._rest, count, treatment=self._request.arrears_treatment, rounding=rounding)

    def _anew(self, dates: Sequence[date]) -> Sequence[int]:
        return reschedule_sums(
            self._loan,
            self._lent_anew,
            self._owed.on,
            dates,
            every=Every.parse(self._request.every),
            treatment=self._request.arrears_treatment,
        )

    @cached_property
    def _first(self) -> date:
        rules = self._rules
        return first_date(self._request, on=rules.on, policy=rules.policy, calendar=rules.calendar)

    @cached_property
    def _upfront(self) -> Upfront | None:
        rules = self._rules
        return upfront_of(self._request, on=rules.on, policy=rules.policy, calendar=rules.calendar)

    @cached_property
    def _rest(self) -> Components:
        treatment = self._request.arrears_treatment
        return rest_to_spread(self._loan, self._owed, treatment=treatment, upfront=self._upfront)

    @cached_property
    def _lent_anew(self) -> LentAnew:
        treatment = self._request.arrears_treatment
        return lend_anew(self._loan, self._owed, treatment=treatment, upfront=self._upfront)
