"""Telling somebody by text message that something waits for them on the portal: never what, never how much (rules C01, C06, C12)."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Final

from portal.domain.holds import HoldKind

QUIET_FROM: Final = time(22)
QUIET_UNTIL: Final = time(8)
STOPPED_BY: Final = frozenset({HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED})
"""A notice is an answer, not collection: other holds let it through. These say that the number's owner is not to be written to."""


def notice_due(now: datetime) -> datetime:
    """``now`` in the borrower's zone, or the next morning's ``QUIET_UNTIL`` where it falls into the quiet hours."""
    if QUIET_UNTIL <= now.time() < QUIET_FROM:
        return now
    morning = now.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    return morning if now.time() < QUIET_UNTIL else morning + timedelta(days=1)


def stopping_hold(running: Collection[HoldKind]) -> HoldKind | None:
    """The hold that forbids even a notice; None where it may go."""
    return min(STOPPED_BY & set(running), default=None)
