"""Holds as pages tell of them: which run on a day, until when, and what became of earlier ones."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.cases import HOLDS
from portal.domain.holds import RULES, HoldKind, HoldRule
from portal.models import Hold, Loan, ServiceCase, StaffMember
from portal.models.base import UtcDateTime

NEWEST_HOLDS = 20
_OF_CASES = {hold.value: case.value for case, hold in HOLDS.items()}


@dataclass(frozen=True, slots=True)
class RunningHold:
    """``ends_on`` is its last day where it has one; ``answer_by`` when the answer is promised that it waits for."""

    kind: HoldKind
    since: datetime
    ends_on: date | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold with the staff numbers of who set it, who asked to end it and who ended it; None where no member of staff did."""

    hold: Hold
    started_by: str | None
    end_asked_by: str | None
    ended_by: str | None

    @property
    def kind(self) -> HoldKind:
        return HoldKind(self.hold.kind)

    @property
    def rule(self) -> HoldRule:
        return RULES[self.kind]


def runs_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Not ended, and its last day not over: the day's run may be late."""
    return and_(Hold.ended_at.is_(None), or_(Hold.ends_on.is_(None), Hold.ends_on >= day))


def answer_promised() -> ScalarSelect[datetime]:
    """When the first answer is promised that a hold waits for."""
    return (
        select(func.min(ServiceCase.answer_by, type_=UtcDateTime()))
        .where(
            ServiceCase.status == "open",
            ServiceCase.kind == Hold.kind,
            ServiceCase.borrower_id == Loan.borrower_id,
            or_(ServiceCase.loan_id == Hold.loan_id, ServiceCase.loan_id.is_(None)),
        )
        .correlate(Hold, Loan)
        .scalar_subquery()
    )


def holds_of_loans(
    session: Session, loan_ids: Collection[int], *, on: date
) -> Mapping[int, Sequence[RunningHold]]:
    """By loan, the oldest first."""
    rows = session.execute(
        select(Hold.loan_id, Hold.kind, Hold.started_at, Hold.ends_on, answer_promised())
        .join(Loan, Loan.id == Hold.loan_id)
        .where(Hold.loan_id.in_(loan_ids), runs_on(on))
        .order_by(Hold.started_at, Hold.id)
    )
    return running_by_loan(rows)


def running_by_loan(rows: Iterable[Sequence[Any]]) -> Mapping[int, Sequence[RunningHold]]:
    """Of (loan, kind, since, last day, promised answer), in the order given."""
    found: defaultdict[int, list[RunningHold]] = defaultdict(list)
    for loan_id, kind, since, ends_on, answer_by in rows:
        found[loan_id].append(RunningHold(HoldKind(kind), since, ends_on, answer_by))
    return found


def holds_on(session: Session, loan_id: int) -> Sequence[HoldLine]:
    """Running ones first, then the newest."""
    started, asked, ended = aliased(StaffMember), aliased(StaffMember), aliased(StaffMember)
    rows = session.execute(
        select(Hold, started.number, asked.number, ended.number)
        .outerjoin(started, started.id == Hold.started_by)
        .outerjoin(asked, asked.id == Hold.end_asked_by)
        .outerjoin(ended, ended.id == Hold.ended_by)
        .where(Hold.loan_id == loan_id)
        .order_by(Hold.ended_at.is_not(None), Hold.id.desc())
        .limit(NEWEST_HOLDS)
    )
    return [HoldLine(*row) for row in rows]


def open_case_behind(session: Session, hold: Hold) -> int | None:
    """The id of an open case whose decision ends this hold; None where nothing open stands behind it."""
    kind = _OF_CASES.get(hold.kind)
    if kind is None:
        return None
    borrower_id = select(Loan.borrower_id).where(Loan.id == hold.loan_id).scalar_subquery()
    return session.scalar(
        select(ServiceCase.id)
        .where(
            ServiceCase.status == "open",
            ServiceCase.kind == kind,
            ServiceCase.borrower_id == borrower_id,
            or_(ServiceCase.loan_id == hold.loan_id, ServiceCase.loan_id.is_(None)),
        )
        .limit(1)
    )
