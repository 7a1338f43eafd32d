"""Erasing what may not be kept any longer, class by class: a step takes some rows, its event and the count of the run together."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import delete, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.domain.reasons import EraseReason
from portal.domain.retention import RETENTIONS, DataClass, Retention
from portal.models import Base, Borrower, Event, RetentionRun
from portal.queries.retention import ROWS, Rows, is_due, newest_retention_run
from portal.services.contact_retention import erase_due_contacts
from portal.services.erasure import Today, erase_borrower
from portal.services.record import record
from portal.services.record_erasing import erase_event

BATCH: Final = 500
_AT_A_TIME: Final[Mapping[type[Base], int]] = {Event: 50, Borrower: 1}
"""Each erased event is told of by another one; a person has hundreds of them."""


def begin_retention(session: Session, *, on: date, now: datetime) -> RetentionRun:
    """The run that was stopped, to be gone on with; else a new one."""
    last = newest_retention_run(session)
    if last is not None and last.finished_at is None:
        last.business_date = on
        session.flush()
        return last
    run = RetentionRun(business_date=on, counts={}, started_at=now)
    session.add(run)
    session.flush()
    return run


def erase_some(
    session: Session, actor: Actor, *, run_id: int, data: DataClass, zone: tzinfo, now: datetime
) -> int:
    """Some rows of a class whose time is over; 0 once none is left. Files have their own way (``attachment_retention``)."""
    run = session.get_one(RetentionRun, run_id, with_for_update=True)
    retention = RETENTIONS[data]
    if data is DataClass.CONTACTS:
        gone = erase_due_contacts(session, actor, after=0, on=run.business_date, zone=zone, now=now).erased
    else:
        gone = _erase_rows(session, actor, retention, run.business_date, zone, now)
    note_erased(session, actor, run=run, data=data, rows=gone, now=now)
    return gone


def note_erased(
    session: Session, actor: Actor, *, run: RetentionRun, data: DataClass, rows: int, now: datetime
) -> None:
    """What a step did: an event, and the count of the run."""
    if not rows:
        return
    run.counts = {**run.counts, data.value: int(run.counts.get(data.value, 0)) + rows}
    session.flush()
    before = RETENTIONS[data].cutoff(run.business_date)
    record(
        session,
        actor,
        "retention:erased",
        now=now,
        run_id=run.id,
        data=data.value,
        rows=rows,
        before=before.isoformat(),
    )


def finish_retention(session: Session, actor: Actor, *, run_id: int, now: datetime) -> RetentionRun:
    """Finished once, whoever comes second."""
    run = session.get_one(RetentionRun, run_id, with_for_update=True)
    if run.finished_at is None:
        run.finished_at = now
        session.flush()
        record(
            session,
            actor,
            "retention:finished",
            now=now,
            run_id=run.id,
            business_date=run.business_date.isoformat(),
            counts=run.counts,
        )
    return run


def _erase_rows(
    session: Session, actor: Actor, retention: Retention, on: date, zone: tzinfo, now: datetime
) -> int:
    """Of the first table that has any."""
    for rows in ROWS.get(retention.data, ()):
        limit = _AT_A_TIME.get(rows.model, BATCH)
        keys = _due_keys(session, rows, retention, on, zone, limit)
        if keys:
            _erase(session, actor, rows, keys, Today(on, zone, now))
            return len(keys)
    return 0


def _due_keys(
    session: Session, rows: Rows, retention: Retention, on: date, zone: tzinfo, limit: int
) -> Sequence[tuple[Any, ...]]:
    key = inspect(rows.model).primary_key
    due = select(*key).where(is_due(rows, retention, on, zone)).order_by(*key).limit(limit)
    return [tuple(row) for row in session.execute(due)]


def _erase(session: Session, actor: Actor, rows: Rows, keys: Sequence[tuple[Any, ...]], today: Today) -> None:
    reason = EraseReason.RETENTION_OVER
    if rows.model is Event:
        for (event_id,) in keys:
            erase_event(session, actor, event_id=event_id, reason=reason, now=today.now)
        return
    if rows.model is Borrower:
        for (borrower_id,) in keys:
            erase_borrower(session, actor, borrower_id=borrower_id, reason=reason, today=today)
        return
    key = inspect(rows.model).primary_key
    are_these = tuple_(*key).in_(keys)
    if rows.emptied:
        session.execute(update(rows.model).where(are_these).values(**rows.emptied))
    else:
        session.execute(delete(rows.model).where(are_these))
