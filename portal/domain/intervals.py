"""What a share tells and what it does not: score intervals, and whether two shares differ by more than chance.

Sources: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; R. G. Newcombe, Statist. Med. 17 (1998) 857 (one share, method 3: the score
interval without continuity correction) and 873 (the difference of two, method 10: from the two score intervals); R. A. Fisher's exact
test, two-sided: all tables with these margins that are no more likely than the one that was seen; S. Holm, Scand. J. Statist. 6 (1979) 65.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt
from statistics import NormalDist
from typing import Final

CONFIDENCE: Final = 0.95
CHANCE: Final = 1 - CONFIDENCE
"""A gap that chance alone makes less often than this is told as larger than chance."""
_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_AS_LIKELY: Final = 1 + 1e-7
"""Tables whose likelihoods differ by less than rounding does are equally likely."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Two shares between -1 and 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; ``of`` is at least 1."""

    count: int
    of: int

    @property
    def value(self) -> float:
        return self.count / self.of


def score_interval(share: Share) -> Interval:
    """Where the share lies behind this one, at ``CONFIDENCE``."""
    n, p, z2 = share.of, share.value, _Z * _Z
    middle = 2 * n * p + z2
    spread = _Z * sqrt(z2 + 4 * n * p * (1 - p))
    low, high = (middle - spread) / (2 * (n + z2)), (middle + spread) / (2 * (n + z2))
    return Interval(0.0 if share.count == 0 else low, 1.0 if share.count == n else high)


def difference_interval(one: Share, other: Share) -> Interval:
    """Where the difference of two shares lies, at ``CONFIDENCE``."""
    mine, theirs = score_interval(one), score_interval(other)
    gap = one.value - other.value
    down = sqrt((one.value - mine.low) ** 2 + (theirs.high - other.value) ** 2)
    up = sqrt((mine.high - one.value) ** 2 + (other.value - theirs.low) ** 2)
    return Interval(gap - down, gap + up)


def chance_of_gap(one: Share, other: Share) -> float:
    """How often chance alone makes a gap as large as this between two groups that are treated alike (Fisher's exact test, two-sided)."""
    hits, total = one.count + other.count, one.of + other.of
    first, last = max(0, hits - other.of), min(one.of, hits)
    whole = _log_choose(total, one.of)
    logs = [
        _log_choose(hits, k) + _log_choose(total - hits, one.of - k) - whole for k in range(first, last + 1)
    ]
    seen = exp(logs[one.count - first]) * _AS_LIKELY
    return min(1.0, sum(p for p in map(exp, logs) if p <= seen))


def for_many(chances: Sequence[float]) -> Sequence[float]:
    """The same chances, for somebody who looks at all of them and would take any one for a finding (Holm's steps), in the same order."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    adjusted, highest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        adjusted[place] = highest
    return adjusted


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
