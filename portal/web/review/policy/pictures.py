"""A replay as pictures: who decides before and after, and the share that is approved at once by group. Pixels from the top left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.domain.policy_replay import Outcome

WIDTH: Final = 480
BAR: Final = 28
GAP: Final = 10
LINE: Final = 34
"""Height of a group: two thin bars."""
THIN: Final = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar; ``kind`` names its outcome, or which of two bars it is."""

    x: int
    y: int
    width: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class OutcomePicture:
    """Two bars of one length: what becomes of all offers before and after."""

    key: str
    pieces: Sequence[Piece]
    width: int = WIDTH
    height: int = 2 * BAR + GAP


@dataclass(frozen=True, slots=True)
class SharePicture:
    """For each group how many of a hundred are approved at once, before and after: thin bars beneath one another."""

    key: str
    pieces: Sequence[Piece]
    height: int
    width: int = WIDTH


def outcome_picture(key: str, outcomes: Mapping[str, Mapping[str, int]]) -> OutcomePicture:
    pieces = [
        piece
        for place, side in enumerate(("before", "after"))
        for piece in _stacked(outcomes[side], place * (BAR + GAP))
    ]
    return OutcomePicture(key, pieces)


def _stacked(counts: Mapping[str, int], y: int) -> Sequence[Piece]:
    total, done, pieces = sum(counts.values()), 0, []
    for outcome in Outcome:
        count = counts[outcome.value]
        if count:
            x = done * WIDTH // total
            done += count
            pieces.append(Piece(x, y, max(1, done * WIDTH // total - x), BAR, outcome.value))
    return pieces


def share_picture(key: str, groups: Sequence[tuple[str, int, int, int]]) -> SharePicture:
    """``groups``: name, how many there are, how many of them at once before and after."""
    pieces = []
    for place, (_, count, before, after) in enumerate(groups):
        for row, (kind, part) in enumerate((("before", before), ("after", after))):
            y = place * LINE + row * (THIN + 2)
            pieces.append(Piece(0, y, max(1, part * WIDTH // max(1, count)), THIN, kind))
    return SharePicture(key, pieces, max(1, len(groups)) * LINE)
