"""Penalty on what is late: simple, never compounding, on overdue principal alone."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from portal.domain.day_counts import DayCount, days_part
from portal.domain.late_charges import claimable_penalty_pct
from portal.domain.loans import InstallmentFacts, LoanFacts, Pause
from portal.domain.rounding import Rounding


def accrued_penalty(
    loan: LoanFacts, installment: InstallmentFacts, *, on: date, is_running_while_paused: bool = False
) -> int:
    """Penalty that has grown since the book's ``as_of``, minor units, rounded once as the loan rounds.

    The book's own figure holds up to ``as_of``; from there on no more grows than can be claimed (rule P08). A pause (a plan in force)
    stops it unless policy says not.
    """
    start = max(loan.as_of, installment.due_on)
    principal = installment.outstanding.principal
    if on <= start or principal <= 0:
        return 0
    stretches = [(start, on)] if is_running_while_paused else unpaused(start, on, loan.pauses)
    parts, whole = _parts_of_year(loan.day_count, stretches)
    rate = _rate(claimable_penalty_pct(loan))
    return Rounding(loan.rounding).of(principal * rate.numerator * parts, rate.denominator * whole)


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


def _parts_of_year(day_count: str, stretches: Sequence[tuple[date, date]]) -> tuple[int, int]:
    """(parts, whole) by the loan's convention; 30/360 has no single day, and penalty on it counts real days of 365."""
    convention = DayCount(day_count)
    by_days = DayCount.ACT_365 if convention is DayCount.THIRTY_360 else convention
    counted = [days_part(by_days, first, last) for first, last in stretches]
    return sum(parts for parts, _ in counted), counted[0][1] if counted else 1


@lru_cache(maxsize=256)
def _rate(percent: Decimal) -> Fraction:
    """A year's; a book has few rates, and each is read for every late installment."""
    return Fraction(percent) / 100
