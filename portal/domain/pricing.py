"""Pricing a plan from the loan's facts: the same facts, request, policy, calendar and day give the same
bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Final

from portal.domain.annualised_cost import METHOD_VERSION, find_annualised_cost
from portal.domain.calendar import BusinessCalendar, Every
from portal.domain.drafting import draft_plan
from portal.domain.drafts import Draft
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed, owed_on
from portal.domain.plan_dates import moved_dates
from portal.domain.plans import (
    UPFRONT_NUMBER,
    ArrearsTreatment,
    Plan,
    PlanCost,
    PlanKind,
    PlanRequest,
    PlanRow,
)
from portal.domain.pricing_rules import PricingRules
from portal.domain.schedules import Amortisation

ENGINE_VERSION: Final = "pricing/3"
"""Stored with every plan; raised whenever a figure could come out differently."""

_PERCENT: Final = Decimal("0.01")


def price_plan(
    loan: LoanFacts, request: PlanRequest, rules: PricingRules, *, owed: Owed | None = None
) -> Plan:
    """The plan that ``request`` asks for. ``owed`` is ``owed_on`` the day, where it was worked out already.

    Raises ``nothing_overdue``, and what is wrong with the request on its field:
    ``kind_not_offered``, ``installments_out_of_range``, ``deferral_out_of_range``, ``deferral_too_short``,
    ``deferral_in_vain``, ``period_unclear``, ``treatment_not_for_kind``, ``upfront_not_for_kind``, ``upfront_too_large``,
    ``no_principal_left``, what the kind's own module raises, the codes of ``plan_dates`` and ``date_too_far``.
    Legal limits are ``legal_limits.refuse_beyond_law``'s to say.
    """
    owed = owed or owed_on(loan, rules.on)
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
        running_rows=_running_rows(owed) if request.kind.goes_beside else (),
        notes=tuple(_notes(rows, request)),
        convention=_convention(loan, request, rules),
        waived=draft.waived,
    )


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
        for number, (moved, parts, left) in enumerate(
            payments, start=UPFRONT_NUMBER if draft.has_upfront else 1
        )
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
    if _ends_larger([row.due for row in rows if not row.is_upfront], request):
        yield "last_payment_larger"
    if request.arrears_treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        yield "arrears_in_first_payment"
    if any(row.date_moved_from for row in rows):
        yield "date_moved_holiday"
    if any(row.date_unchecked for row in rows):
        yield "dates_beyond_calendar"
    if request.arrears_treatment is ArrearsTreatment.CAPITALISED:
        yield "arrears_bear_interest"
    if rows[0].is_upfront:
        yield "upfront_bears_no_interest"
    if request.kind is PlanKind.INTEREST_ONLY:
        yield "interest_first"
    if request.kind is PlanKind.SETTLEMENT:
        yield "rest_is_waived"


def _ends_larger(sums: Sequence[int], request: PlanRequest) -> bool:
    """By rounding; where payments rise or follow the loan's own schedule, a larger end is no surprise to explain."""
    is_of_one_size = request.kind not in {PlanKind.STEP_UP, PlanKind.INTEREST_ONLY}
    return is_of_one_size and len(sums) > 1 and sums[-1] > max(sums[:-1])


def _convention(loan: LoanFacts, request: PlanRequest, rules: PricingRules) -> Mapping[str, str]:
    is_anew = request.kind in {PlanKind.RESCHEDULE, PlanKind.STEP_UP}
    return {
        "amortisation": Amortisation.EQUAL_INSTALLMENT.value if is_anew else loan.amortisation,
        "interest_method": loan.interest_method,
        "day_count": loan.day_count,
        "rounding": loan.rounding,
        "every": loan.every if request.kind.moves_schedule else str(Every.parse(request.every)),
        "annual_rate_pct": format(loan.annual_rate_pct, "f"),
        "calendar": rules.calendar.version,
        "policy": rules.policy.version,
        "engine": ENGINE_VERSION,
    }
