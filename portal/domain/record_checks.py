"""Going through the record from its first place to its last: the first thing that is not as it was recorded, named."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, NamedTuple

from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import GrowingTree, leaf_hash
from portal.domain.record_leaves import ERASED, TELLS_OF_ERASING, erased

TELLS: Final = f'"name":"{TELLS_OF_ERASING}"'.encode()


class Fault(StrEnum):
    """What can be wrong with the record."""

    GAP = "gap"
    """A place is missing, or stands twice."""
    EVENT_MISSING = "event_missing"
    EVENT_CHANGED = "event_changed"
    """Event, salt, place or leaf is another than the four were together."""
    ERASED_UNTOLD = "erased_untold"
    """An event was emptied, and no later one says so, or says another moment."""
    REWRITTEN = "rewritten"
    """The leaves up to a checkpoint do not have the root that was signed: all fits together, and is not what it was."""
    SHORTENED = "shortened"
    """A checkpoint signed more leaves than there are."""


class Line(NamedTuple):
    """One place of the record: its leaf, and what should make it.

    ``event`` is the event's canonical form with its place: None where it is gone, empty where it has none. An erased one has no salt.
    """

    place: int
    leaf: bytes
    salt: bytes
    event: bytes | None


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
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Places from ``start`` on that were looked at by themselves: their leaves, and by offset the lines to be looked at closely."""

    start: int
    leaves: Sequence[bytes]
    odd: Sequence[tuple[int, Line]]


def part_of(lines: Sequence[Line], start: int) -> Part:
    """Look at lines that should begin at ``start``. Most of the work there is, and it can be done anywhere."""
    odd = []
    for offset, line in enumerate(lines):
        place, leaf, salt, event = line
        if (
            place != start + offset
            or not event
            or sha256(b"\x00" + sha256(salt + event).digest()).digest() != leaf
            or TELLS in event
        ):
            odd.append((offset, line))
    return Part(start, [line.leaf for line in lines], odd)


class RecordCheck:
    """Takes the places in their order, and checkpoints whose signatures were checked before."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self._waiting: list[Checkpoint] = sorted(checkpoints, key=attrgetter("size"), reverse=True)
        self._tree = GrowingTree()
        self._covered = 0
        self._finding: Finding | None = None
        self._emptied: dict[int, str] = {}
        """When each erased event says that it was erased, by place; and the same of those that tell of it."""
        self._told: dict[int, str] = {}
        self._meet()

    def take(self, lines: Sequence[Line]) -> None:
        """The next places."""
        self.take_part(part_of(lines, self._tree.size))

    def take_part(self, part: Part) -> None:
        """The next places, looked at already."""
        leaves, odd, done = part.leaves, list(part.odd), 0
        if leaves and part.start != self._tree.size:
            self._find(Fault.GAP, self._tree.size)
        while done < len(leaves):
            # Up to the next checkpoint at once, so that the tree has its size in between.
            until_met = self._waiting[-1].size - self._tree.size if self._waiting else len(leaves)
            end = done + max(until_met, 1)
            while odd and odd[0][0] < end:
                offset, line = odd.pop(0)
                self._look_closely(line, part.start + offset)
            self._tree.extend(leaves[done:end])
            self._meet()
            done = end

    def verdict(self) -> Verdict:
        """After the last line."""
        finding = self._finding
        if finding is None and self._waiting:
            finding = Finding(Fault.SHORTENED, self._tree.size)
        untold = (place for place, at in self._emptied.items() if self._told.get(place) != at)
        place = next(untold, None)
        if place is not None and (finding is None or place < finding.place):
            finding = Finding(Fault.ERASED_UNTOLD, place)
        return Verdict(self._tree.size, self._tree.root(), self._covered, finding, len(self._emptied))

    def _meet(self) -> None:
        """Hold the tree against each checkpoint of this size."""
        while self._waiting and self._waiting[-1].size == self._tree.size:
            checkpoint = self._waiting.pop()
            if checkpoint.root == self._tree.root():
                self._covered = checkpoint.size
            else:
                self._find(Fault.REWRITTEN, min(self._covered, max(checkpoint.size - 1, 0)))

    def _look_closely(self, line: Line, wanted: int) -> None:
        if line.event and TELLS in line.event:
            # Also behind a bad place, or what was erased before it would seem bad, too.
            self._hear(line.salt, line.event, line.leaf)
        if self._finding is None:
            fault = self._fault_of(line, wanted)
            if fault is not None:
                self._find(fault, wanted if fault is Fault.GAP else line.place)

    def _find(self, fault: Fault, place: int) -> None:
        """The first that is found stays."""
        self._finding = self._finding or Finding(fault, place)

    def _fault_of(self, line: Line, wanted: int) -> Fault | None:
        if line.place != wanted:
            return Fault.GAP
        if line.event is None:
            return Fault.EVENT_MISSING
        event = _said(line.event)
        if event is None:
            return Fault.EVENT_CHANGED
        if event["name"] == ERASED:
            return None if self._is_emptied(line, event) else Fault.EVENT_CHANGED
        if leaf_hash(sha256(line.salt + line.event).digest()) != line.leaf:
            return Fault.EVENT_CHANGED
        return None

    def _hear(self, salt: bytes, event: bytes, leaf: bytes) -> None:
        """Of an event that was erased: believed where the telling is as it was recorded."""
        said = _said(event)
        if said and said["name"] == TELLS_OF_ERASING and leaf_hash(sha256(salt + event).digest()) == leaf:
            self._told[said["fields"]["place"]] = said["at"]

    def _is_emptied(self, line: Line, event: Mapping[str, Any]) -> bool:
        """Whether nothing is left of it; when that was is held against what a later event says."""
        self._emptied[line.place] = event["at"]
        left = erased(event["id"], datetime.fromisoformat(event["at"]))
        return not line.salt and line.event == left.canonical(line.place)


def _said(event: bytes) -> Mapping[str, Any] | None:
    """What an event says; None where its bytes are none that this program writes."""
    try:
        said: Mapping[str, Any] = json.loads(event)
    except ValueError:
        return None
    return said
