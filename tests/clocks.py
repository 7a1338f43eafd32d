"""A clock that moves when a test says so."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.clock import Clock
from tests.people import NOW


class HandClock(Clock):
    """Stands at ``NOW`` until it is moved on."""

    def __init__(self, start: datetime = NOW) -> None:
        super().__init__(ZoneInfo("Asia/Shanghai"))
        object.__setattr__(self, "instant", start)

    def now(self) -> datetime:
        instant: datetime = object.__getattribute__(self, "instant")
        return instant

    def today(self) -> date:
        return self.date_of(self.now())

    def move_on(self, **by: float) -> None:
        """``move_on(minutes=6)``"""
        object.__setattr__(self, "instant", self.now() + timedelta(**by))
