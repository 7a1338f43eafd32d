"""Who handles a late loan: onward by the rules of a pack, and the ways back (`proposal.md`, Stages).

The lender's book leads where it says a stage. Nothing goes onward while contact is held, while a plan is in force, or once the limitation
period is over; every way back is open at all times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.loans import Stage
from portal.domain.stage_packs import StageEntry, StagePack

_OUTSIDE: Final = frozenset({Stage.AGENCY, Stage.LEGAL})


class Basis(StrEnum):
    """Why a loan is where it is."""

    BOOK = "book"
    """The lender's book says so."""
    DAYS = "days"
    """So many delinquent days."""
    NOTICE = "notice"
    """So many delinquent days, and a notice that arrived in time."""
    DEMANDS = "demands"
    """So many delinquent days, and demands that arrived far enough apart."""
    PLAN = "plan"
    """A plan is in force: nobody outside handles the loan meanwhile."""
    PAID_DOWN = "paid_down"
    """Something was paid, and fewer days are late than the stage begins with."""
    CURED = "cured"
    """Nothing is overdue any more."""


_WAYS_BACK: Final = frozenset({Basis.PLAN, Basis.PAID_DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """A loan on a business date. ``days`` are delinquent days; ``stage`` and ``basis`` what was recorded last, ``book`` what the book says.

    ``notices`` and ``demands`` are the days on which notices of an agency and demands arrived, in any order; those before
    ``counts_from`` (the oldest unpaid due date, or the end of the last plan), or before the loan went back to where it is ``since``,
    belong to something that is over.
    """

    on: date
    is_late: bool
    days: int
    stage: Stage | None = None
    basis: Basis | None = None
    since: date | None = None
    book: Stage | None = None
    is_held: bool = False
    is_under_plan: bool = False
    is_time_barred: bool = False
    notices: Sequence[date] = ()
    demands: Sequence[date] = ()
    counts_from: date | None = None

    @property
    def may_go_onward(self) -> bool:
        return not (self.is_held or self.is_under_plan or self.is_time_barred)

    @property
    def reached(self) -> Stage | None:
        """Where the rules go on from: what only the book said does not count once it says it no more."""
        return None if self.basis is Basis.BOOK and self.book is None else self.stage

    def counted(self, days: Sequence[date]) -> Sequence[date]:
        """Those up to today that belong to the present delinquency, the earliest first."""
        went_back_on = self.since if self.basis in _WAYS_BACK else None
        first = max(self.counts_from or date.min, went_back_on or date.min)
        return sorted(day for day in days if first <= day <= self.on)


@dataclass(frozen=True, slots=True)
class StageMove:
    """From where a loan was to where it is now (None: nobody collects), and why."""

    before: Stage | None
    after: Stage | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class NextStep:
    """A stage that is decided: on its day the loan goes there, unless something is paid, agreed or disputed before."""

    stage: Stage
    on: date
    notice_on: date


def stage_move(facts: StageFacts, pack: StagePack) -> StageMove | None:
    """What the day does to the loan's stage; None where it stays."""
    stage, basis = _standing(facts, pack)
    is_same = stage is facts.stage and (basis is Basis.BOOK) == (facts.basis is Basis.BOOK)
    return None if is_same or basis is None else StageMove(facts.stage, stage, basis)


def next_step(facts: StageFacts, pack: StagePack) -> NextStep | None:
    """What is decided and not done yet: only a notice that arrived decides anything ahead of its day."""
    if not facts.notices or facts.book is not None or not facts.is_late or not facts.may_go_onward:
        return None
    for entry in pack.beyond(facts.reached):
        arrived = facts.counted(facts.notices)
        if entry.notice_days is not None and arrived:
            by_days = facts.on + timedelta(days=max(0, entry.from_days - facts.days))
            return NextStep(
                entry.stage, max(by_days, arrived[0] + timedelta(days=entry.notice_days)), arrived[0]
            )
    return None


def _standing(facts: StageFacts, pack: StagePack) -> tuple[Stage | None, Basis | None]:
    if not facts.is_late:
        return None, Basis.CURED
    if facts.book is not None:
        return facts.book, Basis.BOOK
    return _way_back(facts, pack) or _onward(facts, pack) or _as_before(facts)


def _as_before(facts: StageFacts) -> tuple[Stage | None, Basis | None]:
    if facts.reached is facts.stage:
        return facts.stage, facts.basis
    return None, Basis.DAYS


def _way_back(facts: StageFacts, pack: StagePack) -> tuple[Stage | None, Basis] | None:
    stage = facts.reached
    if stage is None:
        return None
    if facts.is_under_plan:
        return (pack.under_plan, Basis.PLAN) if stage in _OUTSIDE else None
    entry = pack.entry_of(stage)
    if entry is None or facts.days >= entry.from_days:
        return None
    return _by_days(facts, pack), Basis.PAID_DOWN


def _by_days(facts: StageFacts, pack: StagePack) -> Stage | None:
    """The furthest stage that asks for nothing but days."""
    reached = [
        entry.stage for entry in pack.entries if _asks_days_alone(entry) and entry.from_days <= facts.days
    ]
    return reached[-1] if reached else None


def _asks_days_alone(entry: StageEntry) -> bool:
    return entry.notice_days is None and not entry.demands


def _onward(facts: StageFacts, pack: StagePack) -> tuple[Stage, Basis] | None:
    if not facts.may_go_onward:
        return None
    for entry in reversed(pack.beyond(facts.reached)):
        basis = _entered_by(entry, facts)
        if basis is not None:
            return entry.stage, basis
    return None


def _entered_by(entry: StageEntry, facts: StageFacts) -> Basis | None:
    if facts.days < entry.from_days:
        return None
    if entry.notice_days is not None:
        return Basis.NOTICE if _was_noticed(entry.notice_days, facts) else None
    if entry.demands:
        return Basis.DEMANDS if _was_demanded(entry, facts) else None
    return Basis.DAYS


def _was_noticed(notice_days: int, facts: StageFacts) -> bool:
    arrived = facts.counted(facts.notices)
    return bool(arrived) and arrived[0] + timedelta(days=notice_days) <= facts.on


def _was_demanded(entry: StageEntry, facts: StageFacts) -> bool:
    arrived = facts.counted(facts.demands)
    return len(arrived) >= entry.demands and (arrived[-1] - arrived[0]).days >= entry.demands_apart_days
