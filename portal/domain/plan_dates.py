"""When a plan's payments fall: the lead that the lender needs, the chosen day, and the working day it moves
to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.domain.calendar import BusinessCalendar, Every, due_dates, next_day_of_month
from portal.domain.errors import DomainError
from portal.domain.plans import PlanRequest
from portal.domain.policy import Policy, latest_answer_day
from portal.domain.upfront import Upfront

LAST_DAY: Final = 0
"""As ``day_of_month``: the last day of each month."""

_LATEST_DAY: Final = 28
_FIRST_WITHIN_DAYS: Final = 62
"""A plan begins within two months; a longer pause is a ``defer``."""
_SUNDAY: Final = 7
_UPFRONT_WITHIN_DAYS: Final = 30
"""A sum up front is paid within a month, and monthly payments begin no earlier than a month from now after it."""


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A due date as it will be paid; ``moved_from`` where that is not the reckoned day (rule P13)."""

    due_on: date
    moved_from: date | None
    is_unchecked: bool


def earliest_first_date(on: date, policy: Policy, calendar: BusinessCalendar) -> date:
    """The policy's lead in working days after the latest day on which an answer is promised."""
    return calendar.add_working_days(latest_answer_day(on, policy, calendar), policy.lead_working_days)


def first_dates(on: date, policy: Policy, calendar: BusinessCalendar) -> tuple[date, date]:
    """The earliest and the latest day for a first payment of one's own choice."""
    earliest = earliest_first_date(on, policy, calendar)
    return earliest, earliest + timedelta(days=_FIRST_WITHIN_DAYS)


def first_date(request: PlanRequest, *, on: date, policy: Policy, calendar: BusinessCalendar) -> date:
    """The first installment's reckoned date: the chosen day, of the month or of the week, on or after the earliest one.

    Raises ``day_of_month_unknown``, ``weekday_unknown``, ``first_date_in_past``, ``first_date_too_early`` or
    ``first_date_too_late``.
    """
    earliest, latest = first_dates(on, policy, calendar)
    every = Every.parse(request.every)
    upfront = upfront_of(request, on=on, policy=policy, calendar=calendar)
    if upfront is not None:
        earliest = max(earliest, _after_upfront(upfront.on, on, every))
        latest = max(latest, earliest)
    if request.first_on is not None:
        return _checked(request.first_on, on, earliest, latest)
    if not every.months:
        return _next_weekday(earliest, request.weekday)
    if not LAST_DAY <= request.day_of_month <= _LATEST_DAY:
        raise DomainError("day_of_month_unknown", field="day_of_month")
    return next_day_of_month(earliest, request.day_of_month)


def promised_dates(on: date, policy: Policy, calendar: BusinessCalendar) -> tuple[date, date]:
    """The earliest and the latest day of a pay_by_date: after the promised answer, within the policy's days."""
    return latest_answer_day(on, policy, calendar) + timedelta(days=1), on + timedelta(
        days=policy.promise_days
    )


def promised_date(
    request: PlanRequest,
    *,
    on: date,
    policy: Policy,
    calendar: BusinessCalendar,
    field: str = "first_on",
) -> date:
    """The day by which everything in arrears is paid; the latest one where none is named.

    Raises ``promise_in_past``, ``promise_too_early`` or ``promise_too_late``.
    """
    earliest, latest = promised_dates(on, policy, calendar)
    if request.first_on is None:
        return latest
    return _checked(request.first_on, on, earliest, latest, code="promise", field=field)


def upfront_dates(on: date, policy: Policy, calendar: BusinessCalendar) -> tuple[date, date]:
    """The earliest and the latest day of a sum paid first."""
    earliest = earliest_first_date(on, policy, calendar)
    return earliest, max(earliest, on + timedelta(days=_UPFRONT_WITHIN_DAYS))


def upfront_of(
    request: PlanRequest, *, on: date, policy: Policy, calendar: BusinessCalendar
) -> Upfront | None:
    """The sum paid first with its day; raises ``upfront_in_past``, ``upfront_too_early`` or ``upfront_too_late``, on ``upfront_on``."""
    if not request.upfront_minor:
        return None
    earliest, latest = upfront_dates(on, policy, calendar)
    if request.upfront_on is None:
        return Upfront(request.upfront_minor, earliest)
    day = _checked(request.upfront_on, on, earliest, latest, code="upfront", field="upfront_on")
    return Upfront(request.upfront_minor, day)


def _after_upfront(paid_on: date, on: date, every: Every) -> date:
    """Monthly payments leave a month from today; the shorter ones one period after the sum was paid."""
    if every.months:
        return max(on + timedelta(days=_UPFRONT_WITHIN_DAYS), paid_on + timedelta(days=1))
    return every.after(paid_on)


def _next_weekday(earliest: date, weekday: int) -> date:
    """1 for Monday to 7 for Sunday; 0 leaves the day as it is."""
    if not 0 <= weekday <= _SUNDAY:
        raise DomainError("weekday_unknown", field="weekday")
    return earliest + timedelta(days=(weekday - earliest.isoweekday()) % 7 if weekday else 0)


def plan_dates(first: date, request: PlanRequest, count: int) -> list[date]:
    """Reckoned dates from ``first`` on; the last day of the month stays the last."""
    every = Every.parse(request.every)
    if request.day_of_month == LAST_DAY and request.first_on is None and every.months:
        months = due_dates(first.replace(day=1), every, count)
        return [next_day_of_month(month, LAST_DAY) for month in months]
    return due_dates(first, every, count)


def _checked(
    day: date, on: date, earliest: date, latest: date, *, code: str = "first_date", field: str = "first_on"
) -> date:
    if day <= on:
        raise DomainError(f"{code}_in_past", field=field, earliest=earliest.isoformat())
    if day < earliest:
        raise DomainError(f"{code}_too_early", field=field, earliest=earliest.isoformat())
    if day > latest:
        raise DomainError(f"{code}_too_late", field=field, latest=latest.isoformat())
    return day


def moved_dates(dates: Sequence[date], calendar: BusinessCalendar) -> list[MovedDate]:
    """Each date on its working day, strictly rising: where two would meet, the later takes the next working
    day.
    """
    moved: list[MovedDate] = []
    for reckoned in dates:
        due_on, is_unchecked = calendar.next_working(reckoned)
        while moved and due_on <= moved[-1].due_on:
            due_on, is_unchecked = calendar.next_working(moved[-1].due_on + timedelta(days=1))
        moved.append(MovedDate(due_on, None if due_on == reckoned else reckoned, is_unchecked))
    return moved
