"""The limitation period of a debt (rule L01): when it ends, what restarts it, when a warning must stand.

Civil Code 188, 189, 192, 195, 201-203; judicial provisions on limitation of actions 8, 14, 17, 19.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.domain.calendar import BusinessCalendar, add_months
from portal.domain.loans import LoanFacts

CN_YEARS: Final = 3


class Cause(StrEnum):
    """Acts that restart the period, by the names under which they are recorded."""

    PLAN_SIGNED = "plan_signed"
    PART_PAYMENT = "part_payment"
    REQUEST_FOR_TIME = "request_for_time"
    DEMAND_DELIVERED = "demand_delivered"
    ASSIGNMENT_NOTICE = "assignment_notice"


class Ground(StrEnum):
    """Art. 195: the creditor demands (1), the debtor agrees to perform (2)."""

    CREDITOR_DEMANDS = "creditor_demands"
    DEBTOR_AGREES = "debtor_agrees"


GROUNDS: Final = {
    Cause.PLAN_SIGNED: Ground.DEBTOR_AGREES,
    Cause.PART_PAYMENT: Ground.DEBTOR_AGREES,
    Cause.REQUEST_FOR_TIME: Ground.DEBTOR_AGREES,
    Cause.DEMAND_DELIVERED: Ground.CREDITOR_DEMANDS,
    Cause.ASSIGNMENT_NOTICE: Ground.CREDITOR_DEMANDS,
}


@dataclass(frozen=True, slots=True)
class Interruption:
    """``has_arrived``: a demand or a notice counts from its arrival, or the day on which it should have
    arrived.
    """

    on: date
    cause: Cause
    has_arrived: bool = True

    @property
    def ground(self) -> Ground:
        return GROUNDS[self.cause]

    @property
    def counts(self) -> bool:
        return self.has_arrived or self.ground is Ground.DEBTOR_AGREES


@dataclass(frozen=True, slots=True)
class Limitation:
    """``expires_on`` is the last day on which the period still runs; ``runs_from`` the day it last began.

    ``after_expiry`` are acts that came too late to restart it. Whether one of them gives the defence up is
    for a court to say; the warning stays. ``is_unchecked``: no published calendar says whether the last day
    is a working day.
    """

    runs_from: date
    restarted_by: Cause | None
    expires_on: date
    is_unchecked: bool
    after_expiry: Sequence[Interruption] = ()

    def is_over(self, on: date) -> bool:
        """Time-barred: signing a plan or paying now may give up the defence, so a neutral warning must
        stand.
        """
        return on > self.expires_on


def limitation_of(
    loan: LoanFacts, interruptions: Iterable[Interruption] = (), *, calendar: BusinessCalendar | None = None
) -> Limitation:
    """The loan's period as its book and the recorded acts tell it; payments in the book are acts too, rows of nothing are none.

    A loan without installments counts from the day it was paid out.
    """
    paid = [Interruption(paid_on, Cause.PART_PAYMENT) for _, paid_on, amount in loan.payments if amount > 0]
    due_dates = [row.due_on for row in loan.installments] or [loan.disbursed_on]
    return limitation(due_dates, [*paid, *interruptions], calendar=calendar)


def limitation(
    due_dates: Sequence[date],
    interruptions: Iterable[Interruption] = (),
    *,
    calendar: BusinessCalendar | None = None,
    years: int = CN_YEARS,
) -> Limitation:
    """Runs from the last due date (art. 189), and anew from each act that comes while it runs."""
    runs_from, cause = max(due_dates), None
    expires_on, is_unchecked = expiry(runs_from, calendar=calendar, years=years)
    too_late: list[Interruption] = []
    for act in sorted((act for act in interruptions if act.counts), key=lambda act: act.on):
        if act.on > expires_on:
            too_late.append(act)
        elif act.on > runs_from:
            runs_from, cause = act.on, act.cause
            expires_on, is_unchecked = expiry(runs_from, calendar=calendar, years=years)
    return Limitation(runs_from, cause, expires_on, is_unchecked, tuple(too_late))


def expiry(
    runs_from: date, *, calendar: BusinessCalendar | None = None, years: int = CN_YEARS
) -> tuple[date, bool]:
    """(last day of the period, whether no calendar could check it).

    The same day ``years`` later, or the last of a shorter month (art. 202); a last day off work moves to
    the next working day (art. 203).
    """
    return last_day_of(add_months(runs_from, years * 12), calendar)


def last_day_of(on: date, calendar: BusinessCalendar | None) -> tuple[date, bool]:
    return (on, True) if calendar is None else calendar.next_working(on)
