"""On which days a late loan is written about (rules C06, L03): asked for here, stopped or put off by the contact guard."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.stage_packs import StagePack
from portal.domain.stages import StageFacts

_DEMANDED_IN: Final = frozenset({Stage.INTERNAL, Stage.AGENCY, Stage.LEGAL})


def occasions_of(
    facts: StageFacts, pack: StagePack, *, days_before: int, has_agency: bool = False
) -> Sequence[Occasion]:
    """What is to be asked for today: a day of the pack was reached since the loan was last counted, at ``days_before`` delinquent days.

    ``facts.stage`` is today's. ``has_agency``: the creditor names an agency, so that there is something to give notice of.
    """
    if not facts.is_late or not facts.may_go_onward:
        return ()
    return tuple(_occasions(facts, pack, days_before, has_agency=has_agency))


def _occasions(
    facts: StageFacts, pack: StagePack, days_before: int, *, has_agency: bool
) -> Iterator[Occasion]:
    if facts.stage is Stage.REMINDER and _reached(pack.reminder_days, days_before, facts.days):
        yield Occasion.OVERDUE_REMINDER
    if facts.stage in _DEMANDED_IN and _reached(pack.demand_days, days_before, facts.days):
        yield Occasion.DEMAND
    is_noticed = bool(facts.counted(facts.notices))
    if (
        has_agency
        and facts.stage is Stage.INTERNAL
        and not is_noticed
        and _reached(pack.notice_days, days_before, facts.days)
    ):
        yield Occasion.AGENCY_NOTICE


def _reached(cadence: Sequence[int], before: int, now: int) -> bool:
    """``cadence`` rises."""
    return bisect_right(cadence, before) < bisect_right(cadence, now)
