"""Holds: reasons why contact is stopped. Whoever starts one, the guard and the borrower's page know of it with the same commit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from portal.domain.holds import Evidence, HoldKind, Term, term_of
from portal.domain.permissions import Actor
from portal.models import Hold, Loan
from portal.queries.prepared import Prepared, given, table_of
from portal.services.record import record

NO_END = Term(None, None)
_HOLDS: Final = table_of(Hold)
_WHOSE: Final = (
    select(Loan.borrower_id).where(Loan.id == given("loan_id")).scalar_subquery().label("borrower_id")
)
_SET_AT_THE_START: Final = (
    "loan_id", "kind", "reason", "note_sealed", "started_at", "ends_on", "review_on", "evidence", "started_by", "data_key"
)  # fmt: skip


def _starting(insert: Any) -> Any:
    return (
        insert(_HOLDS)
        .values({name: given(name, _HOLDS.c[name].type) for name in _SET_AT_THE_START})
        .on_conflict_do_nothing(index_elements=["loan_id", "kind"], index_where=_HOLDS.c.ended_at.is_(None))
        .returning(_HOLDS.c.id, _WHOSE)
    )


_STARTING: Final = Prepared(_starting(sqlite.insert), postgresql=_starting(postgresql.insert))
_ENDING: Final = Prepared(
    update(_HOLDS)
    .where(_HOLDS.c.loan_id == given("loan_id"), _HOLDS.c.kind == given("kind"), _HOLDS.c.ended_at.is_(None))
    .values(
        ended_at=given("now"),
        end_reason=given("reason"),
        ended_by=given("ended_by"),
        end_asked_by=None,
        end_asked_at=None,
        end_asked_reason=None,
    )
    .returning(_HOLDS.c.id, _WHOSE)
)


def start_hold(
    session: Session,
    actor: Actor,
    *,
    loan_id: int,
    kind: HoldKind,
    reason: str,
    now: datetime,
    term: Term = NO_END,
    evidence: str = "",
    note: str = "",
) -> int | None:
    """Stop contact on a loan. The hold's id; None where one of this kind runs already.

    ``reason`` is a word of the house, ``note`` what somebody wrote.
    """
    hold = {
        "loan_id": loan_id,
        "kind": kind.value,
        "reason": reason,
        "note": note,
        "started_at": now,
        "ends_on": term.ends_on,
        "review_on": term.review_on,
        "evidence": evidence,
        "started_by": actor.staff_id,
    }
    found = _STARTING.row(session, **Hold.insertable(hold))
    if found is None:
        return None
    started = NamedHold(found.id, loan_id, kind.value, found.borrower_id)
    record_hold(session, actor, started, "hold:started", now=now)
    return started.hold_id


def end_hold(
    session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, reason: str, now: datetime
) -> bool:
    """End the running hold of a kind; False where there is none."""
    session.flush()
    found = _ENDING.row(
        session, loan_id=loan_id, kind=kind.value, now=now, reason=reason, ended_by=actor.staff_id
    )
    if found is None:
        return False
    kept = session.identity_map.get(identity_key(Hold, found.id))
    if kept is not None:
        session.expire(kept)
    ended = NamedHold(found.id, loan_id, kind.value, found.borrower_id)
    record_hold(session, actor, ended, "hold:ended", now=now, reason=reason)
    return True


def hold_as_told(
    session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, reason: str, now: datetime
) -> None:
    """Pause contact on the word of whoever was spoken with, for as long as such a hold runs at most. ``now`` in the lender's zone."""
    running = session.scalar(
        select(Hold.ends_on).where(Hold.loan_id == loan_id, Hold.kind == kind.value, Hold.ended_at.is_(None))
    )
    if is_over(running, now.date()):
        end_hold(session, actor, loan_id=loan_id, kind=kind, reason="time_over", now=now)
    told = Evidence.TOLD_BY_FAMILY if kind is HoldKind.DECEASED else Evidence.TOLD_BY_BORROWER
    start_hold(
        session,
        actor,
        loan_id=loan_id,
        kind=kind,
        reason=reason,
        now=now,
        term=term_of(kind, today=now.date()),
        evidence=told.value,
    )


def end_due_holds(session: Session, actor: Actor, *, now: datetime, limit: int = 500) -> int:
    """End the holds whose last day is over, the oldest first; running it again ends nothing twice. Returns how many.

    ``now`` is in the lender's zone: its date is the day that it is. The guard does not wait for this: a hold stops nothing after its
    last day.
    """
    due = session.scalars(
        select(Hold)
        .where(Hold.ended_at.is_(None), Hold.ends_on < now.date())
        .order_by(Hold.ends_on, Hold.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for hold in due:
        end_hold(session, actor, loan_id=hold.loan_id, kind=HoldKind(hold.kind), reason="time_over", now=now)
    return len(due)


def is_over(ends_on: date | None, today: date) -> bool:
    """The last day has passed, whether the day's run has been here or not."""
    return ends_on is not None and ends_on < today


@dataclass(frozen=True, slots=True)
class NamedHold:
    """A hold as an event names it."""

    hold_id: int
    loan_id: int
    kind: str
    borrower_id: int | None = None
    """Looked up by the loan where it is not known."""


def record_hold(
    session: Session, actor: Actor, hold: NamedHold, name: str, *, now: datetime, **fields: str
) -> None:
    """An event about a hold, its loan and its borrower."""
    borrower_id = hold.borrower_id
    if borrower_id is None:
        borrower_id = session.scalar(select(Loan.borrower_id).where(Loan.id == hold.loan_id))
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=borrower_id,
        loan_id=hold.loan_id,
        proposal_id=None,
        hold_id=hold.hold_id,
        kind=hold.kind,
        **fields,
    )
