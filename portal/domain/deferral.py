"""``defer``: the overdue installments and the following ones move by k periods."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from portal.domain.calendar import Every, add_months, last_day
from portal.domain.day_counts import DayCount, days_part
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.month_counting import is_on_anchor
from portal.domain.owed import Owed
from portal.domain.period_factors import PeriodFactors
from portal.domain.plans import DeferredInterest, PlanRequest
from portal.domain.rounding import Rounding
from portal.domain.spreading import added, kept, placed, refuse_capitalised, waived, without_principal


def draft_deferral(loan: LoanFacts, owed: Owed, request: PlanRequest) -> Draft:
    """Each unmet installment takes the date of the k-th after it.

    The loan's own amounts stay; arrears beside principal follow the request's treatment. Interest of the time
    gained is as ``request.deferred_interest`` says: paid with each installment (RUNS), all with the last
    (RUNS_AND_PAID_AT_END), or none (STOPS).
    """
    moving = _moving(loan)
    dates = deferred_dates(loan, request.defer_periods)
    treatment = request.arrears_treatment
    refuse_capitalised(treatment)
    beside = kept(without_principal(owed.arrears.parts), treatment)
    extras = placed(beside, len(moving), treatment=treatment, rounding=Rounding(loan.rounding))
    rows = added(_own_parts(moving, owed), extras)
    gained = _gained_interest(loan, moving, dates, owed.on, request.deferred_interest)
    parts = added(rows, [Components(interest=interest) for interest in gained])
    repaid = accumulate(row.outstanding.principal for row in moving)
    advance = owed.principal + beside.total + owed.accrued
    left = [owed.principal - sum_ for sum_ in repaid]
    given_up = waived(without_principal(owed.arrears.parts), treatment)
    return Draft(dates, parts, left, advance, advance, owed.principal, waived=given_up)


def deferred_dates(loan: LoanFacts, periods: int) -> list[date]:
    """The dates of the unmet installments, moved along the loan's own schedule and beyond its end."""
    line = pay_days(loan, len(loan.installments) + periods)
    return [line[at + periods] for at, row in enumerate(loan.installments) if not row.is_met]


def reaches(loan: LoanFacts, periods: int, earliest: date) -> bool:
    """Whether nothing falls due before ``earliest`` once the dates have moved so far."""
    try:
        return all(day >= earliest for day in deferred_dates(loan, periods)[:1])
    except DomainError:  # ``date_too_far``
        return False


def pay_days(loan: LoanFacts, count: int) -> list[date]:
    """The loan's own due dates and, where more are asked for, those that would follow them."""
    dates = [row.due_on for row in loan.installments]
    every = Every.parse(loan.every)
    anchor_day = _anchor_day(dates)
    ahead = range(1, count - len(dates) + 1)
    return [*dates, *(_beyond(dates[-1], every, periods, anchor_day) for periods in ahead)]


def _anchor_day(dates: Sequence[date]) -> int:
    """The day of the month that the schedule keeps to, month ends included; a date that was moved for a holiday
    does not count.
    """
    latest = max(day.day for day in dates)
    if all(is_on_anchor(day, latest) for day in dates):
        return latest
    return Counter(day.day for day in dates).most_common(1)[0][0]


def _beyond(last: date, every: Every, ahead: int, anchor_day: int) -> date:
    """So many periods after the last date, on the schedule's anchor day where it is counted in months."""
    if not every.months:
        return every.after(last, ahead)
    month = add_months(last.replace(day=1), every.months * ahead)
    return month.replace(day=min(anchor_day, last_day(month.year, month.month)))


def _moving(loan: LoanFacts) -> list[InstallmentFacts]:
    return [row for row in loan.installments if not row.is_met]


def _own_parts(moving: Sequence[InstallmentFacts], owed: Owed) -> list[Components]:
    """Overdue installments with their principal alone, the following ones as they stand."""
    late = {row.number for row in owed.arrears.installments}
    return [
        Components(principal=row.outstanding.principal) if row.number in late else row.outstanding
        for row in moving
    ]


def _gained_interest(
    loan: LoanFacts,
    moving: Sequence[InstallmentFacts],
    dates: Sequence[date],
    on: date,
    way: DeferredInterest,
) -> list[int]:
    if way is DeferredInterest.STOPS:
        return [0] * len(moving)
    pairs = zip(moving, dates, strict=True)
    grown = [_interest_between(loan, row, max(row.due_on, on), new) for row, new in pairs]
    if way is DeferredInterest.RUNS:
        return grown
    return [0] * (len(grown) - 1) + [sum(grown)]


def _interest_between(loan: LoanFacts, row: InstallmentFacts, start: date, end: date) -> int:
    part, whole = days_part(DayCount(loan.day_count), start, end)
    factor = PeriodFactors.of(loan.annual_rate_pct, [max(0, part)], whole)
    return factor.interest(row.outstanding.principal, 0, Rounding(loan.rounding))
