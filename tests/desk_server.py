"""The application as ``portal serve`` runs it, by a clock whose hands others move: what the simulation of a day at the desk kills."""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from portal import create_app
from portal.clock import Clock
from portal.config import from_environment
from tests.people import NOW

HANDS = "DESK_HANDS"
"""Names the file with the minutes that the clock is ahead of ``NOW``."""


@dataclass(frozen=True, slots=True)
class FileClock(Clock):
    """Stands at ``NOW`` and as many minutes as the file says."""

    file: Path = Path()

    def now(self) -> datetime:
        return NOW + timedelta(minutes=float(self.file.read_text() or 0))

    def today(self) -> date:
        return self.date_of(self.now())


if HANDS in os.environ:
    app = create_app(
        from_environment(), clock=FileClock(ZoneInfo("Asia/Shanghai"), file=Path(os.environ[HANDS]))
    )
