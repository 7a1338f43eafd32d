"""Going through the record from its first place to its last: the first thing that is not as it was recorded, named."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import GrowingTree
from portal.domain.record_leaves import RecordedEvent, leaf_of


class Fault(StrEnum):
    """What can be wrong with the record."""

    GAP = "gap"
    """A place is missing, or stands twice."""
    EVENT_MISSING = "event_missing"
    EVENT_CHANGED = "event_changed"
    """Event, salt, place or leaf is another than the four were together."""
    REWRITTEN = "rewritten"
    """The leaves up to a checkpoint do not have the root that was signed: all fits together, and is not what it was."""
    SHORTENED = "shortened"
    """A checkpoint signed more leaves than there are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One place of the record: its leaf, and what should make it."""

    place: int
    leaf: bytes
    event: RecordedEvent | None
    salt: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """``place`` is the first bad one; under ``REWRITTEN`` the first that the failing checkpoint covers and the one before did not."""

    fault: Fault
    place: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """``finding`` is None for a record that is as it was recorded; ``covered`` counts the places that a checkpoint signs for."""

    size: int
    root: bytes
    covered: int
    finding: Finding | None


class RecordCheck:
    """Takes lines in the order of their places, and checkpoints whose signatures were checked before."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self._waiting: list[Checkpoint] = sorted(checkpoints, key=lambda each: each.size, reverse=True)
        self._tree = GrowingTree()
        self._covered = 0
        self._finding: Finding | None = None
        self._meet()

    def take(self, line: Line) -> None:
        """The next place."""
        if self._finding is None:
            fault = _fault_of(line, self._tree.size)
            if fault is not None:
                self._finding = Finding(fault, self._tree.size if fault is Fault.GAP else line.place)
        self._tree.append(line.leaf)
        self._meet()

    def verdict(self) -> Verdict:
        """After the last line."""
        finding = self._finding
        if finding is None and self._waiting:
            finding = Finding(Fault.SHORTENED, self._tree.size)
        return Verdict(self._tree.size, self._tree.root(), self._covered, finding)

    def _meet(self) -> None:
        """Hold the tree against each checkpoint of this size."""
        while self._waiting and self._waiting[-1].size == self._tree.size:
            checkpoint = self._waiting.pop()
            if checkpoint.root == self._tree.root():
                self._covered = checkpoint.size
            elif self._finding is None:
                self._finding = Finding(Fault.REWRITTEN, min(self._covered, max(checkpoint.size - 1, 0)))


def _fault_of(line: Line, wanted: int) -> Fault | None:
    if line.place != wanted:
        return Fault.GAP
    if line.event is None:
        return Fault.EVENT_MISSING
    try:
        is_right = leaf_of(line.event, line.salt, line.place) == line.leaf
    except TypeError:
        is_right = False
    return None if is_right else Fault.EVENT_CHANGED
