"""The outbox: what is to be done outside, enqueued with the change that decided it and claimed by workers."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import OutboxItem
from portal.queries.prepared import Prepared, given, table_of

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 12
_BACKOFF_CEILING = timedelta(hours=1)
_NEVER_GIVEN_UP = frozenset({"agreement:seal"})
"""Whoever has an agreement in force gets its document, however long an authority outside is down."""


_ITEMS: Final = table_of(OutboxItem)


def _enqueuing(insert: Any) -> Any:
    told = {
        name: given(name, _ITEMS.c[name].type)
        for name in ("kind", "dedupe_key", "payload", "made_at", "due_at")
    }
    adding = insert(_ITEMS).values(state="open", attempts=0, is_bulk=False, **told)
    return adding.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(_ITEMS.c.id)


_ENQUEUING: Final = Prepared(_enqueuing(sqlite.insert), postgresql=_enqueuing(postgresql.insert))


def enqueue(
    session: Session,
    *,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, Any],
    now: datetime,
    due_at: datetime | None = None,
) -> bool:
    """Add a piece of work once: False where one with this key is there already, done or not."""
    session.flush()
    added = _ENQUEUING.row(
        session,
        kind=kind,
        dedupe_key=dedupe_key,
        payload=dict(payload),
        made_at=now,
        due_at=due_at or now,
    )
    return added is not None


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether there may be something to claim."""
    found = session.scalar(select(OutboxItem.id).where(*_due(now)).limit(1))
    return found is not None


def claim_due(
    session: Session, *, now: datetime, give_up: Callable[[OutboxItem], None] = lambda _item: None
) -> OutboxItem | None:
    """The oldest piece of work that is due and that nobody holds, leased to the caller; None where there is none. Bulk comes last.

    One whose workers died ``MAX_ATTEMPTS`` times without a word is given up, and ``give_up`` hears of it: it may be what kills them.
    """
    while (item := _next_due(session, now)) is not None:
        if item.attempts < MAX_ATTEMPTS:
            item.leased_until = now + LEASE
            item.attempts += 1
            session.flush()
            return item
        item.state, item.leased_until, item.last_error = "dead", None, "worker_died"
        give_up(item)
        session.flush()
    return None


def _next_due(session: Session, now: datetime) -> OutboxItem | None:
    return session.scalar(
        select(OutboxItem)
        .where(*_due(now))
        .order_by(OutboxItem.is_bulk, OutboxItem.due_at, OutboxItem.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxItem.state == "open",
        OutboxItem.due_at <= now,
        (OutboxItem.leased_until.is_(None)) | (OutboxItem.leased_until < now),
    )


def mark_done(session: Session, item_id: int, *, now: datetime) -> None:
    """Not what was put off or called off while it was worked on: its lease is gone."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.state == "open", OutboxItem.leased_until.is_not(None))
        .values(state="done", done_at=now, leased_until=None, last_error=None)
    )


def put_off(session: Session, item_id: int, *, attempts: int, until: datetime, because: str) -> None:
    """Nothing was tried: the same piece of work comes again, and this turn does not count. ``attempts`` as for ``mark_failed``."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.state == "open", OutboxItem.attempts == attempts)
        .values(due_at=until, leased_until=None, attempts=attempts - 1, last_error=because)
    )


def call_off(session: Session, item_id: int, *, attempts: int, because: str, now: datetime) -> None:
    """It will never be done. ``attempts`` as for ``mark_failed``."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.state == "open", OutboxItem.attempts == attempts)
        .values(state="cancelled", done_at=now, leased_until=None, last_error=because)
    )


def mark_failed(session: Session, item_id: int, *, attempts: int, error: str, now: datetime) -> bool:
    """Put it off with doubling delay; True where it was given up after ``MAX_ATTEMPTS``, which sealing never is.

    ``attempts`` is what the claim said: who lost the lease meanwhile changes nothing of what the next worker does with it.
    """
    item = session.scalar(
        select(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.state == "open", OutboxItem.attempts == attempts)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if item is None:
        return False
    item.last_error = error[:500]
    item.leased_until = None
    item.due_at = now + min(timedelta(seconds=2**item.attempts), _BACKOFF_CEILING)
    if item.attempts < MAX_ATTEMPTS:
        return False
    if item.kind not in _NEVER_GIVEN_UP:
        item.state = "dead"
        return True
    # Half of the tries again: those that are left are for workers that die of it.
    item.attempts = MAX_ATTEMPTS // 2
    return False
