"""Holds: reasons why contact is stopped."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor
from portal.models import Hold, Loan
from portal.services.record import record


def start_hold(
    session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, reason: str, now: datetime
) -> int | None:
    """Stop contact on a loan. The hold's id; None where one of this kind runs already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    hold_id: int | None = session.scalar(
        insert(Hold)
        .values(loan_id=loan_id, kind=kind.value, reason=reason, started_at=now)
        .on_conflict_do_nothing(index_elements=["loan_id", "kind"], index_where=Hold.ended_at.is_(None))
        .returning(Hold.id)
    )
    if hold_id is None:
        return None
    record(
        session,
        actor,
        "hold:started",
        now=now,
        borrower_id=_borrower_of(session, loan_id),
        loan_id=loan_id,
        hold_id=hold_id,
        kind=kind.value,
    )
    return hold_id


def end_hold(
    session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, reason: str, now: datetime
) -> bool:
    """End the running hold of a kind; False where there is none."""
    hold_id = session.scalar(
        update(Hold)
        .where(Hold.loan_id == loan_id, Hold.kind == kind.value, Hold.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
        .returning(Hold.id)
    )
    if hold_id is None:
        return False
    record(
        session,
        actor,
        "hold:ended",
        now=now,
        borrower_id=_borrower_of(session, loan_id),
        loan_id=loan_id,
        hold_id=hold_id,
        kind=kind.value,
        reason=reason,
    )
    return True


def _borrower_of(session: Session, loan_id: int) -> int | None:
    return session.scalar(select(Loan.borrower_id).where(Loan.id == loan_id))
