"""Promised times that nobody has kept yet: the desk is warned before one passes, and its passing goes on record."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.domain.queue_choices import NEAR, Alarm
from portal.models import Proposal, ReviewItem
from portal.services.record import record_about

EVENTS = {Alarm.NEAR: "case:promise_near", Alarm.MISSED: "case:promise_missed"}


def has_alarms(session: Session, *, now: datetime) -> bool:
    """Whether there is something to warn of: asked without taking a lock."""
    return session.scalar(select(ReviewItem.proposal_id).where(_is_due(now)).limit(1)) is not None


def raise_alarms(session: Session, actor: Actor, *, now: datetime, limit: int = 500) -> Sequence[Alarm]:
    """Warn once of each promise that is about to pass and once when it has passed; the earliest first, at most ``limit``.

    What is decided and only waits to go out is kept. Returns what was warned of.
    """
    rows = session.execute(
        select(ReviewItem, Proposal)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(_is_due(now))
        .order_by(ReviewItem.deadline_at)
        .limit(limit)
        .with_for_update(of=ReviewItem, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return [_raise(session, actor, item, proposal, now) for item, proposal in rows]


def _raise(session: Session, actor: Actor, item: ReviewItem, proposal: Proposal, now: datetime) -> Alarm:
    alarm = Alarm.MISSED if item.deadline_at < now else Alarm.NEAR
    item.alarm = alarm.value
    promised = item.deadline_at.isoformat()
    record_about(session, actor, proposal, EVENTS[alarm], now=now, deadline_at=promised)
    return alarm


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_new = and_(ReviewItem.alarm.is_(None), ReviewItem.deadline_at < now + NEAR)
    is_passed = and_(ReviewItem.alarm == Alarm.NEAR.value, ReviewItem.deadline_at < now)
    return and_(ReviewItem.stage != "held", or_(is_new, is_passed))
