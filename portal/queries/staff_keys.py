"""Security keys that are in use."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.models import StaffKey


def keys_of(session: Session, staff_id: int) -> Sequence[StaffKey]:
    """The oldest first."""
    return session.scalars(
        select(StaffKey)
        .where(StaffKey.staff_member_id == staff_id, StaffKey.removed_at.is_(None))
        .order_by(StaffKey.id)
    ).all()


def get_key_of(session: Session, staff_id: int, public_id: str) -> StaffKey:
    """One's own, locked; anybody else's raises the same ``NotFound`` as nobody's."""
    found = session.scalar(
        select(StaffKey)
        .where(
            StaffKey.public_id == public_id,
            StaffKey.staff_member_id == staff_id,
            StaffKey.removed_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def find_key(session: Session, credential_id: bytes) -> StaffKey | None:
    """By what a key calls itself; locked, so that its count of signatures moves once."""
    return session.scalar(
        select(StaffKey)
        .where(StaffKey.credential_id == credential_id, StaffKey.removed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
