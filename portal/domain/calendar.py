"""Periods, due dates that keep their anchor day, and the working days of a published calendar."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from portal.domain.errors import DomainError

LAST_YEAR: Final = 2199
"""No date of a schedule lies beyond this year."""

_MONTHS_IN_YEAR: Final = 12
_DAYS: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_SATURDAY: Final = 5
_LARGEST_COUNT: Final = 366
_EVERY: Final = re.compile(r"(\d{1,3}) (day|week|month|year)s?", re.ASCII | re.IGNORECASE)


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Every:
    """The time from one installment to the next: ``Every(15, Unit.DAY)``."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str, *, field: str | None = "every") -> "Every":
        """``1 month``, ``15 days``, ``2 weeks``, ``1 year``; raises ``period_unclear``."""
        match = _EVERY.fullmatch(text.strip())
        if match is None or not 1 <= int(match[1]) <= _LARGEST_COUNT:
            raise DomainError("period_unclear", field=field)
        return cls(int(match[1]), Unit(match[2].lower()))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}" if self.count == 1 else f"{self.count} {self.unit}s"

    @property
    def months(self) -> int:
        """Whole months in one period; 0 where it is made of days or weeks."""
        match self.unit:
            case Unit.MONTH:
                return self.count
            case Unit.YEAR:
                return self.count * _MONTHS_IN_YEAR
            case Unit.DAY | Unit.WEEK:
                return 0

    @property
    def days(self) -> int:
        """Days in one period; 0 where it is made of months."""
        match self.unit:
            case Unit.DAY:
                return self.count
            case Unit.WEEK:
                return self.count * 7
            case Unit.MONTH | Unit.YEAR:
                return 0

    def after(self, anchor: date, periods: int = 1) -> date:
        """``anchor`` plus so many periods, counted from the anchor so that a month end never drifts.

        Raises ``date_too_far`` beyond ``LAST_YEAR``.
        """
        if self.months:
            return add_months(anchor, self.months * periods)
        return _in_reach(anchor.toordinal() + self.days * periods)


@lru_cache(maxsize=1 << 14)
def add_months(anchor: date, months: int) -> date:
    """The anchor's day so many months on, or the last day of a shorter month (31 Jan, 29 Feb, 31 Mar).

    Remembered: the schedules of one day share their dates.
    """
    year, month = divmod(anchor.year * _MONTHS_IN_YEAR + anchor.month - 1 + months, _MONTHS_IN_YEAR)
    if not 1 <= year <= LAST_YEAR:
        raise DomainError("date_too_far", last_year=LAST_YEAR)
    if anchor.day > (last := last_day(year, month + 1)):
        return date(year, month + 1, last)
    return date(year, month + 1, anchor.day)


def last_day(year: int, month: int) -> int:
    """28 to 31."""
    return _DAYS[month] + (month == _FEBRUARY and calendar.isleap(year))


def due_dates(first: date, every: Every, count: int, *, start: int = 0) -> list[date]:
    """``count`` dates from ``start`` periods after ``first`` on, each reckoned from the first and never from the
    one before.
    """
    periods = range(start, start + count)
    if months := every.months:
        return [add_months(first, months * period) for period in periods]
    return [every.after(first, period) for period in periods]


def day_in_month(year: int, month: int, day_of_month: int) -> date:
    """The chosen day (1 to 28, or 0 for the last) of a month."""
    last = last_day(year, month)
    return date(year, month, last if day_of_month == 0 else min(day_of_month, last))


def next_day_of_month(on_or_after: date, day_of_month: int) -> date:
    """The chosen day (1 to 28, or 0 for the last of the month) on or after a date."""
    chosen = day_in_month(on_or_after.year, on_or_after.month, day_of_month)
    if chosen >= on_or_after:
        return chosen
    following = add_months(on_or_after.replace(day=1), 1)
    return day_in_month(following.year, following.month, day_of_month)


def _in_reach(ordinal: int) -> date:
    if not 1 <= ordinal <= date(LAST_YEAR, 12, 31).toordinal():
        raise DomainError("date_too_far", last_year=LAST_YEAR)
    return date.fromordinal(ordinal)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Working days as published for ``first_year`` up to and including ``covers_to``.

    ``holidays`` are the statutory days off, ``workdays`` the weekend days worked in exchange. Outside of the
    published time nobody knows which days are worked: nothing moves there, and the answer says so (rule P13).
    """

    version: str
    first_year: int
    covers_to: date
    holidays: frozenset[date]
    workdays: frozenset[date]

    @classmethod
    def of(
        cls,
        version: str,
        *,
        first_year: int,
        covers_to: date,
        holidays: Iterable[date] = (),
        workdays: Iterable[date] = (),
    ) -> "BusinessCalendar":
        return cls(version, first_year, covers_to, frozenset(holidays), frozenset(workdays))

    def covers(self, day: date) -> bool:
        return self.first_year <= day.year and day <= self.covers_to

    def is_working(self, day: date) -> bool:
        """By the calendar where it covers the day, else by the weekday alone."""
        return day in self.workdays or (day.weekday() < _SATURDAY and day not in self.holidays)

    def next_working(self, day: date) -> tuple[date, bool]:
        """(the day itself or the next working day, whether the calendar left it unchecked).

        Where the search runs past the published time the day stays where it was, flagged.
        """
        moved = day
        while self.covers(moved):
            if self.is_working(moved):
                return moved, False
            moved += timedelta(days=1)
        return day, True

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; by weekdays alone past the calendar."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``."""
        days = range(1, (end - start).days + 1)
        return sum(self.is_working(start + timedelta(days=ahead)) for ahead in days)
