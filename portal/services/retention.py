"""Erasing what may not be kept any longer, class by class: a step takes some rows, its event and the count of the run together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, inspect, select, true, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.domain.reasons import EraseReason
from portal.domain.retention import RETENTIONS, DataClass, Retention
from portal.models import Base, Borrower, Event, RetentionRun
from portal.queries.retention import ROWS, Rows, is_due
from portal.services.contact_retention import erase_due_contacts
from portal.services.erasure import Today, erase_borrower
from portal.services.record import record
from portal.services.record_erasing import erase_event

BATCH: Final = 500
_AT_A_TIME: Final[Mapping[type[Base], int]] = {Event: 50, Borrower: 1}
"""Each erased event is told of by another one; a person has hundreds of them."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run is in a class: the table's number among the class's, and the key of the last row that was looked at."""

    table: int = 0
    key: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class NotErased:
    """A row that could not be erased, and by which error; never what it says."""

    data: DataClass
    row_id: int
    error: str


@dataclass(frozen=True, slots=True)
class Step:
    """How many rows are gone, where to go on (None at the end), and those that could not go."""

    rows: int
    reached: Reached | None
    failed: Sequence[NotErased] = ()


def begin_retention(session: Session, *, on: date, now: datetime) -> RetentionRun:
    """The run that was stopped, to be gone on with; else a new one. Of several that begin at once all get the same."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    begun = insert(RetentionRun).values(business_date=on, counts={}, started_at=now)
    session.execute(begun.on_conflict_do_nothing())
    run = session.scalars(select(RetentionRun).where(RetentionRun.finished_at.is_(None))).one()
    run.business_date = on
    session.flush()
    return run


def erase_some(
    session: Session,
    actor: Actor,
    *,
    run_id: int,
    data: DataClass,
    zone: tzinfo,
    now: datetime,
    after: Reached = Reached(),
) -> Step:
    """Some rows of a class whose time is over, of those that come after. Files have their own way (``attachment_retention``)."""
    run = session.get_one(RetentionRun, run_id, with_for_update=True, populate_existing=True)
    today = Today(run.business_date, zone, now)
    if data is DataClass.CONTACTS:
        step = _erase_contacts(session, actor, after, today)
    else:
        step = _erase_rows(session, actor, RETENTIONS[data], after, today)
    note_erased(session, actor, run=run, data=data, rows=step.rows, now=now)
    return step


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
    run = session.get_one(RetentionRun, run_id, with_for_update=True, populate_existing=True)
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


def _erase_contacts(session: Session, actor: Actor, after: Reached, today: Today) -> Step:
    last_id = int(after.key[0]) if after.key else 0
    done = erase_due_contacts(session, actor, after=last_id, on=today.on, zone=today.zone, now=today.now)
    return Step(done.erased, None if done.last_id is None else Reached(key=(done.last_id,)))


def _erase_rows(session: Session, actor: Actor, retention: Retention, after: Reached, today: Today) -> Step:
    """Of the first table that has any more."""
    key = after.key
    for number, rows in enumerate(ROWS[retention.data]):
        if number < after.table:
            continue
        keys = _due_keys(session, rows, retention, today, key)
        if keys:
            gone, failed = _erase(session, actor, retention.data, rows, keys, today)
            return Step(gone, Reached(number, keys[-1]), failed)
        key = ()
    return Step(0, None)


def _due_keys(
    session: Session, rows: Rows, retention: Retention, today: Today, after: tuple[Any, ...]
) -> Sequence[tuple[Any, ...]]:
    key = inspect(rows.model).primary_key
    comes_later: ColumnElement[bool] = tuple_(*key) > tuple_(*after) if after else true()
    due = is_due(rows, retention, today.on, today.zone)
    limit = _AT_A_TIME.get(rows.model, BATCH)
    return [
        tuple(row)
        for row in session.execute(select(*key).where(comes_later, due).order_by(*key).limit(limit))
    ]


def _erase(
    session: Session,
    actor: Actor,
    data: DataClass,
    rows: Rows,
    keys: Sequence[tuple[Any, ...]],
    today: Today,
) -> tuple[int, Sequence[NotErased]]:
    reason = EraseReason.RETENTION_OVER
    if rows.model is Event:
        return _one_by_one(
            session,
            data,
            keys,
            lambda row_id: erase_event(session, actor, event_id=row_id, reason=reason, now=today.now),
        )
    if rows.model is Borrower:
        return _one_by_one(
            session,
            data,
            keys,
            lambda row_id: erase_borrower(session, actor, borrower_id=row_id, reason=reason, today=today),
        )
    key = inspect(rows.model).primary_key
    are_these = tuple_(*key).in_(keys)
    if rows.emptied:
        session.execute(update(rows.model).where(are_these).values(**rows.emptied))
    else:
        session.execute(delete(rows.model).where(are_these))
    return len(keys), ()


def _one_by_one(
    session: Session, data: DataClass, keys: Sequence[tuple[Any, ...]], erase: Callable[[int], None]
) -> tuple[int, Sequence[NotErased]]:
    """One that cannot be erased leaves the others alone. What has come to be kept since it was found waits for its time."""
    gone, failed = 0, list[NotErased]()
    for (row_id,) in keys:
        try:
            with session.begin_nested():
                erase(row_id)
        except OperationalError:
            raise
        except Conflict:
            continue
        except DomainError as error:
            if error.code != "legal_hold_runs":
                failed.append(NotErased(data, row_id, error.code))
        except Exception as error:  # noqa: BLE001 - whatever one row meets, the others are to go
            failed.append(NotErased(data, row_id, type(error).__name__))
        else:
            gone += 1
    return gone, failed
