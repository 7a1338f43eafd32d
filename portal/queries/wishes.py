"""What a borrower decided about contact, representatives and data, as it stands."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactHours, ContactWishes
from portal.models import ContactWish, DataRestriction, Representative


def wishes_of(session: Session, borrower_id: int) -> ContactWishes:
    """What stands; ``EVERY_WAY`` where nothing was said."""
    row = find_standing_wish(session, borrower_id)
    if row is None:
        return EVERY_WAY
    hours = ContactHours(row.first_hour, row.last_hour)
    return ContactWishes(hours, frozenset(map(Channel, row.channels)))


def find_standing_wish(session: Session, borrower_id: int) -> ContactWish | None:
    return session.scalar(
        select(ContactWish).where(ContactWish.borrower_id == borrower_id, ContactWish.ended_at.is_(None))
    )


def find_representative(session: Session, borrower_id: int) -> Representative | None:
    """The one who speaks for somebody, verified or not yet."""
    return session.scalar(
        select(Representative).where(
            Representative.borrower_id == borrower_id, Representative.status.in_(["named", "verified"])
        )
    )


def earlier_representatives(session: Session, borrower_id: int) -> Sequence[Representative]:
    return session.scalars(
        select(Representative)
        .where(Representative.borrower_id == borrower_id, Representative.status.in_(["refused", "removed"]))
        .order_by(Representative.id.desc())
    ).all()


def is_restricted(session: Session, borrower_id: int) -> bool:
    running = session.scalar(
        select(DataRestriction.id).where(
            DataRestriction.borrower_id == borrower_id, DataRestriction.ended_at.is_(None)
        )
    )
    return running is not None
