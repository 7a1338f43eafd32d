"""What stops a contact."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Stop:
    """``rule`` is its id, ``because`` what in it says no, ``until`` the first moment at which it alone would agree (None: not known)."""

    rule: str
    because: str
    until: datetime | None = None


def start_of(day: date, like: datetime) -> datetime:
    """Midnight with which a day begins, in the zone of ``like``."""
    return datetime.combine(day, time(), tzinfo=like.tzinfo)


def next_day(at: datetime) -> datetime:
    """The midnight that follows."""
    return start_of(at.date() + timedelta(days=1), at)
