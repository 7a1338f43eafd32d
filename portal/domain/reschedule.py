"""``reschedule``: everything still owed, arrears included, in n new installments at the loan's own rate."""

from collections.abc import Sequence
from datetime import date

from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.drafts import Draft
from portal.domain.lent_anew import LentAnew, lend_anew
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding
from portal.domain.schedules import (
    Amortisation,
    Convention,
    InterestMethod,
    ScheduleTerms,
    amounts_on,
    schedule_of,
)
from portal.domain.spreading import placed, placed_sums
from portal.domain.upfront import Upfront


def draft_reschedule(
    loan: LoanFacts,
    owed: Owed,
    dates: Sequence[date],
    *,
    every: Every,
    treatment: ArrearsTreatment,
    upfront: Upfront | None = None,
) -> Draft:
    """Interest runs from today; what was owed beside principal bears none, unless it is capitalised."""
    anew = lend_anew(loan, owed, treatment=treatment, upfront=upfront)
    schedule = schedule_of(
        _terms(loan, anew.lent, owed.on, len(dates), every), moved_to=dates, is_first_by_days=True
    )
    extras = placed(anew.apart, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    return anew.draft(dates, schedule.rows, extras)


def reschedule_sums(
    loan: LoanFacts,
    anew: LentAnew,
    on: date,
    dates: Sequence[date],
    *,
    every: Every,
    treatment: ArrearsTreatment,
) -> Sequence[int]:
    """What ``draft_reschedule`` comes to each time, without the shares of the components."""
    amounts = amounts_on(_terms(loan, anew.lent, on, len(dates), every), dates, is_first_by_days=True)
    extras = placed_sums(anew.apart, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    return [
        principal + interest + extra for (principal, interest), extra in zip(amounts, extras, strict=True)
    ]


def _terms(loan: LoanFacts, lent: int, on: date, count: int, every: Every) -> ScheduleTerms:
    return ScheduleTerms(
        principal=lent,
        annual_rate_pct=loan.annual_rate_pct,
        installments=count,
        every=every,
        disbursed_on=on,
        currency=loan.currency,
        convention=convention_of(loan),
    )


def convention_of(loan: LoanFacts, amortisation: Amortisation = Amortisation.EQUAL_INSTALLMENT) -> Convention:
    """The loan's own convention with the policy's amortisation, which is equal installments by default."""
    return Convention(
        day_count=DayCount(loan.day_count),
        amortisation=amortisation,
        interest_method=InterestMethod(loan.interest_method),
        rounding=Rounding(loan.rounding),
        multiple=loan.multiple,
    )
