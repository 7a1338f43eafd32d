"""The record: every change and every look leaves an event in the same transaction."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from secrets import token_bytes
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.events import check_event
from portal.domain.permissions import Actor
from portal.domain.record_leaves import SALT_BYTES
from portal.models import Event, Proposal
from portal.models.base import UtcDateTime
from portal.queries.prepared import Prepared, given, table_of
from portal.services.bulk_rows import add_rows

_EVENTS: Final = table_of(Event)
_COLUMNS: Final = (
    "name",
    "at",
    "actor_kind",
    "actor_id",
    "request_id",
    "borrower_id",
    "loan_id",
    "fields",
    "salt",
)
_WRITTEN: Final = (*_COLUMNS, "proposal_id")
_PUT_BY: Final = "events_put_by"
RECORDED: Final = "recorded"
"""Under it a connection notes the names of what is recorded, for whoever laid a list there to count them."""


def record(
    session: Session,
    actor: Actor,
    name: str,
    *,
    now: datetime,
    borrower_id: int | None = None,
    loan_id: int | None = None,
    proposal_id: int | None = None,
    **fields: object,
) -> None:
    """Append one event; ``ValueError`` where it is not exactly as the vocabulary says. On a support call it says which."""
    if actor.on_call is not None:
        fields = {**fields, **actor.on_call.as_fields()}
    check_event(name, fields)
    row = {
        "name": name,
        "at": now,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "request_id": actor.request_id,
        "borrower_id": borrower_id,
        "loan_id": loan_id,
        "proposal_id": proposal_id,
        "fields": fields,
        "salt": token_bytes(SALT_BYTES),
    }
    put_by = session.info.get(_PUT_BY)
    if put_by is None:
        session.flush()
        _write(session, [row])
    else:
        put_by.append(row)


@contextmanager
def recorded_at_once(session: Session) -> Iterator[None]:
    """The events of a verb in one statement at its end, in their order. Nothing of them is written where the verb is refused, as nothing
    of the verb stays then; who reads the record in between does not find them yet.
    """
    if _PUT_BY in session.info:
        yield
        return
    session.info[_PUT_BY] = rows = list[dict[str, Any]]()
    try:
        yield
    finally:
        del session.info[_PUT_BY]
    if rows:
        _write(session, rows)


def _write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    values = {f"{name}_{place}": each for place, row in enumerate(rows) for name, each in row.items()}
    _inserts(len(rows)).run(session, **values)
    noted = session.connection().info.get(RECORDED)
    if noted is not None:
        noted += [row["name"] for row in rows]


@lru_cache(maxsize=64)
def _inserts(count: int) -> Prepared:
    """So many events in one statement; on either database they are numbered in the order given."""
    rows = [
        {name: given(f"{name}_{place}", _EVENTS.c[name].type) for name in _WRITTEN} for place in range(count)
    ]
    return Prepared(insert(_EVENTS).values(rows))


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """One of many events of a moment, about a loan and its borrower."""

    name: str
    borrower_id: int
    loan_id: int
    fields: Mapping[str, object]


def record_all(session: Session, actor: Actor, events: Sequence[LoanEvent], *, now: datetime) -> None:
    """Append many events in their order; ``ValueError`` where one is not exactly as the vocabulary says."""
    for event in events:
        check_event(event.name, event.fields)
    stamp = UtcDateTime().process_bind_param(now, session.get_bind().dialect)
    add_rows(session, Event.__tablename__, _COLUMNS, [_row(actor, event, stamp) for event in events])


def _row(actor: Actor, event: LoanEvent, stamp: datetime | None) -> tuple[Any, ...]:
    """In the order of ``_COLUMNS``."""
    return (
        event.name,
        None if stamp is None else stamp.isoformat(sep=" ", timespec="microseconds"),
        actor.kind.value,
        actor.id,
        actor.request_id,
        event.borrower_id,
        event.loan_id,
        json.dumps(event.fields),
        token_bytes(SALT_BYTES),
    )


def record_about(
    session: Session, actor: Actor, proposal: Proposal, name: str, *, now: datetime, **fields: object
) -> None:
    """An event about a proposal, its loan and its borrower."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        **fields,
    )
