"""Reports of figures: the month's for those who lead the desk, the year's as the risk evaluation that rule R03 wants."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from portal.domain.errors import DomainError
from portal.domain.figure_periods import Period, month_named, month_of, year_to


class ReportKind(StrEnum):
    """Which report."""

    MONTH = "month"
    YEAR = "year"
    """Twelve calendar months that end with the one that is named."""


def period_of_report(kind: ReportKind, month: str, *, today: date) -> Period:
    """The month ``2026-10``, or the twelve months that end with it. Raises ``month_unknown``, ``month_to_come``."""
    named = month_named(month)
    if named.first > today:
        raise DomainError("month_to_come", field="month")
    return named if kind is ReportKind.MONTH else year_to(named.last)


def months_of(period: Period) -> Iterator[Period]:
    """The calendar months of a period that begins and ends with one."""
    month = month_of(period.first)
    while month.first <= period.last:
        yield month
        month = month_of(_day_after(month.last))


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
