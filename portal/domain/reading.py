"""For how long something was in front of a reader: pauses do not count (rule P06)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """``counted`` seconds up to the last pause; ``since`` is when it went on, None while it is paused."""

    counted: int = 0
    since: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return self.since is None

    def seconds(self, now: datetime) -> int:
        """Whole seconds in front of the reader; a clock that was set back takes nothing away."""
        running = 0 if self.since is None else max(0, int((now - self.since).total_seconds()))
        return self.counted + running

    def left(self, wanted: int, now: datetime) -> int:
        """Whole seconds that remain of ``wanted``."""
        return max(0, wanted - self.seconds(now))

    def paused(self, now: datetime) -> "Reading":
        return Reading(self.seconds(now))

    def resumed(self, now: datetime) -> "Reading":
        return self if self.since is not None else Reading(self.counted, now)
