"""When somebody is away: whole business days, from today on and for a year at most."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from portal.domain.errors import DomainError

LONGEST: Final = timedelta(days=366)
HANDED_FOR: Final = timedelta(hours=2)
"""A case that a supervisor hands to somebody is theirs for so long: they did not ask for it and may not be looking."""


def absence_of(
    first: date, last: date, *, today: date, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """From the first day's beginning (``now``, where that is today) until the last day's end.

    Raises ``absence_over``, ``absence_reversed``, ``absence_too_long`` on ``last_on``.
    """
    if last < today:
        raise DomainError("absence_over", field="last_on")
    if last < first:
        raise DomainError("absence_reversed", field="last_on")
    if last - first > LONGEST or last - today > 2 * LONGEST:
        raise DomainError("absence_too_long", field="last_on")
    begins = now if first <= today else datetime.combine(first, time(), tzinfo=zone)
    return begins, datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
