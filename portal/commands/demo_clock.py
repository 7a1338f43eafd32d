"""The clock of the demo's past: it stands until it is set."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.clock import Clock


class DemoClock(Clock):
    """Everything that the demo's people did so far happened by this clock."""

    def __init__(self, zone: ZoneInfo, start: datetime) -> None:
        super().__init__(zone)
        self.set(start)

    def set(self, instant: datetime) -> None:
        object.__setattr__(self, "_instant", instant.astimezone(UTC))

    def pass_by(self, seconds: float) -> None:
        self.set(self.now() + timedelta(seconds=seconds))

    def now(self) -> datetime:
        instant: datetime = object.__getattribute__(self, "_instant")
        return instant

    def today(self) -> date:
        return self.date_of(self.now())
