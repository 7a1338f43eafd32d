"""Addresses of e-mail that borrowers gave."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import EmailAddress


def find_email(session: Session, borrower_id: int) -> EmailAddress | None:
    """The one that stands, confirmed or not yet."""
    return session.scalar(
        select(EmailAddress).where(EmailAddress.borrower_id == borrower_id, EmailAddress.ended_at.is_(None))
    )


def find_confirmed_email(session: Session, borrower_id: int) -> EmailAddress | None:
    """The one that messages may go to."""
    found = find_email(session, borrower_id)
    return found if found is not None and found.confirmed_at is not None else None


def find_given_address(session: Session, address_hash: str) -> EmailAddress | None:
    """The newest that stands under a hash: two borrowers may give the same one, and then the code goes to the same place."""
    return session.scalar(
        select(EmailAddress)
        .where(EmailAddress.address_hash == address_hash, EmailAddress.ended_at.is_(None))
        .order_by(EmailAddress.id.desc())
        .limit(1)
    )
