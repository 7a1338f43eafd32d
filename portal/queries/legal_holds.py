"""Legal holds: whether one runs, and as pages tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from portal.models import LegalHold, Loan, StaffMember


@dataclass(frozen=True, slots=True)
class LegalHoldLine:
    """One with the staff numbers of who set it and who asked for its end, and the loan that it names."""

    hold: LegalHold
    started_by: str
    end_asked_by: str | None
    loan_ref: str | None


def is_held(borrower: Any) -> ColumnElement[bool]:
    """Whether nothing about this borrower may be deleted. False where nobody is known."""
    return exists().where(LegalHold.borrower_id == borrower, LegalHold.ended_at.is_(None))


def is_borrower_held(session: Session, borrower_id: int) -> bool:
    return bool(session.scalar(select(is_held(borrower_id))))


def legal_holds_of(session: Session, borrower_id: int) -> Sequence[LegalHoldLine]:
    """The running ones, the oldest first."""
    started, asked = aliased(StaffMember), aliased(StaffMember)
    rows = session.execute(
        select(LegalHold, started.number, asked.number, Loan.loan_ref)
        .join(started, started.id == LegalHold.started_by)
        .outerjoin(asked, asked.id == LegalHold.end_asked_by)
        .outerjoin(Loan, Loan.id == LegalHold.loan_id)
        .where(LegalHold.borrower_id == borrower_id, LegalHold.ended_at.is_(None))
        .order_by(LegalHold.id)
    )
    return [LegalHoldLine(*row) for row in rows]
