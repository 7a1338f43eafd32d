"""How the keeping of the record stands, for whoever watches over it."""

from dataclasses import dataclass
from enum import StrEnum


class RecordState(StrEnum):
    """The worst that is true."""

    KEPT = "kept"
    UNSIGNED = "unsigned"
    """There is no checkpoint at all."""
    LATE = "late"
    """An event waits for a checkpoint longer than it may."""
    BROKEN = "broken"
    """A keeper found the record to be another than was signed for; nothing is signed any more."""


@dataclass(frozen=True, slots=True)
class RecordStanding:
    """``covered`` places have a checkpoint; ``uncovered`` events do not, the oldest of them for ``seconds``."""

    state: RecordState
    covered: int
    uncovered: int
    seconds: int

    @property
    def is_alarming(self) -> bool:
        return self.state in {RecordState.LATE, RecordState.BROKEN}


def record_standing(
    *, covered: int | None, uncovered: int, seconds: int, most: int, is_broken: bool
) -> RecordStanding:
    """``covered`` is None before the first checkpoint; ``most`` is how many seconds an event may wait."""
    state = RecordState.KEPT
    if is_broken:
        state = RecordState.BROKEN
    elif seconds > most:
        state = RecordState.LATE
    elif covered is None:
        state = RecordState.UNSIGNED
    return RecordStanding(state, covered or 0, uncovered, seconds)
