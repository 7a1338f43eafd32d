"""The queue of cases that wait for a person, a page at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select
from sqlalchemy.orm import Session, aliased

from portal.domain.arrears import bucket_of
from portal.domain.queue_choices import NEAR, Due, Sort, Stage, Whose
from portal.models import Proposal, ReviewItem, StaffMember
from portal.queries.involvement import listed_for
from portal.queries.queue_filters import QueueFilter, found_by, is_near
from portal.queries.queue_keys import QueueKey, key_of, placed

PAGE: Final = 50
COUNTED: Final = 100
"""Counts stop here and say so ("100+"): nobody waits for a number."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case of the queue; nothing of the person. ``holder`` and ``drafter`` are staff numbers; ``due`` says how its promise stands.

    The two costs are what is paid beyond principal, in minor units; None where it was not kept.
    """

    proposal_id: int
    public_id: str
    reference: str
    deadline_at: datetime
    due: Due
    kind: str
    amount_minor: int
    currency: str
    plan_cost_minor: int | None
    no_plan_cost_minor: int | None
    dpd: int
    bucket: str | None
    main_reason: str
    more_reasons: int
    drafter: str | None
    is_drafted_by_me: bool
    holder: str | None
    is_mine: bool

    @property
    def is_breached(self) -> bool:
        return self.due is Due.OVERDUE


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page, and the keys of its neighbours where there are any."""

    rows: Sequence[QueueRow]
    before: QueueKey | None
    after: QueueKey | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many cases the filter finds, how many of them are past their time or about to be, how many are mine, how many wait for me as
    second approver. More than ``COUNTED`` is one more. ``near`` counts both stages, whatever the filter; ``nearest`` is the
    earliest of them.
    """

    found: int
    breached: int
    near: int
    mine: int
    seconds: int
    nearest: datetime | None


def queue_page(
    session: Session, wanted: QueueFilter, *, key: QueueKey | None = None, size: int = PAGE
) -> QueuePage:
    """The page after (or before) a key."""
    is_back = key is not None and key.is_backwards
    found = session.execute(placed(_rows(wanted), wanted.sort, key).limit(size + 1)).all()
    has_more, shown = len(found) > size, found[:size]
    if not shown:
        return QueuePage((), None, None)
    rows = list(reversed(shown)) if is_back else list(shown)
    first, last = key_of(rows[0], wanted.sort, is_backwards=True), key_of(rows[-1], wanted.sort)
    has_before = has_more if is_back else key is not None
    return QueuePage(
        [_row(row, wanted) for row in rows],
        first if has_before else None,
        last if is_back or has_more else None,
    )


def queue_counts(session: Session, wanted: QueueFilter) -> QueueCounts:
    """Capped counts in one statement."""
    everything = QueueFilter(staff_id=wanted.staff_id, now=wanted.now, today_ends=wanted.today_ends)
    columns = (
        _capped(found_by(wanted), wanted.sort),
        _capped(and_(found_by(wanted), ReviewItem.deadline_at < wanted.now), Sort.DEADLINE),
        _capped(_near(wanted), Sort.DEADLINE),
        _capped(found_by(replace(wanted, whose=Whose.MINE))),
        _capped(found_by(replace(everything, stage=Stage.SECOND))),
        _nearest(wanted),
    )
    return QueueCounts(*session.execute(select(*columns)).one())


def _rows(wanted: QueueFilter) -> Select[Any]:
    holder, drafter = aliased(StaffMember), aliased(StaffMember)
    return (
        select(
            *ReviewItem.__table__.c,
            Proposal.public_id,
            Proposal.reference,
            Proposal.referral_reasons,
            holder.number.label("holder"),
            drafter.number.label("drafter"),
        )
        .select_from(ReviewItem)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .outerjoin(holder, holder.id == ReviewItem.claimed_by)
        .outerjoin(drafter, drafter.id == ReviewItem.drafted_by)
        .where(found_by(wanted))
    )


def count_since(session: Session, wanted: QueueFilter, since: datetime) -> int:
    """How many of the cases that the filter finds began to wait after an instant; capped."""
    return session.scalar(select(_capped(and_(found_by(wanted), ReviewItem.queued_at > since)))) or 0


def rows_now(session: Session, wanted: QueueFilter, public_ids: Collection[str]) -> Mapping[str, QueueRow]:
    """How rows that somebody has before them stand now; what waits no more is missing."""
    anyhow = QueueFilter(
        staff_id=wanted.staff_id, now=wanted.now, today_ends=wanted.today_ends, stage=wanted.stage
    )
    found = session.execute(_rows(anyhow).where(Proposal.public_id.in_(public_ids)))
    return {row.public_id: _row(row, wanted) for row in found}


def _capped(condition: ColumnElement[bool], sort: Sort | None = None) -> ColumnElement[int]:
    """With ``sort``, in the order in which the page reads them: without one PostgreSQL may walk through all that is older first."""
    some = (
        select(literal(1))
        .select_from(ReviewItem)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(condition)
    )
    ordered = some if sort is None else placed(some, sort, None)
    return select(func.count()).select_from(ordered.limit(COUNTED + 1).subquery()).scalar_subquery()


def _near(wanted: QueueFilter) -> ColumnElement[bool]:
    """Of all that waits, for a decision or for a second approver: what is about to pass its promised time."""
    return and_(ReviewItem.stage != "held", is_near(wanted.now), listed_for(wanted.staff_id))


def _nearest(wanted: QueueFilter) -> ColumnElement[Any]:
    return (
        select(ReviewItem.deadline_at)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(_near(wanted))
        .order_by(ReviewItem.deadline_at)
        .limit(1)
        .scalar_subquery()
    )


def _row(row: Row[Any], wanted: QueueFilter) -> QueueRow:
    is_held = row.claimed_until is not None and row.claimed_until > wanted.now
    return QueueRow(
        proposal_id=row.proposal_id,
        public_id=row.public_id,
        reference=row.reference,
        deadline_at=row.deadline_at,
        due=_due(row.deadline_at, wanted),
        kind=row.kind,
        amount_minor=row.amount_minor,
        currency=row.currency,
        plan_cost_minor=row.plan_cost_minor,
        no_plan_cost_minor=row.no_plan_cost_minor,
        dpd=row.dpd,
        bucket=bucket_of(row.dpd),
        main_reason=row.main_reason,
        more_reasons=len(set(row.referral_reasons) - {row.main_reason}),
        drafter=row.drafter,
        is_drafted_by_me=row.drafted_by == wanted.staff_id,
        holder=row.holder if is_held else None,
        is_mine=is_held and row.claimed_by == wanted.staff_id,
    )


def _due(deadline_at: datetime, wanted: QueueFilter) -> Due:
    if deadline_at < wanted.now:
        return Due.OVERDUE
    if deadline_at < wanted.now + NEAR:
        return Due.NEAR
    return Due.TODAY if deadline_at < wanted.today_ends else Due.LATER
