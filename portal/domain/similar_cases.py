"""Cases that are alike: the same kind of plan, the same bucket, a sum of the same size. They are told as sums alone, and never where so
few are counted that a sum would tell of one person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.domain.arrears import bucket_of
from portal.domain.decisions import DecisionKind
from portal.domain.proposals import ProposalStatus

SUMS: Final = (200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)
"""Where the bands of sums end, in minor units; the last band has no end."""
MONTHS: Final = 12
FEWEST: Final = 10
"""Fewer than these are not told."""
MOST: Final = 500
"""Of the newest so many are counted: enough to tell, and the same work however many there are."""

_S = ProposalStatus
_KEPT: Final = frozenset({_S.COMPLETED})
_RUNNING: Final = frozenset({_S.APPROVED, _S.ACTIVE})
_LATE: Final = frozenset({_S.MISSED})
_BROKEN: Final = frozenset({_S.BROKEN, _S.TERMINATED})


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes two cases alike. ``above_minor`` and ``up_to_minor`` are the band of the sum; the last one has no end."""

    kind: str
    bucket: str | None
    currency: str
    above_minor: int
    up_to_minor: int | None

    @property
    def key(self) -> str:
        """What is kept of it with a decision."""
        return f"{self.kind}:{self.bucket or '-'}:{self.currency}:{self.up_to_minor or 'more'}"


def likeness_of(*, kind: str, dpd: int, amount_minor: int, currency: str) -> Likeness:
    up_to = next((end for end in SUMS if amount_minor <= end), None)
    above = max((end for end in SUMS if end < amount_minor), default=0)
    return Likeness(kind, bucket_of(dpd), currency, above, up_to)


@dataclass(frozen=True, slots=True)
class SimilarCases:
    """How many of them were decided how, and what became of the plans that came into force."""

    approved: int = 0
    countered: int = 0
    declined: int = 0
    kept: int = 0
    running: int = 0
    late: int = 0
    broken: int = 0

    @property
    def decided(self) -> int:
        return self.approved + self.countered + self.declined

    @property
    def in_force(self) -> int:
        return self.kept + self.running + self.late + self.broken

    @property
    def are_enough(self) -> bool:
        return self.decided >= FEWEST

    @property
    def tell_of_plans(self) -> bool:
        return self.in_force >= FEWEST


def tally(counts: Mapping[tuple[DecisionKind, bool, ProposalStatus], int]) -> SimilarCases:
    """Of decisions by kind, whether they still stand (a counter that was refused does not), and where their proposal is now."""

    def decided(kind: DecisionKind) -> int:
        return sum(count for (each, _, _), count in counts.items() if each is kind)

    def became(statuses: frozenset[ProposalStatus]) -> int:
        """A proposal has one approval or accepted counter, whatever was declined before."""
        agreed = (DecisionKind.APPROVE, DecisionKind.COUNTER)
        return sum(
            count
            for (kind, stands, status), count in counts.items()
            if stands and kind in agreed and status in statuses
        )

    return SimilarCases(
        approved=decided(DecisionKind.APPROVE),
        countered=decided(DecisionKind.COUNTER),
        declined=decided(DecisionKind.DECLINE),
        kept=became(_KEPT),
        running=became(_RUNNING),
        late=became(_LATE),
        broken=became(_BROKEN),
    )
