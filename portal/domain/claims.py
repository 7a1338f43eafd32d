"""Who is deciding a case: a lease that its holder's open page keeps alive (`proposal.md`, Claim and race)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LEASE: Final = timedelta(minutes=15)
HELD_AT_MOST: Final = 5
"""So many undecided cases somebody may hold before the next one is one of their own: whoever clicks on does not empty the queue."""
DOUBLE_CLICK: Final = timedelta(seconds=5)
"""Asked for the next case twice within this time, one gets the same case."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds a case and until when; nobody where the lease ran out."""

    holder_id: int | None = None
    until: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.holder_id is not None and self.until is not None and self.until > now

    def is_held_by(self, staff_id: int | None, now: datetime) -> bool:
        return self.is_live(now) and self.holder_id == staff_id
