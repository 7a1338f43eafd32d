"""On which days a late loan is written about (rules C06, L03): asked for here, stopped or put off by the contact guard."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.stage_packs import StagePack
from portal.domain.stages import Basis, StageFacts

_DEMANDED_IN: Final = frozenset({Stage.INTERNAL, Stage.AGENCY, Stage.LEGAL})


def occasions_of(
    facts: StageFacts,
    pack: StagePack,
    *,
    days_before: int,
    has_agency: bool = False,
    owed_on: date | None = None,
) -> Sequence[Occasion]:
    """What is to be asked for today: a day of the pack was reached since the loan was last counted, at ``days_before`` delinquent days.

    ``facts.stage`` is today's. ``has_agency``: the creditor names an agency, so that there is something to give notice of.
    ``owed_on``: the day of a demand that could not be made: it is made up for with the next, or today by itself.
    """
    if not facts.is_late or not facts.may_go_onward:
        return ()
    return tuple(_occasions(facts, pack, days_before, has_agency=has_agency, is_owed=owed_on is not None))


def demand_owed(facts: StageFacts, pack: StagePack, *, days_before: int, owed_on: date | None) -> date | None:
    """The day of the demand that is still to be made up for after today; None where none is, or where it belongs to something that is over.

    ``days_before`` and ``owed_on`` as for ``occasions_of``.
    """
    is_over = not facts.is_late or facts.is_under_plan or facts.is_time_barred
    if is_over or facts.stage not in _DEMANDED_IN or not facts.is_held:
        return None
    return facts.on if _reached(pack.demand_days, days_before, facts.days) else owed_on


def _occasions(
    facts: StageFacts, pack: StagePack, days_before: int, *, has_agency: bool, is_owed: bool
) -> Iterator[Occasion]:
    if facts.stage is Stage.REMINDER and _reached(pack.reminder_days, days_before, facts.days):
        yield Occasion.OVERDUE_REMINDER
    if has_agency and _is_notice_due(facts, pack, days_before):
        yield Occasion.AGENCY_NOTICE
    if facts.stage in _DEMANDED_IN and (is_owed or _reached(pack.demand_days, days_before, facts.days)):
        yield Occasion.DEMAND


def _is_notice_due(facts: StageFacts, pack: StagePack, days_before: int) -> bool:
    """Nobody goes to an agency without it. Where the lender's book says itself that one has the loan, it is asked for on the day on which
    the book first says so, and on the same days as else; nothing waits for it.
    """
    is_by_book = facts.stage is Stage.AGENCY and facts.basis is Basis.BOOK
    if facts.counted(facts.notices) or not (is_by_book or facts.stage is Stage.INTERNAL):
        return False
    return (is_by_book and facts.since == facts.on) or _reached(pack.notice_days, days_before, facts.days)


def _reached(cadence: Sequence[int], before: int, now: int) -> bool:
    """``cadence`` rises."""
    return bisect_right(cadence, before) < bisect_right(cadence, now)
