"""Complaints of people who were not signed in."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import VisitorComplaint


def find_visitor_complaint(session: Session, public_id: str) -> VisitorComplaint | None:
    return session.scalar(select(VisitorComplaint).where(VisitorComplaint.public_id == public_id))


def open_visitor_complaints(session: Session) -> Sequence[VisitorComplaint]:
    """Those that wait for an answer, the most urgent first."""
    return session.scalars(
        select(VisitorComplaint)
        .where(VisitorComplaint.status == "open")
        .order_by(VisitorComplaint.answer_by, VisitorComplaint.id)
    ).all()
