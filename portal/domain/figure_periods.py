"""Over what time figures are counted: whole days of the lender's time zone, from one to another, both included."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError

LONGEST: Final = timedelta(days=1100)
"""Three years and a little: whoever wants more asks twice."""
EARLIEST: Final = date(2000, 1, 1)


class Span(StrEnum):
    """What can be chosen."""

    MONTH = "month"
    """A calendar month: the one that is named, else the present one."""
    LAST_30 = "last_30"
    """Today and the 29 days before it."""
    QUARTER = "quarter"
    """The calendar quarter that today lies in."""
    YEAR = "year"
    """Twelve months up to today."""
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Period:
    """``first`` and ``last`` are business dates, both counted."""

    first: date
    last: date

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The first instant that counts and the first that does not; a day begins at 00:00 in the zone."""
        since = datetime.combine(self.first, time(), tzinfo=zone)
        until = datetime.combine(self.last + timedelta(days=1), time(), tzinfo=zone)
        return since.astimezone(UTC), until.astimezone(UTC)

    @property
    def is_month(self) -> bool:
        return self == month_of(self.first)


def month_of(day: date) -> Period:
    """The calendar month that a day lies in."""
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def month_named(text: str) -> Period:
    """``2026-10``. Raises ``month_unknown``."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not EARLIEST.year <= int(found[1]) <= 2100:
        raise DomainError("month_unknown", field="month")
    return month_of(date(int(found[1]), int(found[2]), 1))


def year_to(last: date) -> Period:
    """The twelve months that end with a day."""
    begins = _year_before(last) + timedelta(days=1)
    return Period(begins, last)


def quarter_of(day: date) -> Period:
    first = day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    return Period(first, month_of(first.replace(month=first.month + 2)).last)


def period_of(
    span: Span, *, today: date, month: str = "", first: date | None = None, last: date | None = None
) -> Period:
    """What was chosen, as days.

    Raises:
        DomainError: ``month_unknown``, ``first_day_missing``, ``last_day_missing``, ``days_turned_round``, ``days_too_early``,
            ``days_too_many``.

    """
    match span:
        case Span.MONTH:
            return month_named(month) if month.strip() else month_of(today)
        case Span.LAST_30:
            return Period(today - timedelta(days=29), today)
        case Span.QUARTER:
            return quarter_of(today)
        case Span.YEAR:
            return year_to(today)
        case Span.DATES:
            return _of_dates(first, last)


def offsets_of(period: Period, zone: tzinfo) -> Iterator[tuple[datetime, int]]:
    """How far local time is ahead of UTC, in seconds, and until when: one entry where the zone has no summer time."""
    since, until = period.bounds(zone)
    at, offset = since, _offset(since, zone)
    while at < until:
        step = min(at + timedelta(days=1), until)
        if _offset(step, zone) != offset:
            change = _change_between(at, step, zone)
            yield change, offset
            offset, step = _offset(change, zone), change
        at = step
    yield until, offset


def _of_dates(first: date | None, last: date | None) -> Period:
    if first is None:
        raise DomainError("first_day_missing", field="first")
    if last is None:
        raise DomainError("last_day_missing", field="last")
    if last < first:
        raise DomainError("days_turned_round", field="last")
    if first < EARLIEST:
        raise DomainError("days_too_early", field="first", earliest=EARLIEST.isoformat())
    if last - first > LONGEST:
        raise DomainError("days_too_many", field="last", most=LONGEST.days)
    return Period(first, last)


def _year_before(day: date) -> date:
    """A 29 February has a 28th in the year before it."""
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))


def _offset(at: datetime, zone: tzinfo) -> int:
    found = at.astimezone(zone).utcoffset()
    return 0 if found is None else int(found.total_seconds())


def _change_between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first whole second at which the offset is that of ``high``."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high
