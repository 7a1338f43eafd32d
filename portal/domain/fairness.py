"""Whether plans are approved and declined alike, by age and by sex: shares with their intervals, and a warning where a gap is larger
than chance.

What is counted: approvals (by policy or by people) and declines that took effect, each once. A counter-offer, a question, a withdrawal is
neither. A gap is no proof of unfairness, and no gap none of fairness: it says where somebody has to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.domain.intervals import CHANCE, Interval, Share, chance_of_gap, for_many, score_interval

FEWEST: Final = 10
"""Of a group with fewer decisions nothing is told but how many: too few to say, and too few to hide a person among."""


class AgeBand(StrEnum):
    """By the age reached in the year of the period's last day; only the year of birth is known."""

    TO_24 = "18-24"
    TO_34 = "25-34"
    TO_44 = "35-44"
    TO_54 = "45-54"
    TO_64 = "55-64"
    FROM_65 = "65+"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """As the loan book states it."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


_ENDS: Final[Sequence[tuple[int, AgeBand]]] = (
    (24, AgeBand.TO_24),
    (34, AgeBand.TO_34),
    (44, AgeBand.TO_44),
    (54, AgeBand.TO_54),
    (64, AgeBand.TO_64),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Decisions of one group."""

    approved: int = 0
    declined: int = 0

    @property
    def decided(self) -> int:
        return self.approved + self.declined

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.approved + other.approved, self.declined + other.declined)


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """One group beside all others whose age or sex is known.

    ``approved_share`` and ``interval`` are None where there are too few to say. ``chance``: how often chance alone makes a gap as large as
    the one to all the others, for somebody who looks at all groups; None where it was not asked.
    """

    group: str
    counted: Counted
    approved_share: float | None = None
    interval: Interval | None = None
    gap: float | None = None
    chance: float | None = None

    @property
    def is_too_few(self) -> bool:
        return self.counted.decided < FEWEST

    @property
    def is_beyond_chance(self) -> bool:
        return self.chance is not None and self.chance < CHANCE


def age_band(birth_year: int | None, *, in_year: int) -> AgeBand:
    """Who would be under 18 is taken for an error of the book: unknown."""
    if birth_year is None or in_year - birth_year < 18:
        return AgeBand.UNKNOWN
    age = in_year - birth_year
    return next((band for end, band in _ENDS if age <= end), AgeBand.FROM_65)


def sex_of(marker: str | None) -> Sex:
    return Sex(marker) if marker in {Sex.FEMALE.value, Sex.MALE.value} else Sex.UNKNOWN


def compare_groups(counts: Mapping[str, Counted], *, order: Iterable[str]) -> Sequence[GroupFinding]:
    """Each group in ``order``. Tested against the others are those with enough decisions, where the others together have enough too;
    whoever is of unknown age or sex is told and belongs to no side.
    """
    known = {group: counted for group, counted in counts.items() if group != "unknown"}
    all_known = sum(known.values(), start=Counted())
    asked = [
        group
        for group, counted in known.items()
        if counted.decided >= FEWEST and all_known.decided - counted.decided >= FEWEST
    ]
    sides = {group: (_share(known[group]), _share(_without(all_known, known[group]))) for group in asked}
    chances = dict(zip(asked, for_many([chance_of_gap(*sides[group]) for group in asked]), strict=True))
    return [
        _finding(group, counts.get(group, Counted()), sides.get(group), chances.get(group)) for group in order
    ]


def _finding(
    group: str, counted: Counted, sides: tuple[Share, Share] | None, chance: float | None
) -> GroupFinding:
    if counted.decided < FEWEST:
        return GroupFinding(group, counted)
    share = _share(counted)
    gap = None if sides is None else sides[0].value - sides[1].value
    return GroupFinding(group, counted, share.value, score_interval(share), gap, chance)


def _share(counted: Counted) -> Share:
    return Share(counted.approved, counted.decided)


def _without(whole: Counted, part: Counted) -> Counted:
    return Counted(whole.approved - part.approved, whole.declined - part.declined)
