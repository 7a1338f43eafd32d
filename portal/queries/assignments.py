"""Loans that a book handed on, and whose borrowers were not told yet (rule C21)."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.models import Loan


def awaits_notice() -> ColumnElement[bool]:
    """Over ``loan``."""
    return and_(Loan.assigned_on.is_not(None), Loan.assignment_told_on.is_(None))


def untold_of(session: Session, loan_ids: Collection[int]) -> frozenset[int]:
    return frozenset(session.scalars(select(Loan.id).where(Loan.id.in_(loan_ids), awaits_notice())))


def has_untold(session: Session, borrower_id: int, loan_id: int | None) -> bool:
    """Of one loan, or of any of a borrower's where it is about none."""
    wanted = Loan.id == loan_id if loan_id is not None else Loan.borrower_id == borrower_id
    return session.scalar(select(Loan.id).where(wanted, awaits_notice()).limit(1)) is not None
