"""What the queue can be narrowed to and ordered by: closed sets, their bounds, and when a promised time is near."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from portal.domain.arrears import CN_BUCKETS, Bucket
from portal.domain.money import EXPONENTS

NEAR: Final = timedelta(hours=2)
"""A promise is about to pass: the desk is warned."""
NOT_LATE: Final = Bucket("M0", 0, 0)
BUCKETS: Final[Mapping[str, Bucket]] = {bucket.code: bucket for bucket in (NOT_LATE, *CN_BUCKETS)}


class Alarm(StrEnum):
    """What the desk was told of a promised time: about to pass, or passed without an answer."""

    NEAR = "near"
    MISSED = "missed"


class Whose(StrEnum):
    """By who holds a case."""

    ALL = "all"
    FREE = "free"
    MINE = "mine"
    OTHERS = "others"


class Stage(StrEnum):
    """What a case waits for."""

    FIRST = "first"
    SECOND = "second"


class Due(StrEnum):
    """By the promised time. ``NEAR`` is within two hours; ``TODAY`` until the business day ends."""

    OVERDUE = "overdue"
    NEAR = "near"
    TODAY = "today"
    LATER = "later"


class Drafted(StrEnum):
    """By who filled it in."""

    BORROWER = "borrower"
    STAFF = "staff"
    ME = "me"


class SumBand(StrEnum):
    """By the sum under the plan, in whole units of its currency; the lower bound counts, the upper does not."""

    SMALL = "small"
    MIDDLE = "middle"
    LARGE = "large"
    HUGE = "huge"

    def bounds(self, currency: str) -> tuple[int, int | None]:
        """In minor units; no upper bound is None."""
        low, high = _MAJOR[self]
        scale = 10 ** EXPONENTS[currency]
        return low * scale, None if high is None else high * scale


_MAJOR: Final[Mapping[SumBand, tuple[int, int | None]]] = {
    SumBand.SMALL: (0, 5_000),
    SumBand.MIDDLE: (5_000, 20_000),
    SumBand.LARGE: (20_000, 50_000),
    SumBand.HUGE: (50_000, None),
}


class Sort(StrEnum):
    """The order: what is most urgent, largest or latest first, or the other way round."""

    DEADLINE = "deadline"
    SUM = "sum"
    SUM_UP = "sum_up"
    DPD = "dpd"
    DPD_UP = "dpd_up"

    @property
    def is_descending(self) -> bool:
        return self in {Sort.SUM, Sort.DPD}

    @property
    def needs_currency(self) -> bool:
        """Sums compare within one currency only."""
        return self in {Sort.SUM, Sort.SUM_UP}
