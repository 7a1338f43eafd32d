"""What was decided, what a second look made of it, what became of counter-offers, and how groups of people fared."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.figures import CounterFigures, DecisionLine, FairnessLine, Looked, OverturnLine
from portal.models import Agreement, Borrower, CaseDecision, Decision

_DECLINE, _APPROVE, _COUNTER = (
    each.value for each in (DecisionKind.DECLINE, DecisionKind.APPROVE, DecisionKind.COUNTER)
)


def decision_lines(session: Session, *, since: datetime, until: datetime) -> Sequence[DecisionLine]:
    """What took effect in the span, by kind, reason and whether policy did it."""
    rows = session.execute(
        select(Decision.kind, Decision.reason_code, Decision.by_policy, func.count())
        .where(Decision.sent_at >= since, Decision.sent_at < until)
        .group_by(Decision.kind, Decision.reason_code, Decision.by_policy)
    )
    return [DecisionLine(kind, reason, bool(by_policy), count) for kind, reason, by_policy, count in rows]


def overturn_lines(session: Session, *, since: datetime, until: datetime) -> Sequence[OverturnLine]:
    """Second looks of the span, each sort in one statement."""
    return [
        _of_second_approvers(session, since, until),
        _after_declines(session, since, until),
        _after_cases(session, since, until),
    ]


def counter_figures(session: Session, *, since: datetime, until: datetime) -> CounterFigures:
    """Counter-offers that took effect in the span. Accepted is what an agreement was made of."""
    stands, is_agreed = Decision.state == DecisionState.SENT.value, Agreement.id.is_not(None)
    accepted, still_open = and_(stands, is_agreed), and_(stands, ~is_agreed)
    refused = Decision.state == DecisionState.ANSWERED.value
    lapsed = Decision.state == DecisionState.OVERTAKEN.value
    row = session.execute(
        select(_sum(accepted), _sum(refused), _sum(lapsed), _sum(still_open))
        .select_from(Decision)
        .outerjoin(
            Agreement,
            and_(
                Agreement.proposal_id == Decision.proposal_id,
                Agreement.version_number == Decision.version_number,
            ),
        )
        .where(Decision.kind == _COUNTER, Decision.sent_at >= since, Decision.sent_at < until)
    ).one()
    return CounterFigures(*(count or 0 for count in row))


def fairness_lines(session: Session, *, since: datetime, until: datetime) -> Sequence[FairnessLine]:
    """Approvals and declines that took effect in the span, by year of birth and sex of who asked: sums, no persons."""
    rows = session.execute(
        select(
            Borrower.birth_year,
            Borrower.sex,
            Decision.by_policy,
            _sum(Decision.kind == _APPROVE),
            _sum(Decision.kind == _DECLINE),
        )
        .join(Borrower, Borrower.id == Decision.maker_borrower_id)
        .where(Decision.kind.in_([_APPROVE, _DECLINE]), Decision.sent_at >= since, Decision.sent_at < until)
        .group_by(Borrower.birth_year, Borrower.sex, Decision.by_policy)
    )
    return [
        FairnessLine(year, sex, bool(by_policy), approved, declined)
        for year, sex, by_policy, approved, declined in rows
    ]


def _of_second_approvers(session: Session, since: datetime, until: datetime) -> OverturnLine:
    refused = Decision.state == DecisionState.REFUSED.value
    row = session.execute(
        select(func.count(), _sum(refused)).where(Decision.second_at >= since, Decision.second_at < until)
    ).one()
    return _line(Looked.SECOND_APPROVER, *row)


def _after_declines(session: Session, since: datetime, until: datetime) -> OverturnLine:
    row = session.execute(
        select(func.count(), _sum(Decision.kind != _DECLINE)).where(
            Decision.review_round > 1,
            Decision.kind.in_([_APPROVE, _COUNTER, _DECLINE]),
            Decision.sent_at >= since,
            Decision.sent_at < until,
        )
    ).one()
    return _line(Looked.AFTER_DECLINE, *row)


def _after_cases(session: Session, since: datetime, until: datetime) -> OverturnLine:
    first, second = aliased(CaseDecision), aliased(CaseDecision)
    row = session.execute(
        select(func.count(), _sum(second.outcome != first.outcome))
        .select_from(second)
        .join(first, and_(first.case_id == second.case_id, first.review_round == second.review_round - 1))
        .where(second.decided_at >= since, second.decided_at < until)
    ).one()
    return _line(Looked.AFTER_CASE, *row)


def _line(looked: Looked, count: int, overturned: int | None) -> OverturnLine:
    return OverturnLine(looked, count, overturned or 0)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
