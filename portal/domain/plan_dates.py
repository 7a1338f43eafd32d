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

LAST_DAY: Final = 0
"""As ``day_of_month``: the last day of each month."""

_LATEST_DAY: Final = 28
_FIRST_WITHIN_DAYS: Final = 62
"""A plan begins within two months; a longer pause is a ``defer``."""


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
    """The first payment's reckoned date: the chosen day on or after the earliest one.

    Raises ``day_of_month_unknown``, ``first_date_in_past``, ``first_date_too_early`` or
    ``first_date_too_late``.
    """
    earliest, latest = first_dates(on, policy, calendar)
    if request.first_on is not None:
        return _checked(request.first_on, on, earliest, latest)
    if not Every.parse(request.every).months:
        return earliest
    if not LAST_DAY <= request.day_of_month <= _LATEST_DAY:
        raise DomainError("day_of_month_unknown", field="day_of_month")
    return next_day_of_month(earliest, request.day_of_month)


def plan_dates(first: date, request: PlanRequest, count: int) -> list[date]:
    """Reckoned dates from ``first`` on; the last day of the month stays the last."""
    every = Every.parse(request.every)
    if request.day_of_month == LAST_DAY and request.first_on is None and every.months:
        months = due_dates(first.replace(day=1), every, count)
        return [next_day_of_month(month, LAST_DAY) for month in months]
    return due_dates(first, every, count)


def _checked(first_on: date, on: date, earliest: date, latest: date) -> date:
    if first_on <= on:
        raise DomainError("first_date_in_past", field="first_on")
    if first_on < earliest:
        raise DomainError("first_date_too_early", field="first_on", earliest=earliest.isoformat())
    if first_on > latest:
        raise DomainError("first_date_too_late", field="first_on", latest=latest.isoformat())
    return first_on


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
