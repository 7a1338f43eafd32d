"""The limits of law on a plan: the only thing that stops a submission (`proposal.md`, Policy)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from portal.domain.calendar import Every, add_months
from portal.domain.errors import DomainError
from portal.domain.loans import LenderType, LoanFacts
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import LEGAL_CAP_MONTHS, cap_months
from portal.domain.pricing_rules import PricingRules
from portal.domain.rate_caps import (
    CN_CAPS,
    Cap,
    RateVerdict,
    cap_of,
    judge_rate,
    refuse_above_cap,
    refuse_repapering,
)

_DAYS_IN_YEAR = 365


def refuse_beyond_law(plan: Plan, loan: LoanFacts, rules: PricingRules) -> None:
    """Raises ``plan_too_long`` (P01), ``rate_above_cap`` (P07) or ``total_above_cap`` (P09), each naming the limit."""
    refuse_figures(
        plan.request,
        rates_of(plan.cost.annual_simple_pct, plan.cost.annual_compound_pct),
        loan,
        loan_cap(loan, rules.policy.product_caps),
        total_paid=plan.cost.total_paid,
        first_on=plan.installments[0].due_on,
        ends_on=plan.ends_on,
        begins_on=earliest_first_date(plan.priced_on, rules.policy, rules.calendar),
    )


def refuse_figures(
    request: PlanRequest,
    rates: Sequence[Decimal],
    loan: LoanFacts,
    cap: Cap,
    *,
    total_paid: int,
    first_on: date,
    ends_on: date,
    begins_on: date,
) -> None:
    """The same of a plan of which its figures alone are known. ``begins_on`` is the earliest day of a first payment."""
    refuse_too_many(request)
    _refuse_too_late(request, first_on, ends_on, begins_on)
    if _verdict(rates, cap) is RateVerdict.ABOVE:
        refuse_above_cap(min(rates), cap)
    if request.kind in {PlanKind.RESCHEDULE, PlanKind.STEP_UP}:
        refuse_repapering(
            total_paid + sum(row.paid.total for row in loan.installments),
            loan.principal,
            cap=cap,
            whole_term_years=Fraction((ends_on - loan.disbursed_on).days, _DAYS_IN_YEAR),
        )


def rate_verdict(plan: Plan, loan: LoanFacts, product_caps: Mapping[str, str]) -> RateVerdict:
    """How the plan's annualised cost stands to the cap of this lender type and contract date.

    A plan without interest has no annualised cost to judge: within.
    """
    rates = rates_of(plan.cost.annual_simple_pct, plan.cost.annual_compound_pct)
    return _verdict(rates, loan_cap(loan, product_caps))


def _verdict(rates: Sequence[Decimal], cap: Cap) -> RateVerdict:
    if not any(rate > 0 for rate in rates):
        return RateVerdict.WITHIN
    return judge_rate(simple_pct=min(rates), compound_pct=max(rates), cap=cap)


def loan_cap(loan: LoanFacts, product_caps: Mapping[str, str]) -> Cap:
    """``product_caps`` is the lender's own table by lender type, percent a year; law's own figures come first."""
    own = {LenderType(kind): (date.min, Decimal(pct)) for kind, pct in product_caps.items()}
    return cap_of(loan.lender_type, loan.disbursed_on, table=replace(CN_CAPS, product=own))


def rates_of(*said: str | None) -> Sequence[Decimal]:
    """Of the percentages of a plan's cost, those that are defined."""
    return [Decimal(rate) for rate in said if rate is not None]


def refuse_too_many(request: PlanRequest) -> None:
    """Raises ``plan_too_long`` (P01) where more payments are asked for than law allows at this frequency.

    A sum paid first counts as one of them. Where the loan's own installments move there are no new ones.
    """
    first = bool(request.upfront_minor)
    most = cap_months(Every.parse(request.every)) - first
    if not request.kind.moves_schedule and request.installments > most:
        raise DomainError(
            "plan_too_long", field="installments", rule="P01", most=most, months=LEGAL_CAP_MONTHS
        )


def _refuse_too_late(request: PlanRequest, first_on: date, ends_on: date, begins_on: date) -> None:
    """Raises ``plan_too_long`` (P01) where the last payment is more than 60 months after the plan begins, naming how many fit.

    It begins on the earliest day on which anything could be paid under it: sixty months hold sixty monthly payments from whatever day of
    the month within the first, and one less where the first was put off by more than a month.
    """
    latest = add_months(begins_on, LEGAL_CAP_MONTHS)
    if request.kind.moves_schedule or ends_on <= latest:
        return
    every = Every.parse(request.every)
    fitting = (
        count
        for count in range(request.installments - 1, 0, -1)
        if every.after(first_on, count - 1) <= latest
    )
    raise DomainError(
        "plan_too_long", field="installments", rule="P01", most=next(fitting, 1), months=LEGAL_CAP_MONTHS
    )
