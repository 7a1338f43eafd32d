"""How long proposals stood where, and whether people decided in time: read from the record's moves, which nobody changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.figures import PromiseFigures, StayFigures
from portal.domain.proposals import ProposalStatus
from portal.models import Decision, Event
from portal.queries.instants import epoch_of, seconds_of

_S = ProposalStatus
STATE_AFTER: Final = {
    "plan:started": _S.DRAFT,
    "plan:discarded": _S.DISCARDED,
    "plan:submitted": _S.SUBMITTED,
    "plan:referred": _S.IN_REVIEW,
    "plan:info_given": _S.IN_REVIEW,
    "plan:counter_refused": _S.IN_REVIEW,
    "plan:review_requested": _S.IN_REVIEW,
    "plan:info_requested": _S.INFO_REQUESTED,
    "plan:countered": _S.COUNTERED,
    "plan:facts_moved": _S.NEEDS_RESIGN,
    "plan:declined": _S.DECLINED,
    "plan:withdrawn": _S.WITHDRAWN,
    "plan:expired": _S.EXPIRED,
    "plan:approved": _S.APPROVED,
    "plan:activated": _S.ACTIVE,
    "plan:cured": _S.ACTIVE,
    "plan:missed": _S.MISSED,
    "plan:broken": _S.BROKEN,
    "plan:reinstated": _S.ACTIVE,
    "plan:terminated": _S.TERMINATED,
    "plan:completed": _S.COMPLETED,
    "plan:superseded": _S.SUPERSEDED,
}
"""The state that each move leads to."""
TOLD: Final = (
    _S.DRAFT,
    _S.IN_REVIEW,
    _S.INFO_REQUESTED,
    _S.COUNTERED,
    _S.NEEDS_RESIGN,
    _S.APPROVED,
    _S.MISSED,
)
"""States in which somebody waits for somebody; ``submitted`` takes no time, and a plan that runs is no wait."""


def stay_figures(session: Session, *, since: datetime, until: datetime) -> Sequence[StayFigures]:
    """p50 and p90 by nearest rank of the stays that ended in the span, in the order of ``TOLD``."""
    moves = _moves(_moved_within(since, until))
    state = _state(moves)
    stays = (
        select(state.label("state"), (moves.c.ended - moves.c.begun).label("seconds"))
        .where(
            moves.c.ended >= seconds_of(since),
            moves.c.ended < seconds_of(until),
            state.in_([each.value for each in TOLD]),
        )
        .cte("stays")
    )
    ranked = select(
        stays.c.state,
        stays.c.seconds,
        func.row_number().over(partition_by=stays.c.state, order_by=stays.c.seconds).label("place"),
        func.count().over(partition_by=stays.c.state).label("count"),
    ).cte("ranked")
    rows = session.execute(
        select(ranked.c.state, func.max(ranked.c.count), _at_rank(ranked, 50), _at_rank(ranked, 90)).group_by(
            ranked.c.state
        )
    )
    found = {state: StayFigures(state, count, p50, p90) for state, count, p50, p90 in rows}
    return [found[each.value] for each in TOLD if each.value in found]


def promise_figures(session: Session, *, since: datetime, until: datetime, now: datetime) -> PromiseFigures:
    """Promised times that lie in the span, by what became of them."""
    kept, broken, ended_before, still_open = session.execute(
        _promises(since=since, until=until, now=now)
    ).one()
    return PromiseFigures(kept or 0, broken or 0, ended_before or 0, still_open or 0)


def _promises(*, since: datetime, until: datetime, now: datetime) -> Select[int, int, int, int]:
    moves = _moves()
    decided = case((Decision.needs_second, Decision.second_at), else_=Decision.decided_at)
    promised, ended = moves.c.promised, moves.c.ended
    in_time = and_(Decision.id.is_not(None), epoch_of(decided) <= promised)
    has_passed = promised < seconds_of(now)
    ended_before = and_(Decision.id.is_(None), ended.is_not(None), ended <= promised)
    still_open = and_(ended.is_(None), ~has_passed)
    broken = and_(
        or_(Decision.id.is_(None), epoch_of(decided) > promised),
        or_(ended > promised, and_(ended.is_(None), has_passed), Decision.id.is_not(None)),
    )
    return (
        select(_sum(in_time), _sum(broken), _sum(ended_before), _sum(still_open))
        .select_from(moves)
        .outerjoin(Decision, Decision.id == moves.c.decision_id)
        .where(
            _state(moves) == _S.IN_REVIEW.value,
            promised >= seconds_of(since),
            promised < seconds_of(until),
        )
    )


def _moved_within(since: datetime, until: datetime) -> ColumnElement[bool]:
    """A stay that ended in the span ended by a move in it: the moves of other proposals need no reading (decision 0243)."""
    moved = select(Event.proposal_id).where(Event.name.in_(STATE_AFTER), Event.at >= since, Event.at < until)
    return Event.proposal_id.in_(moved)


def _moves(*of_proposals: ColumnElement[bool]) -> CTE:
    """Each move with the one after it: when the stay began and ended, what was promised, and by which decision it ended."""
    decision = Event.fields["decision_id"].as_integer()
    return (
        select(
            Event.name,
            epoch_of(Event.at).label("begun"),
            epoch_of(Event.fields["promised_by"].as_string()).label("promised"),
            _next(epoch_of(Event.at)).label("ended"),
            _next(decision).label("decision_id"),
        )
        .where(Event.name.in_(STATE_AFTER), Event.proposal_id.is_not(None), *of_proposals)
        .cte("moves")
    )


def _next(value: ColumnElement[int]) -> ColumnElement[int]:
    """Of the proposal's move after this one; None after the last."""
    return func.lead(value).over(partition_by=Event.proposal_id, order_by=Event.id)


def _state(moves: CTE) -> ColumnElement[str]:
    return case({name: state.value for name, state in STATE_AFTER.items()}, value=moves.c.name)


def _at_rank(ranked: CTE, percent: int) -> ColumnElement[int]:
    """The value at place ceil(n x percent / 100)."""
    wanted = (ranked.c.count * percent + 99) // 100
    return func.max(case((ranked.c.place == wanted, ranked.c.seconds)))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
