"""Day counts: which part of a year lies between two dates."""

import calendar
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import lcm
from typing import Final

from portal.domain.calendar import Every

_YEARS: Final = lcm(365, 366)


class DayCount(StrEnum):
    """How days become parts of a year.

    ``act/act`` splits a period at 31 December, as Apache Fineract does: the days up to that day are parts of
    their own year of 365 or 366, the days after it parts of the next.
    """

    THIRTY_360 = "30/360"
    ACT_365 = "act/365"
    ACT_360 = "act/360"
    ACT_ACT = "act/act"
    ACT_364 = "act/364"


_DAYS_IN_YEAR: Final = {
    DayCount.THIRTY_360: 360,
    DayCount.ACT_365: 365,
    DayCount.ACT_360: 360,
    DayCount.ACT_ACT: _YEARS,
    DayCount.ACT_364: 364,
}


def period_parts(
    day_count: DayCount, every: Every, bounds: Sequence[date], *, is_first_by_days: bool = False
) -> tuple[list[int], int]:
    """(parts, whole): from ``bounds[i]`` to ``bounds[i + 1]`` lie ``parts[i] / whole`` of a year.

    Under 30/360 a period of months is that many twelfths of a year whatever its real days, moved and first
    dates included (Apache Fineract's figure, case FIN-EMI-08); periods of days and weeks count real days.
    With ``is_first_by_days`` the first period, which a plan begins on any day, is counted in days of 30/360.
    """
    if day_count is DayCount.THIRTY_360 and every.months:
        regular = [every.months * 30] * (len(bounds) - 1)
        return ([_days_of_thirty(*bounds[:2]), *regular[1:]] if is_first_by_days else regular), 360
    pairs = pairwise(bounds)
    if day_count is DayCount.ACT_ACT:
        return [_split_by_year(start, end) for start, end in pairs], _YEARS
    return [(end - start).days for start, end in pairs], _DAYS_IN_YEAR[day_count]


def days_part(day_count: DayCount, start: date, end: date) -> tuple[int, int]:
    """(part, whole) of a year between two dates, for interest and penalty that run by the day."""
    if day_count is DayCount.ACT_ACT:
        return _split_by_year(start, end), _YEARS
    if day_count is DayCount.THIRTY_360:
        return _days_of_thirty(start, end), 360
    return (end - start).days, _DAYS_IN_YEAR[day_count]


def _days_of_thirty(start: date, end: date) -> int:
    """30E/360: a 31st counts as the 30th."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + min(end.day, 30) - min(start.day, 30)


def _split_by_year(start: date, end: date) -> int:
    parts, at = 0, start
    for year in range(start.year, end.year):
        stop = date(year, 12, 31)
        parts += (stop - at).days * _parts_of_day(year)
        at = stop
    return parts + (end - at).days * _parts_of_day(end.year)


def _parts_of_day(year: int) -> int:
    return _YEARS // (366 if calendar.isleap(year) else 365)
