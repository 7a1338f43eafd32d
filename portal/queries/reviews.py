"""The queue of cases that wait for a person, in the order of their deadlines; by keyset, never by counting pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.plans import PlanKind
from portal.models import Decision, Proposal, ReviewItem, StaffMember, StaffRelation

PAGE = 50
COUNTED = 100
"""Counts stop here and say so ("100+"): nobody waits for a number."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Whose(StrEnum):
    """Which cases a page of the queue shows."""

    ALL = "all"
    FREE = "free"
    MINE = "mine"


class Stage(StrEnum):
    """What a case waits for."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Who looks, when, and at what."""

    staff_id: int
    now: datetime
    kind: PlanKind | None = None
    whose: Whose = Whose.ALL
    stage: Stage = Stage.FIRST


@dataclass(frozen=True, slots=True)
class QueueKey:
    """A place in the queue: after (or before) the row with this deadline and id."""

    deadline_at: datetime
    proposal_id: int
    is_backwards: bool = False

    def __str__(self) -> str:
        return f"{(self.deadline_at - _EPOCH) // timedelta(microseconds=1)}-{self.proposal_id}"

    @classmethod
    def parse(cls, text: str | None, *, is_backwards: bool = False) -> "QueueKey | None":
        """What ``str`` gave; None for anything else."""
        micros, _, number = (text or "").partition("-")
        is_key = micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()
        if not is_key or len(micros) > 17 or len(number) > 18:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(micros)), int(number), is_backwards)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case of the queue; nothing of the person. ``holder`` is the staff number of a live claim."""

    proposal_id: int
    public_id: str
    reference: str
    deadline_at: datetime
    kind: str
    amount_minor: int
    currency: str
    dpd: int
    main_reason: str
    more_reasons: int
    holder: str | None
    is_mine: bool
    is_breached: bool
    is_due_today: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page, and the keys of its neighbours where there are any."""

    rows: Sequence[QueueRow]
    before: QueueKey | None
    after: QueueKey | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many cases the filter finds, how many of them are past their time, how many are mine, how many wait for me as second approver.

    More than ``COUNTED`` is one more.
    """

    found: int
    breached: int
    mine: int
    seconds: int


def queue_page(
    session: Session,
    wanted: QueueFilter,
    *,
    key: QueueKey | None = None,
    due_before: datetime,
    size: int = PAGE,
) -> QueuePage:
    """The page after (or before) a key. ``due_before`` is the end of the business day, for what is due today."""
    is_back = key is not None and key.is_backwards
    found = session.execute(_page_statement(wanted, key).limit(size + 1)).all()
    has_more, shown = len(found) > size, found[:size]
    rows = [_row(row, wanted, due_before) for row in (reversed(shown) if is_back else shown)]
    if not rows:
        return QueuePage((), None, None)
    first, last = _key_of(rows[0], is_backwards=True), _key_of(rows[-1])
    has_before = has_more if is_back else key is not None
    return QueuePage(rows, first if has_before else None, last if is_back or has_more else None)


def queue_counts(session: Session, wanted: QueueFilter) -> QueueCounts:
    """Four capped counts in one statement."""
    mine = replace(wanted, whose=Whose.MINE)
    late = ReviewItem.deadline_at < wanted.now
    second = QueueFilter(wanted.staff_id, wanted.now, stage=Stage.SECOND)
    columns = (
        _capped(_found(wanted)),
        _capped(and_(_found(wanted), late)),
        _capped(_found(mine)),
        _capped(_found(second)),
    )
    found, breached, held, seconds = session.execute(select(*columns)).one()
    return QueueCounts(found, breached, held, seconds)


def _page_statement(wanted: QueueFilter, key: QueueKey | None) -> Select[Any]:
    holder = aliased(StaffMember)
    columns = tuple_(ReviewItem.deadline_at, ReviewItem.proposal_id)
    statement = (
        select(
            *ReviewItem.__table__.c,
            Proposal.public_id,
            Proposal.reference,
            Proposal.referral_reasons,
            holder.number.label("holder"),
        )
        .select_from(ReviewItem)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .outerjoin(holder, holder.id == ReviewItem.claimed_by)
        .where(_found(wanted))
    )
    if key is not None and key.is_backwards:
        statement = statement.where(columns < _bound(key))
        return statement.order_by(ReviewItem.deadline_at.desc(), ReviewItem.proposal_id.desc())
    if key is not None:
        statement = statement.where(columns > _bound(key))
    return statement.order_by(ReviewItem.deadline_at, ReviewItem.proposal_id)


def _bound(key: QueueKey) -> ColumnElement[Any]:
    return tuple_(literal(key.deadline_at, ReviewItem.deadline_at.type), literal(key.proposal_id))


def _found(wanted: QueueFilter) -> ColumnElement[bool]:
    """The filter, over ``review_item`` joined with ``proposal``. Left out: cases of oneself and of people close (P18), and those that
    one declined before another person was asked for (P15), or decided first.
    """
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == wanted.staff_id)
    decided = exists().where(
        Decision.proposal_id == Proposal.id,
        Decision.kind == DecisionKind.DECLINE.value,
        Decision.state == DecisionState.SENT.value,
        or_(Decision.first_staff_id == wanted.staff_id, Decision.second_staff_id == wanted.staff_id),
    )
    conditions: list[ColumnElement[bool]] = [
        ReviewItem.stage == wanted.stage.value,
        or_(ReviewItem.decided_by.is_(None), ReviewItem.decided_by != wanted.staff_id),
        Proposal.borrower_id.not_in(related),
        or_(Proposal.review_round == 1, ~decided),
    ]
    if wanted.kind is not None:
        conditions.append(ReviewItem.kind == wanted.kind.value)
    if wanted.whose is Whose.MINE:
        conditions.append(
            and_(ReviewItem.claimed_by == wanted.staff_id, ReviewItem.claimed_until > wanted.now)
        )
    if wanted.whose is Whose.FREE:
        conditions.append(or_(ReviewItem.claimed_by.is_(None), ReviewItem.claimed_until <= wanted.now))
    return and_(*conditions)


def _capped(condition: ColumnElement[bool]) -> ColumnElement[int]:
    some = (
        select(literal(1))
        .select_from(ReviewItem)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(condition)
        .limit(COUNTED + 1)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def _row(row: Row[Any], wanted: QueueFilter, due_before: datetime) -> QueueRow:
    is_held = row.claimed_until is not None and row.claimed_until > wanted.now
    is_breached = row.deadline_at < wanted.now
    return QueueRow(
        proposal_id=row.proposal_id,
        public_id=row.public_id,
        reference=row.reference,
        deadline_at=row.deadline_at,
        kind=row.kind,
        amount_minor=row.amount_minor,
        currency=row.currency,
        dpd=row.dpd,
        main_reason=row.main_reason,
        more_reasons=len(set(row.referral_reasons) - {row.main_reason}),
        holder=row.holder if is_held else None,
        is_mine=is_held and row.claimed_by == wanted.staff_id,
        is_breached=is_breached,
        is_due_today=not is_breached and row.deadline_at < due_before,
    )


def _key_of(row: QueueRow, *, is_backwards: bool = False) -> QueueKey:
    return QueueKey(row.deadline_at, row.proposal_id, is_backwards)
