"""Rule packs for stages: from how many delinquent days a loan is handled by whom, and on which days it is written about, as data with the
day from which they hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from portal.domain.loans import Stage

DEFAULT_PACK: Final = "CN"
PACKS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "code": "CN",
        "version": "CN-2026-01",
        "effective_on": "2024-01-01",
        "entries": (
            {"stage": "reminder", "from_days": 1},
            {"stage": "internal", "from_days": 31},
            {"stage": "agency", "from_days": 91, "notice_days": 10},
            {"stage": "legal", "from_days": 181, "demands": 2, "demands_apart_days": 30},
        ),
        "under_plan": "internal",
        "reminder_days": (1, 4, 8, 15, 22, 29),
        "demand_days": (35, 66, 97, 128, 159, 190, 221, 252, 283, 314, 345),
        "notice_days": (81, 111, 141, 171),
        "plan_due_soon_days": 3,
        "plan_missed_day": 3,
    },
)
"""Two demands at least thirty days apart: rule L03. A reminder on the third day after a missed payment: rule P20. The other numbers are
our own; no official ones were found.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """What has to be there before a loan is handled so: ``from_days`` delinquent days, a notice that arrived ``notice_days`` ago (None: no
    notice is asked for), ``demands`` that arrived, the first and the last ``demands_apart_days`` apart.
    """

    stage: Stage
    from_days: int
    notice_days: int | None = None
    demands: int = 0
    demands_apart_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePack:
    """``entries`` rise by days. ``under_plan`` is where a loan goes back to while a plan is in force.

    ``reminder_days``, ``demand_days`` and ``notice_days`` are the delinquent days on which a message is asked for.
    """

    code: str
    version: str
    entries: Sequence[StageEntry]
    under_plan: Stage
    reminder_days: Sequence[int]
    demand_days: Sequence[int]
    notice_days: Sequence[int]
    plan_due_soon_days: int
    plan_missed_day: int

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "StagePack":
        """KeyError, TypeError or ValueError where it is not such a pack."""
        return cls(
            code=str(data["code"]),
            version=str(data["version"]),
            entries=tuple(
                StageEntry(**{**entry, "stage": Stage(entry["stage"])}) for entry in data["entries"]
            ),
            under_plan=Stage(data["under_plan"]),
            reminder_days=tuple(data["reminder_days"]),
            demand_days=tuple(data["demand_days"]),
            notice_days=tuple(data["notice_days"]),
            plan_due_soon_days=int(data["plan_due_soon_days"]),
            plan_missed_day=int(data["plan_missed_day"]),
        )

    def entry_of(self, stage: Stage) -> StageEntry | None:
        return next((entry for entry in self.entries if entry.stage is stage), None)

    def beyond(self, stage: Stage | None) -> Sequence[StageEntry]:
        """The entries that come after a stage, the nearest first."""
        order = [entry.stage for entry in self.entries]
        return self.entries[order.index(stage) + 1 :] if stage in order else self.entries


def stage_pack_on(code: str, day: date) -> StagePack:
    """The pack of a country that holds on a day; LookupError where there is none."""
    known = [
        data for data in PACKS if data["code"] == code and date.fromisoformat(data["effective_on"]) <= day
    ]
    if not known:
        raise LookupError(f"no rules for stages in {code} on {day}")
    return StagePack.from_data(max(known, key=lambda data: str(data["effective_on"])))
