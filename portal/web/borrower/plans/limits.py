"""What is approved at once, and how far a plan may reach at all: said before anything is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.policy import Band, Policy
from portal.web.labels import PLAN_KINDS


@dataclass(frozen=True, slots=True)
class KindLimits:
    """Of one kind: its band (None: a person decides on every such plan) and the most terms that are worked out at all."""

    name: object
    is_deferral: bool
    band: Band | None
    most: int


def at_once_limits(policy: Policy) -> Sequence[KindLimits]:
    """For every kind that borrowers may choose, in the order in which they are named."""
    return [
        KindLimits(name, kind.moves_schedule, policy.bands.get(kind), policy.max_terms[kind])
        for kind, name in PLAN_KINDS.items()
        if policy.offers(kind) and not kind.is_offered_by_staff_alone
    ]
