"""When one approver is not enough, as the policy's data say (rule P18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class SecondReason(StrEnum):
    """Why a second approver has to agree, the weightiest first."""

    SETTLEMENT = "settlement"
    WAIVER = "waiver"
    SUM = "sum"
    DEFERRAL = "deferral"
    STAFF_RELATION = "staff_relation"
    AGENT_DRAFTED = "agent_drafted"
    OVERRIDE = "override"


DEFAULT_SECOND_LOOK: Final[Mapping[str, Any]] = {
    "sum_minor": 10_000_000,
    "waived_minor": 0,
    "defer_periods": 2,
    "staff_relation": True,
    "agent_drafted": True,
    "overrides": [
        "below_living_floor",
        "plan_broken_lately",
        "deferral_allowance_used",
        "rate_unclear",
        "late_charges_unclear",
    ],
}
"""Holds for policies that were published before it could be said; sums in fen."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Above these a second approver is needed. ``overrides`` names findings of policy that one person alone may not set aside.

    A settlement takes two whatever stands here.
    """

    sum_minor: int
    waived_minor: int
    defer_periods: int
    staff_relation: bool
    agent_drafted: bool
    overrides: frozenset[str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "SecondLook":
        """KeyError or ValueError where it is not such a rule."""
        return cls(
            sum_minor=int(data["sum_minor"]),
            waived_minor=int(data["waived_minor"]),
            defer_periods=int(data["defer_periods"]),
            staff_relation=bool(data["staff_relation"]),
            agent_drafted=bool(data["agent_drafted"]),
            overrides=frozenset(map(str, data["overrides"])),
        )
