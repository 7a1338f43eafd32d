"""What the list of calls can be narrowed to and ordered by: closed sets."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a loan that was never called, or that may be called from now on."""


class CallSort(StrEnum):
    """What was promised comes first whatever the order; what follows is ordered by this."""

    DAYS = "days"
    """By the day since which it is late, the earliest first."""
    SUM = "sum"
    LAST = "last"
    """By the last call, the longest ago first."""

    @property
    def is_descending(self) -> bool:
        return self is CallSort.SUM

    @property
    def needs_currency(self) -> bool:
        return self is CallSort.SUM


class Promised(StrEnum):
    """Whether something was promised and its time has come."""

    CALL_BACK = "call_back"
    PROMISE = "promise"
    NOTHING = "nothing"


class Shown(StrEnum):
    """``NOW``: without loans that rest after a call, are paused by a hold, or where something is promised for later."""

    NOW = "now"
    ALL = "all"
