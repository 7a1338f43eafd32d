"""``interest_only``: k periods of interest alone on everything lent, then the loan's own installments as before.

The pay days are the loan's own. The first k that are still possible take the interest of all principal
outstanding, overdue or not; then the unpaid installments follow in their order, the overdue ones first, each with
its own principal. So the whole schedule moves by k periods, and by the ones that were missed. Installments not yet
due keep the interest and fees that the book states; overdue ones bear one period's interest on the balance again,
for the time until they are paid; their old interest, with penalty and fees, is arrears and bears none.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount, period_parts
from portal.domain.deferral import pay_days
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.owed import Owed
from portal.domain.period_factors import PeriodFactors
from portal.domain.plans import ArrearsTreatment, PlanRequest
from portal.domain.rounding import Rounding
from portal.domain.spreading import added, kept, placed, refuse_capitalised, waived, without_principal


def draft_interest_only(loan: LoanFacts, owed: Owed, request: PlanRequest, *, earliest: date) -> Draft:
    """Raises ``no_principal_left``, and ``no_interest_to_pay`` where a period bears none."""
    treatment, rounding = request.arrears_treatment, Rounding(loan.rounding)
    refuse_capitalised(treatment)
    if owed.principal <= 0:
        raise DomainError("no_principal_left", field="kind")
    beside = without_principal(owed.arrears.parts) + Components(interest=owed.accrued)
    moving = [row for row in loan.installments if not row.is_met]
    dates = _dates(loan, request.interest_periods, earliest)
    interest, own = _parts(loan, owed, moving, dates, rounding)
    if not all(interest):
        raise DomainError("no_interest_to_pay", field="kind")
    alone = [Components(interest=part) for part in interest]
    parts = _with_arrears(alone, own, kept(beside, treatment), treatment=treatment, rounding=rounding)
    repaid = accumulate(part.principal for part in parts)
    advance = owed.principal + kept(beside, treatment).total
    left = [owed.principal - sum_ for sum_ in repaid]
    return Draft(dates, parts, left, advance, advance, owed.principal, waived=waived(beside, treatment))


def _dates(loan: LoanFacts, periods: int, earliest: date) -> list[date]:
    """The loan's own pay days from ``earliest`` on: k of them, then those of the unpaid installments."""
    unmet = [at for at, row in enumerate(loan.installments) if not row.is_met]
    start = _first_possible(loan, unmet[0], earliest)
    shift = start - unmet[0] + periods
    line = pay_days(loan, unmet[-1] + shift + 1)
    return [*line[start : start + periods], *(line[at + shift] for at in unmet)]


def _first_possible(loan: LoanFacts, start: int, earliest: date) -> int:
    """Which pay day of the loan, counted from 0 and not before ``start``, is the first on or after ``earliest``."""
    while pay_days(loan, start + 1)[start] < earliest:
        start += 1
    return start


def _parts(
    loan: LoanFacts,
    owed: Owed,
    moving: Sequence[InstallmentFacts],
    dates: Sequence[date],
    rounding: Rounding,
) -> tuple[list[int], list[Components]]:
    """(interest of each period of interest alone, the installments after them)."""
    parts, whole = period_parts(
        DayCount(loan.day_count), Every.parse(loan.every), [owed.on, *dates], is_first_by_days=True
    )
    factors = PeriodFactors.of(loan.annual_rate_pct, parts, whole)
    alone = len(dates) - len(moving)
    interest = [factors.interest(owed.principal, period, rounding) for period in range(alone)]
    late = {row.number for row in owed.arrears.installments}
    own, balance = [], owed.principal
    for period, row in enumerate(moving, start=alone):
        again = Components(row.outstanding.principal, factors.interest(balance, period, rounding))
        own.append(again if row.number in late else row.outstanding)
        balance -= row.outstanding.principal
    return interest, own


def _with_arrears(
    alone: Sequence[Components],
    own: Sequence[Components],
    beside: Components,
    *,
    treatment: ArrearsTreatment,
    rounding: Rounding,
) -> list[Components]:
    """Arrears beside principal are spread over the installments; or come with the first payment of all."""
    if treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        return [alone[0] + beside, *alone[1:], *own]
    return [*alone, *added(own, placed(beside, len(own), treatment=treatment, rounding=rounding))]
