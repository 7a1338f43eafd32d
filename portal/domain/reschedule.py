"""``reschedule``: everything still owed, arrears included, in n new installments at the loan's own rate."""

from collections.abc import Sequence
from datetime import date

from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.drafts import Draft
from portal.domain.lent_anew import lend_anew
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding
from portal.domain.schedules import (
    Amortisation,
    Convention,
    InterestMethod,
    Schedule,
    ScheduleTerms,
    schedule_of,
)
from portal.domain.spreading import placed
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
    schedule = _schedule(loan, anew.lent, owed.on, dates, every)
    extras = placed(anew.apart, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    return anew.draft(dates, schedule.rows, extras)


def _schedule(loan: LoanFacts, lent: int, on: date, dates: Sequence[date], every: Every) -> Schedule:
    terms = ScheduleTerms(
        principal=lent,
        annual_rate_pct=loan.annual_rate_pct,
        installments=len(dates),
        every=every,
        disbursed_on=on,
        currency=loan.currency,
        convention=convention_of(loan),
    )
    return schedule_of(terms, moved_to=dates, is_first_by_days=True)


def convention_of(loan: LoanFacts, amortisation: Amortisation = Amortisation.EQUAL_INSTALLMENT) -> Convention:
    """The loan's own convention with the policy's amortisation, which is equal installments by default."""
    return Convention(
        day_count=DayCount(loan.day_count),
        amortisation=amortisation,
        interest_method=InterestMethod(loan.interest_method),
        rounding=Rounding(loan.rounding),
        multiple=loan.multiple,
    )
