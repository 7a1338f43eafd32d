"""Days of the demo's past, told from today backwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.domain.calendar import BusinessCalendar
from portal.domain.policy import Policy, answer_by

_LATEST_HOUR = 23
_LOOK_BACK = 30


@dataclass(frozen=True, slots=True)
class DemoDays:
    """``now`` is the instant of the seed, in the lender's zone ``zone``."""

    now: datetime
    zone: ZoneInfo
    calendar: BusinessCalendar
    policy: Policy

    @property
    def today(self) -> date:
        return self.now.date()

    def back(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A time of day so many days ago; what would lie ahead is a little ago instead."""
        wanted = datetime.combine(self.back(days), time(hour, minute), tzinfo=self.zone)
        return min(wanted, self.ago(30))

    def ago(self, minutes: int) -> datetime:
        """So many minutes ago; never so close to midnight that an evening's work would end on another day."""
        wanted = self.now - timedelta(minutes=minutes)
        return wanted if wanted.hour < _LATEST_HOUR else wanted.replace(hour=_LATEST_HOUR - 1)

    def working_day_back(self, days: int) -> date:
        """The latest working day that is at least so many days ago."""
        day = self.back(days)
        while not self.calendar.is_working(day):
            day -= timedelta(days=1)
        return day

    def evening_due_next(self) -> datetime:
        """When to have signed so that the answer is due next of all, and not yet late."""
        return self._evening(back for back in range(_LOOK_BACK, -1, -1) if self._deadline(back) > self.now)

    def evening_due_last(self) -> datetime:
        """When to have signed so that the answer is late, but not for long."""
        return self._evening(back for back in range(_LOOK_BACK) if self._deadline(back) < self.now)

    def _evening(self, days_back: Iterator[int]) -> datetime:
        return self.at(next(days_back), 19, 40)

    def _deadline(self, days_back: int) -> datetime:
        return answer_by(self.at(days_back, 19, 40), self.policy, self.calendar)
