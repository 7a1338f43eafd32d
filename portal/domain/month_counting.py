"""Whole months between two dates, with month ends as a payment plan means them."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from itertools import pairwise


def month_end(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def is_on_anchor(on: date, anchor: int) -> bool:
    """The day of ``on`` is ``anchor``, or the last of a month that has no such day."""
    return on.day == min(anchor, month_end(on.year, on.month))


def months_back(on: date, months: int, anchor: int) -> date | None:
    """``months`` earlier on the day ``anchor`` (clamped to the month's end); None before the calendar
    begins.
    """
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(anchor, month_end(year, month + 1))) if year >= 1 else None


def whole_months(start: date, end: date) -> int | None:
    """Months from ``start`` to ``end`` where both keep one anchor day (31 Jan to 28 Feb: 1); else None."""
    anchor = max(start.day, end.day)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if months > 0 and is_on_anchor(start, anchor) and is_on_anchor(end, anchor) else None


def months_and_rest(start: date, end: date, anchor: int | None = None) -> tuple[int, date]:
    """Full months counted back from ``end``, and the date that they lead to, on or after ``start``.

    Counting keeps to ``anchor`` (by default the day of ``end``, or that of ``start`` where ``end`` is the
    last day of a month that is too short for it).
    """
    if anchor is None:
        anchor = start.day if whole_months(start, end) else end.day
    months = max(0, (end.year - start.year) * 12 + end.month - start.month)
    reached = months_back(end, months, anchor) if months else end
    if reached is None or reached < start:
        months -= 1
        reached = months_back(end, months, anchor) if months else end
    assert reached is not None
    return months, reached


def equal_months(dates: Sequence[date]) -> int | None:
    """The months between neighbours where they are the same everywhere, on one anchor day; else None."""
    anchor = max(on.day for on in dates)
    if not all(is_on_anchor(on, anchor) for on in dates):
        return None
    gaps = {(b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(dates)}
    return gaps.pop() if len(gaps) == 1 and 0 not in gaps else None


def equal_days(dates: Sequence[date]) -> int | None:
    """The days between neighbours where they are the same everywhere; else None."""
    gaps = {(b - a).days for a, b in pairwise(dates)}
    return gaps.pop() if len(gaps) == 1 else None
