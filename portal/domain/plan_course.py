"""What the day and the book do to a plan in force: missed, made good, broken, completed (`proposal.md`)."""

from collections.abc import Iterator
from datetime import date, timedelta

from portal.domain.occasions import Occasion
from portal.domain.plan_progress import PlanProgress
from portal.domain.plans import PlanRow
from portal.domain.proposals import Act, ProposalStatus, Who, move_for
from portal.domain.stage_packs import StagePack

BY_THE_BOOK = frozenset({Act.PAY, Act.COMPLETE})
"""What money that comes in does. The rest is the day's."""

_WHOSE = {Act.MISS: Who.CLOCK, Act.BREAK: Who.CLOCK, Act.PAY: Who.BOOK, Act.COMPLETE: Who.BOOK}


def whose(act: Act) -> Who:
    return _WHOSE[act]


def acts_due(status: ProposalStatus, progress: PlanProgress) -> Iterator[Act]:
    """The moves that take a plan from where it is to where its payments are; none where it is there already."""
    while (act := _act_due(status, progress)) is not None:
        yield act
        status = move_for(status, act, whose(act))


def _act_due(status: ProposalStatus, progress: PlanProgress) -> Act | None:
    match status:
        case ProposalStatus.ACTIVE if progress.is_complete:
            return Act.COMPLETE
        case ProposalStatus.ACTIVE if progress.late:
            return Act.MISS
        case ProposalStatus.MISSED if not progress.late:
            return Act.PAY
        case ProposalStatus.MISSED if progress.is_over_the_cure:
            return Act.BREAK
        case _:
            return None


def reminder_due(progress: PlanProgress, *, since: date, pack: StagePack) -> tuple[Occasion, PlanRow] | None:
    """What a borrower is to be reminded of, if its day came after ``since``: a payment that is out, else the next that falls due."""
    for row in progress.late:
        day = row.counted_from + timedelta(days=pack.plan_missed_day)
        if since < day <= progress.on <= row.cure_until:
            return Occasion.PLAN_MISSED, row.row
    coming = progress.next
    if coming is not None and coming.row.due_on >= progress.on:
        day = coming.row.due_on - timedelta(days=pack.plan_due_soon_days)
        if since < day <= progress.on:
            return Occasion.PLAN_DUE_SOON, coming.row
    return None


def pause_ends(progress: PlanProgress) -> date:
    """The first day that counts as delinquent again after a plan broke: the one after the cure, whenever the day's run came."""
    cure_until = progress.cure_until
    return progress.on if cure_until is None else cure_until + timedelta(days=1)
