"""What plans come to for somebody who weighs a policy: their figures without their rows, or why there is no such plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portal.domain.errors import DomainError
from portal.domain.legal_limits import rates_of, refuse_figures
from portal.domain.loans import LoanFacts
from portal.domain.owed import owed_on
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.rate_caps import Cap


class PlanQuote(NamedTuple):
    """The figures of a plan, sums in minor units. ``first``, ``largest`` and ``last`` are payments of its installments; the dates are those
    on which they fall due, moved for holidays. Percentages are as in ``PlanCost``.
    """

    payments: int
    first: int
    largest: int
    last: int
    first_on: date
    ends_on: date
    total_paid: int
    beyond_principal: int
    waived: int
    annual_compound_pct: str | None
    annual_simple_pct: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no such plan; ``code`` is that of the refusal."""

    code: str


Quote = PlanQuote | Refused


def quote_plans(loan: LoanFacts, requests: Sequence[PlanRequest], rules: PricingRules) -> Sequence[Quote]:
    """The figures of ``price_plan`` for each request."""
    try:
        owed = owed_on(loan, rules.on)
    except DomainError as error:
        return [Refused(error.code) for _ in requests]
    quotes: list[Quote] = []
    for request in requests:
        try:
            quotes.append(quote_of(price_plan(loan, request, rules, owed=owed)))
        except DomainError as error:
            quotes.append(Refused(error.code))
    return quotes


def usual_requests(rules: PricingRules) -> Sequence[PlanRequest]:
    """What a whole book is asked about where nothing else is named: of each kind that the policy offers half of its most and its most, of
    deferrals the longest, and the arrears by a promised day.
    """
    found = []
    for kind in (PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.DEFER, PlanKind.PAY_BY_DATE):
        if rules.policy.offers(kind):
            most = rules.policy.max_terms[kind]
            counts = sorted({max(1, most // 2), most}) if kind.is_in_parts else [most]
            found += [rules.request_for(kind).with_terms(count) for count in counts]
    return found


def quote_of(plan: Plan) -> PlanQuote:
    """A sum that is paid first counts among the payments; the sums and the first date are those of the installments."""
    installments = plan.installments
    return PlanQuote(
        payments=len(plan.rows),
        first=installments[0].due,
        largest=plan.largest_payment,
        last=installments[-1].due,
        first_on=installments[0].due_on,
        ends_on=plan.ends_on,
        total_paid=plan.cost.total_paid,
        beyond_principal=plan.cost.beyond_principal,
        waived=plan.waived.total,
        annual_compound_pct=plan.cost.annual_compound_pct,
        annual_simple_pct=plan.cost.annual_simple_pct,
    )


def limit_of(
    quote: PlanQuote, request: PlanRequest, loan: LoanFacts, cap: Cap, *, begins_on: date
) -> str | None:
    """The code of the limit of law that the plan passes; None where it passes none. ``begins_on`` as for ``refuse_figures``."""
    try:
        refuse_figures(
            request,
            rates_of(quote.annual_simple_pct, quote.annual_compound_pct),
            loan,
            cap,
            total_paid=quote.total_paid,
            first_on=quote.first_on,
            ends_on=quote.ends_on,
            begins_on=begins_on,
        )
    except DomainError as error:
        return error.code
    return None
