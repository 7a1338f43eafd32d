"""Messages that nobody asked for in this moment: asked for here by the hundred, guarded one by one when they would go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.contact_hours import usual_hours_on
from portal.domain.contact_packs import HOME_ZONE
from portal.domain.message_checks import message_reference
from portal.domain.occasions import ONCE_A_BORROWER, PURPOSES, Occasion
from portal.domain.permissions import Actor
from portal.models import Borrower, Loan, LoanStanding, OutboxItem
from portal.queries.handling import placed_with
from portal.queries.occasions import why_over
from portal.services.bulk_rows import json_rows
from portal.services.contact_attempts import WantedMessage, record_refused
from portal.services.contact_ways import ways_to
from portal.services.outbox import enqueue

KIND = "message:occasion"
MADE_UP_FOR: Final = frozenset({"C08", "C09", "C21", "too_late"})
"""Holds, a loan handed on untold, and hours and limits that were never open while the message still told of its day. What stops for good (a
refusal, a period that is over) and what ends the matter (a plan, a payment) is not made up for.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMessage:
    """One message about one loan. ``on`` is the day that it belongs to: one of an occasion for a loan and a day, or for all of a borrower's
    loans where it leads to a page of each (``ONCE_A_BORROWER``).

    ``fields`` fill the words beside the sender's name and the address: ``day`` (ISO) of ``PLAN_DUE_SOON`` and ``CALL_BACK``,
    ``agency`` of ``AGENCY_NOTICE``, ``reference`` of ``CASE_DECIDED``. Nothing about the debt.
    """

    loan_id: int
    borrower_id: int
    occasion: Occasion
    on: date
    fields: Mapping[str, str] = field(default_factory=dict)
    makes_up: bool = False
    """A demand for one that could not be made on its day; what stops this one is not made up for again."""

    @property
    def dedupe_key(self) -> str:
        about = f"b{self.borrower_id}" if self.occasion in ONCE_A_BORROWER else str(self.loan_id)
        return f"{self.occasion.value}:{about}:{self.on.isoformat()}"


def ask_for_messages(session: Session, actor: Actor, asked: Sequence[AskedMessage], *, now: datetime) -> int:
    """Enqueue each once, in one statement; how many were not there yet.

    Nobody is tried before the usual hours begin on the message's day. Whether it goes out, when, and by which way is decided when it would
    be sent, from what holds then; the record tells of that.
    """
    if not asked:
        return 0
    table = OutboxItem.__table__
    assert isinstance(table, Table)
    due = {on: max(now, usual_hours_on(on, now.astimezone(HOME_ZONE))) for on in {each.on for each in asked}}
    rows = list({each.dedupe_key: _row(each, actor, now, due[each.on]) for each in asked}.values())
    if session.get_bind().dialect.name == "postgresql":
        return _add_as_one(session, table, rows)
    adding = sqlite.insert(table).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(table.c.id)
    return len(session.connection().execute(adding, rows).all())


def ask_for_message_now(
    session: Session, actor: Actor, asked: AskedMessage, *, key: str, now: datetime
) -> None:
    """One that somebody waits for in this moment: due at once, and by its own ``key`` also a second time on a day."""
    row = _row(asked, actor, now, now)
    enqueue(session, kind=KIND, dedupe_key=f"{asked.dedupe_key}:{key}"[:160], payload=row["payload"], now=now)


def find_message_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], seed: str, key: str, now: datetime
) -> WantedMessage | None:
    """``now`` in the lender's zone. None where its occasion is over by then (paid, ended, too long ago), with its event."""
    occasion = Occasion(payload["occasion"])
    loan = session.get_one(Loan, int(payload["loan_id"]))
    borrower = session.get_one(Borrower, int(payload["borrower_id"]))
    on, fields = date.fromisoformat(payload["on"]), payload["fields"]
    check = message_reference(f"{occasion.value}:{loan.id}:{on.isoformat()}", key)
    wanted = WantedMessage(
        seed=seed,
        purpose=occasion.value,
        guarded_as=PURPOSES[occasion],
        template=occasion.value,
        values={**fields, "creditor": loan.creditor, "check": check, **_placed(session, loan)},
        locale=borrower.locale,
        ways=ways_to(session, borrower),
        check=check,
        borrower_id=borrower.id,
        loan_id=loan.id,
    )
    reason = why_over(session, occasion, loan_id=loan.id, on=on, fields=fields, today=now.date())
    if reason is not None:
        record_refused(session, actor, wanted, rule=reason, now=now)
        note_called_off(session, actor, payload=payload, rule=reason, now=now)
        return None
    return wanted


def _placed(session: Session, loan: Loan) -> Mapping[str, str]:
    """Who handles the loan for the lender is named beside it (rule C12)."""
    agency = placed_with(session, loan)
    return {} if agency is None else {"placed_with": agency}


def note_called_off(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], rule: str, now: datetime
) -> None:
    """A demand that only the moment stood against is owed: the day's run makes up for it, and the guard is asked again."""
    del actor, now
    if payload["occasion"] != Occasion.DEMAND or payload.get("makes_up") or rule not in MADE_UP_FOR:
        return
    session.execute(
        update(LoanStanding)
        .where(LoanStanding.loan_id == int(payload["loan_id"]), LoanStanding.demand_owed_on.is_(None))
        .values(demand_owed_on=date.fromisoformat(payload["on"])),
        execution_options={"synchronize_session": False},
    )


def _add_as_one(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    names = list(rows[0])
    adding = postgresql.insert(table).from_select(names, select(*json_rows(table, names, rows).c))
    once = adding.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(table.c.id)
    return len(session.connection().execute(once).all())


def _row(asked: AskedMessage, actor: Actor, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "kind": KIND,
        "dedupe_key": asked.dedupe_key,
        "payload": {
            "loan_id": asked.loan_id,
            "borrower_id": asked.borrower_id,
            "occasion": asked.occasion.value,
            "on": asked.on.isoformat(),
            "fields": dict(asked.fields),
            "asked_by": actor.kind.value,
            **({"makes_up": True} if asked.makes_up else {}),
        },
        "state": "open",
        "attempts": 0,
        "made_at": now,
        "due_at": due_at,
        "is_bulk": True,
    }
