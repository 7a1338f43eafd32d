"""What the queue is narrowed to, as conditions over ``review_item`` joined with ``proposal``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from portal.domain.plans import PlanKind
from portal.domain.policy import Referral
from portal.domain.queue_choices import BUCKETS, NEAR, Drafted, Due, Sort, Stage, SumBand, Whose
from portal.models import ReviewItem
from portal.queries.involvement import listed_for

DEFAULT_CURRENCY: Final = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Who looks, when, and at what. ``today_ends`` is the end of the business day; ``bucket`` a code of ``BUCKETS``."""

    staff_id: int
    now: datetime
    today_ends: datetime
    stage: Stage = Stage.FIRST
    kind: PlanKind | None = None
    currency: str | None = None
    sum: SumBand | None = None
    bucket: str | None = None
    reason: Referral | None = None
    due: Due | None = None
    whose: Whose = Whose.ALL
    drafted: Drafted | None = None
    sort: Sort = Sort.DEADLINE

    @property
    def is_narrowed(self) -> bool:
        chosen = (self.kind, self.currency, self.sum, self.bucket, self.reason, self.due, self.drafted)
        return self.whose is not Whose.ALL or any(choice is not None for choice in chosen)


def found_by(wanted: QueueFilter) -> ColumnElement[bool]:
    """The cases that the filter finds, without those that are no business of who looks."""
    conditions = (
        _kind(wanted),
        _reason(wanted),
        _sum(wanted),
        _bucket(wanted),
        _due(wanted),
        _whose(wanted),
        _drafted(wanted),
    )
    chosen = (condition for condition in conditions if condition is not None)
    return and_(ReviewItem.stage == wanted.stage.value, *chosen, listed_for(wanted.staff_id))


def _kind(wanted: QueueFilter) -> ColumnElement[bool] | None:
    return None if wanted.kind is None else ReviewItem.kind == wanted.kind.value


def _reason(wanted: QueueFilter) -> ColumnElement[bool] | None:
    return None if wanted.reason is None else ReviewItem.main_reason == wanted.reason.value


def _sum(wanted: QueueFilter) -> ColumnElement[bool] | None:
    if wanted.currency is None and wanted.sum is None:
        return None
    currency = wanted.currency or DEFAULT_CURRENCY
    is_in_it = ReviewItem.currency == currency
    if wanted.sum is None:
        return is_in_it
    low, high = wanted.sum.bounds(currency)
    is_above = and_(is_in_it, ReviewItem.amount_minor >= low)
    return is_above if high is None else and_(is_above, ReviewItem.amount_minor < high)


def _bucket(wanted: QueueFilter) -> ColumnElement[bool] | None:
    if wanted.bucket is None:
        return None
    bucket = BUCKETS[wanted.bucket]
    is_late_enough = ReviewItem.dpd >= bucket.first
    return is_late_enough if bucket.last is None else and_(is_late_enough, ReviewItem.dpd <= bucket.last)


def _due(wanted: QueueFilter) -> ColumnElement[bool] | None:
    match wanted.due:
        case None:
            return None
        case Due.OVERDUE:
            return ReviewItem.deadline_at < wanted.now
        case Due.NEAR:
            return is_near(wanted.now)
        case Due.TODAY:
            return and_(ReviewItem.deadline_at >= wanted.now, ReviewItem.deadline_at < wanted.today_ends)
        case Due.LATER:
            return ReviewItem.deadline_at >= wanted.today_ends


def is_near(now: datetime) -> ColumnElement[bool]:
    """The promised time is about to pass."""
    return and_(ReviewItem.deadline_at >= now, ReviewItem.deadline_at < now + NEAR)


def _whose(wanted: QueueFilter) -> ColumnElement[bool] | None:
    me, is_live = wanted.staff_id, ReviewItem.claimed_until > wanted.now
    match wanted.whose:
        case Whose.ALL:
            return None
        case Whose.FREE:
            return or_(ReviewItem.claimed_by.is_(None), ReviewItem.claimed_until <= wanted.now)
        case Whose.MINE:
            return and_(ReviewItem.claimed_by == me, is_live)
        case Whose.OTHERS:
            return and_(ReviewItem.claimed_by.is_not(None), ReviewItem.claimed_by != me, is_live)


def _drafted(wanted: QueueFilter) -> ColumnElement[bool] | None:
    match wanted.drafted:
        case None:
            return None
        case Drafted.BORROWER:
            return ReviewItem.drafted_by.is_(None)
        case Drafted.STAFF:
            return ReviewItem.drafted_by.is_not(None)
        case Drafted.ME:
            return ReviewItem.drafted_by == wanted.staff_id
