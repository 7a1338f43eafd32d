"""Telling somebody by text message that something waits for them on the portal: never what, never how much (rules C01, C06, C12)."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Final

from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind

QUIET_FROM: Final = time(USUAL_HOURS.last)
QUIET_UNTIL: Final = time(USUAL_HOURS.first)
STOPPED_BY: Final = frozenset({HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED})
"""A notice is an answer, not collection: other holds let it through. These say that the number's owner is not to be written to."""


def notice_due(now: datetime, hours: ContactHours = USUAL_HOURS) -> datetime:
    """``now`` in the borrower's zone, or the next moment within the hours that they want or agreed to (rule C02)."""
    return hours.opens(now)


def unwanted_channel(wishes: ContactWishes, channel: Channel) -> bool:
    """Whether the borrower does not want to hear from us this way."""
    return channel not in wishes.channels


def stopping_hold(running: Collection[HoldKind]) -> HoldKind | None:
    """The hold that forbids even a notice; None where it may go."""
    return min(STOPPED_BY & set(running), default=None)
