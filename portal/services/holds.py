"""Holds: reasons why contact is stopped. Whoever starts one, the guard and the borrower's page know of it with the same commit."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.holds import Evidence, HoldKind, Term, term_of
from portal.domain.permissions import Actor, ActorKind
from portal.models import Hold, Loan
from portal.services.record import record

NO_END = Term(None, None)


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
) -> int | None:
    """Stop contact on a loan. The hold's id; None where one of this kind runs already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    hold_id: int | None = session.scalar(
        insert(Hold)
        .values(
            loan_id=loan_id,
            kind=kind.value,
            reason=reason,
            started_at=now,
            ends_on=term.ends_on,
            review_on=term.review_on,
            evidence=evidence,
            started_by=staff_id(actor),
        )
        .on_conflict_do_nothing(index_elements=["loan_id", "kind"], index_where=Hold.ended_at.is_(None))
        .returning(Hold.id)
    )
    if hold_id is None:
        return None
    record_hold(session, actor, NamedHold(hold_id, loan_id, kind.value), "hold:started", now=now)
    return hold_id


def end_hold(
    session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, reason: str, now: datetime
) -> bool:
    """End the running hold of a kind; False where there is none."""
    hold_id = session.scalar(
        update(Hold)
        .where(Hold.loan_id == loan_id, Hold.kind == kind.value, Hold.ended_at.is_(None))
        .values(
            ended_at=now,
            end_reason=reason,
            ended_by=staff_id(actor),
            end_asked_by=None,
            end_asked_at=None,
            end_asked_reason=None,
        )
        .returning(Hold.id)
    )
    if hold_id is None:
        return False
    record_hold(session, actor, NamedHold(hold_id, loan_id, kind.value), "hold:ended", now=now, reason=reason)
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
    ).all()
    for hold in due:
        end_hold(session, actor, loan_id=hold.loan_id, kind=HoldKind(hold.kind), reason="time_over", now=now)
    return len(due)


def staff_id(actor: Actor) -> int | None:
    """Who did it by hand; None for the borrower, the book and the clock."""
    return actor.id if actor.kind is ActorKind.STAFF else None


def is_over(ends_on: date | None, today: date) -> bool:
    """The last day has passed, whether the day's run has been here or not."""
    return ends_on is not None and ends_on < today


@dataclass(frozen=True, slots=True)
class NamedHold:
    """A hold as an event names it."""

    hold_id: int
    loan_id: int
    kind: str


def record_hold(
    session: Session, actor: Actor, hold: NamedHold, name: str, *, now: datetime, **fields: str
) -> None:
    """An event about a hold, its loan and its borrower."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=session.scalar(select(Loan.borrower_id).where(Loan.id == hold.loan_id)),
        loan_id=hold.loan_id,
        proposal_id=None,
        hold_id=hold.hold_id,
        kind=hold.kind,
        **fields,
    )
