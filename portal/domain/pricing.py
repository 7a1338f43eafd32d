"""Pricing a plan from the loan's facts: the same facts, request, policy, calendar and day give the same
bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Final

from portal.domain.annualised_cost import METHOD_VERSION, find_annualised_cost
from portal.domain.calendar import BusinessCalendar, Every
from portal.domain.catch_up import draft_catch_up
from portal.domain.deferral import draft_deferral
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed, owed_on
from portal.domain.plan_dates import earliest_first_date, first_date, moved_dates, plan_dates
from portal.domain.plans import ArrearsTreatment, Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from portal.domain.policy import Policy
from portal.domain.reschedule import draft_reschedule
from portal.domain.schedules import MOST_INSTALLMENTS, Amortisation

ENGINE_VERSION: Final = "pricing/1"
"""Stored with every plan; raised whenever a figure could come out differently."""

_PERCENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PricingRules:
    """The rules in force on the day ``on``."""

    policy: Policy
    calendar: BusinessCalendar
    on: date


def price_plan(loan: LoanFacts, request: PlanRequest, rules: PricingRules) -> Plan:
    """The plan that ``request`` asks for.

    Raises ``nothing_overdue``, and what is wrong with the request on its field:
    ``installments_out_of_range``, ``deferral_out_of_range``, ``deferral_too_short``, ``period_unclear``,
    ``treatment_not_for_kind``, ``no_principal_left``, the codes of ``plan_dates.first_date`` and
    ``date_too_far``. Legal limits are ``legal_limits.refuse_beyond_law``'s to say.
    """
    owed = owed_on(loan, rules.on)
    draft = draft_plan(loan, owed, request, rules)
    rows = _plan_rows(draft, rules.calendar)
    return Plan(
        kind=request.kind,
        request=request,
        priced_on=rules.on,
        currency=loan.currency,
        arrears=owed.arrears.parts,
        advance=draft.advance,
        rows=rows,
        cost=_cost(draft, rules.on),
        running_rows=_running_rows(owed) if request.kind is PlanKind.CATCH_UP else (),
        notes=tuple(_notes(rows, request)),
        convention=_convention(loan, request, rules),
    )


def draft_plan(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    """The plan's payments on their reckoned dates, without cost and notes: what a search over many plans
    needs.
    """
    if request.kind is PlanKind.DEFER:
        return _draft_deferral(loan, owed, request, rules)
    if not 1 <= request.installments <= MOST_INSTALLMENTS:
        raise DomainError("installments_out_of_range", field="installments", maximum=MOST_INSTALLMENTS)
    first = first_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
    dates = plan_dates(first, request, request.installments)
    treatment = request.arrears_treatment
    if request.kind is PlanKind.CATCH_UP:
        return draft_catch_up(loan, owed, dates, treatment=treatment)
    return draft_reschedule(loan, owed, dates, every=Every.parse(request.every), treatment=treatment)


def _draft_deferral(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    most = rules.policy.max_terms[PlanKind.DEFER]
    if not 1 <= request.defer_periods <= most:
        raise DomainError("deferral_out_of_range", field="defer_periods", maximum=most)
    draft = draft_deferral(loan, owed, request)
    earliest = earliest_first_date(rules.on, rules.policy, rules.calendar)
    if draft.dates[0] < earliest:
        raise DomainError("deferral_too_short", field="defer_periods", earliest=earliest.isoformat())
    return draft


def _plan_rows(draft: Draft, calendar: BusinessCalendar) -> tuple[PlanRow, ...]:
    payments = zip(moved_dates(draft.dates, calendar), draft.parts, draft.left_after, strict=True)
    return tuple(
        PlanRow(
            number=number,
            due_on=moved.due_on,
            parts=parts,
            balance=left,
            date_moved_from=moved.moved_from,
            date_unchecked=moved.is_unchecked,
        )
        for number, (moved, parts, left) in enumerate(payments, start=1)
    )


def _running_rows(owed: Owed) -> tuple[PlanRow, ...]:
    repaid = accumulate(row.outstanding.principal for row in owed.coming)
    return tuple(
        PlanRow(row.number, row.due_on, row.outstanding, owed.coming_principal - paid, is_running=True)
        for row, paid in zip(owed.coming, repaid, strict=True)
    )


def _cost(draft: Draft, on: date) -> PlanCost:
    """On reckoned dates, since interest ignores a move for a holiday."""
    payments = [(day, part.total) for day, part in zip(draft.dates, draft.parts, strict=True)]
    cost = find_annualised_cost([(on, draft.financed)], payments)
    return PlanCost(
        total_paid=draft.total,
        beyond_principal=draft.total - draft.repays,
        annual_compound_pct=_two_places(cost.compound_pct) if cost else None,
        annual_simple_pct=_two_places(cost.simple_pct) if cost else None,
        method_version=METHOD_VERSION,
    )


def _two_places(pct: Decimal) -> str:
    return format(pct.quantize(_PERCENT) + 0, "f")


def _notes(rows: Sequence[PlanRow], request: PlanRequest) -> Iterator[str]:
    if len(rows) > 1 and rows[-1].due > max(row.due for row in rows[:-1]):
        yield "last_payment_larger"
    if request.arrears_treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        yield "arrears_in_first_payment"
    if any(row.date_moved_from for row in rows):
        yield "date_moved_holiday"
    if any(row.date_unchecked for row in rows):
        yield "dates_beyond_calendar"
    if request.arrears_treatment is ArrearsTreatment.CAPITALISED:
        yield "arrears_bear_interest"


def _convention(loan: LoanFacts, request: PlanRequest, rules: PricingRules) -> Mapping[str, str]:
    is_anew = request.kind is PlanKind.RESCHEDULE
    return {
        "amortisation": Amortisation.EQUAL_INSTALLMENT.value if is_anew else loan.amortisation,
        "interest_method": loan.interest_method,
        "day_count": loan.day_count,
        "rounding": loan.rounding,
        "every": loan.every if request.kind is PlanKind.DEFER else str(Every.parse(request.every)),
        "annual_rate_pct": format(loan.annual_rate_pct, "f"),
        "calendar": rules.calendar.version,
        "policy": rules.policy.version,
        "engine": ENGINE_VERSION,
    }
