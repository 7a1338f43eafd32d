"""Penalty on what is late: simple, never compounding, on overdue principal alone."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from portal.domain.day_counts import DayCount, days_part
from portal.domain.loans import InstallmentFacts, LoanFacts, Pause
from portal.domain.rounding import Rounding


def accrued_penalty(
    loan: LoanFacts, installment: InstallmentFacts, *, on: date, is_running_while_paused: bool = False
) -> int:
    """Penalty that has grown since the book's ``as_of``, minor units, rounded once as the loan rounds.

    The book's own figure holds up to ``as_of``. A pause (a plan in force) stops it unless policy says not.
    """
    start = max(loan.as_of, installment.due_on)
    principal = installment.outstanding.principal
    if on <= start or principal <= 0:
        return 0
    stretches = [(start, on)] if is_running_while_paused else unpaused(start, on, loan.pauses)
    years = sum((_years(loan.day_count, first, last) for first, last in stretches), Fraction())
    rate = Fraction(loan.penalty_rate_pct) / 100
    return Rounding(loan.rounding).of_fraction(principal * rate * years)


def paused_days(start: date, end: date, pauses: Iterable[Pause]) -> int:
    """Days of [start, end) that lie in a pause; overlapping pauses count once."""
    return (end - start).days - sum((last - first).days for first, last in unpaused(start, end, pauses))


def unpaused(start: date, end: date, pauses: Iterable[Pause]) -> Sequence[tuple[date, date]]:
    """The stretches of [start, end) outside every pause, in order."""
    stretches: list[tuple[date, date]] = []
    free_from = start
    for pause in sorted(pauses, key=lambda pause: pause.start):
        until = end if pause.end is None else pause.end
        if pause.start >= end or until <= max(pause.start, free_from):
            continue
        if free_from < pause.start:
            stretches.append((free_from, pause.start))
        free_from = until
    if free_from < end:
        stretches.append((free_from, end))
    return stretches


def _years(day_count: str, start: date, end: date) -> Fraction:
    """By the loan's convention; 30/360 has no single day, and penalty on it counts real days of 365."""
    convention = DayCount(day_count)
    by_days = DayCount.ACT_365 if convention is DayCount.THIRTY_360 else convention
    return Fraction(*days_part(by_days, start, end))
