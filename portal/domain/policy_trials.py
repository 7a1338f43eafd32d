"""Whether the two sides of a trial of the policy went otherwise by more than chance makes.

A loan is on the side that its own random id puts it on, so that what differs between the sides is the policy, and chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.domain.intervals import (
    CHANCE,
    Interval,
    Share,
    chance_of_gap,
    difference_interval,
    for_many,
)

FEWEST: Final = 10
"""With fewer on either side nothing is said about a difference."""


class SideShare(StrEnum):
    """What is compared: of how many, see ``_OF``."""

    AT_ONCE = "at_once"
    IN_FORCE = "approved"
    BROKEN = "broken"


_OF: Final[Mapping[SideShare, Sequence[str]]] = {
    SideShare.AT_ONCE: ("signed",),
    SideShare.IN_FORCE: ("signed",),
    SideShare.BROKEN: ("kept", "broken"),
}


@dataclass(frozen=True, slots=True)
class SideGap:
    """One share on both sides; None where a side has nothing to take a share of.

    ``interval`` is of the difference (those who try it less the others) and ``chance`` how often chance alone makes one as large, for
    somebody who looks at all shares; both None where a side has fewer than ``FEWEST``.
    """

    what: SideShare
    trying: Share | None
    others: Share | None
    interval: Interval | None = None
    chance: float | None = None

    @property
    def is_beyond_chance(self) -> bool:
        return self.chance is not None and self.chance < CHANCE


def compare_sides(trying: Mapping[str, int], others: Mapping[str, int]) -> Sequence[SideGap]:
    """Both sides by their counts (``signed``, ``at_once``, ``approved``, ``kept``, ``broken``), in the order of ``SideShare``."""
    found = {what: (_share(what, trying), _share(what, others)) for what in SideShare}
    asked = {
        what: (mine, theirs)
        for what, (mine, theirs) in found.items()
        if mine and theirs and min(mine.of, theirs.of) >= FEWEST
    }
    chances = dict(zip(asked, for_many([chance_of_gap(*pair) for pair in asked.values()]), strict=True))
    return [
        SideGap(what, *found[what], difference_interval(*asked[what]), chances[what])
        if what in asked
        else SideGap(what, *found[what])
        for what in SideShare
    ]


def _share(what: SideShare, counts: Mapping[str, int]) -> Share | None:
    of = sum(counts[name] for name in _OF[what])
    return Share(counts[what.value], of) if of else None
