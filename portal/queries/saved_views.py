"""The views of the queue that somebody kept."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import SavedView


def views_of(session: Session, staff_id: int) -> Sequence[SavedView]:
    """By name; a dozen at most."""
    return session.scalars(
        select(SavedView).where(SavedView.staff_member_id == staff_id).order_by(SavedView.name)
    ).all()
