"""Days as ordinals, taken apart by a table: from 1900 to the last year of a schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Final, Self

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Ints
from portal.domain.calendar import LAST_YEAR, BusinessCalendar
from portal.domain.day_counts import DayCount, days_part

FIRST: Final = date(1900, 1, 1).toordinal()
LAST: Final = date(LAST_YEAR, 12, 31).toordinal()
_FROM_EPOCH: Final = date(1970, 1, 1).toordinal()
_MONTHS_TO_EPOCH: Final = 1970 * 12


@dataclass(frozen=True)
class DayTable:
    """By day from ``FIRST`` on: the month counted from year 0, the day in it, how many days it has, and the parts of years under act/act
    up to and with that day. By month, from the first one on: where it begins.
    """

    month: Ints
    day: Ints
    month_length: Ints
    parts_to: Ints
    month_start: Ints
    first_month: int

    @classmethod
    def made(cls) -> Self:
        days = np.arange(FIRST, LAST + 1) - _FROM_EPOCH
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        begins = months.astype("datetime64[D]").astype(np.int64)
        ends = (months + 1).astype("datetime64[D]").astype(np.int64)
        month = months.astype(np.int64) + _MONTHS_TO_EPOCH
        years = month // 12
        is_leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
        _, whole = days_part(DayCount.ACT_ACT, date(2001, 1, 1), date(2001, 1, 2))
        starts = np.flatnonzero(days == begins)
        return cls(
            month=month,
            day=days - begins + 1,
            month_length=ends - begins,
            parts_to=np.cumsum(whole // np.where(is_leap, 366, 365)),
            month_start=starts + FIRST,
            first_month=int(month[0]),
        )

    def months_on(self, last: Ints, months: Ints, anchor: Ints) -> Ints:
        """The day ``anchor`` of the month so many months after that of ``last``, or its end; beyond the table a day after ``LAST``."""
        at = self.month[last - FIRST] + months - self.first_month
        is_inside = at < len(self.month_start)
        start = self.month_start[np.where(is_inside, at, 0)]
        found = start + np.minimum(anchor, self.month_length[start - FIRST]) - 1
        return np.where(is_inside, found, LAST + 1)

    def is_on_anchor(self, days: Ints, anchor: Ints) -> Flags:
        """As ``month_counting.is_on_anchor``."""
        at = days - FIRST
        keeps: Flags = self.day[at] == np.minimum(anchor, self.month_length[at])
        return keeps

    def parts(self, day_count: DayCount, start: Ints, end: Ints) -> Ints:
        """The parts of ``day_counts.days_part``, from a day to one that is no earlier; other pairs give no more than 0."""
        first, last = start - FIRST, end - FIRST
        parts: Ints = last - first
        if day_count is DayCount.ACT_ACT:
            parts = self.parts_to[last] - self.parts_to[first]
        elif day_count is DayCount.THIRTY_360:
            months = self.month[last] - self.month[first]
            parts = months * 30 + np.minimum(self.day[last], 30) - np.minimum(self.day[first], 30)
        return parts


@cache
def day_table() -> DayTable:
    return DayTable.made()


def whole_year(day_count: DayCount) -> int:
    """What ``DayTable.parts`` are parts of."""
    return days_part(day_count, date(2001, 1, 1), date(2001, 1, 2))[1]


@lru_cache(maxsize=4)
def working_days(calendar: BusinessCalendar) -> Ints:
    """By day from ``FIRST`` on, the day that ``BusinessCalendar.next_working`` moves it to."""
    moved = np.arange(FIRST, LAST + 1)
    covered = range(
        max(FIRST, date(calendar.first_year, 1, 1).toordinal()), calendar.covers_to.toordinal() + 1
    )
    for ordinal in covered:
        moved[ordinal - FIRST] = calendar.next_working(date.fromordinal(ordinal))[0].toordinal()
    return moved


def ordinals(days: Sequence[date]) -> Ints:
    return np.array([day.toordinal() for day in days], dtype=np.int64)
