"""Who may be signing in: borrowers by mobile, and the devices that they are known on."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Borrower, KnownDevice

REVERIFY_AFTER = timedelta(days=90)


def device_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def borrowers_with(session: Session, *, mobile: str, ending: str) -> Sequence[int]:
    """Ids of those who have both; two may share a mobile and even an ending."""
    found = session.scalars(select(Borrower).where(Borrower.mobile_index == mobile).order_by(Borrower.id))
    return [borrower.id for borrower in found if hmac.compare_digest(borrower.id_last4, ending)]


def find_known_borrower(
    session: Session, *, mobile: str, device_token: str | None, now: datetime
) -> int | None:
    """The one borrower with this mobile whom the device is known for; None where nobody or more than one is."""
    if not device_token:
        return None
    known = session.scalars(
        select(Borrower.id)
        .join(KnownDevice, KnownDevice.borrower_id == Borrower.id)
        .where(
            Borrower.mobile_index == mobile,
            KnownDevice.token_hash == device_hash(device_token),
            KnownDevice.verified_at > now - REVERIFY_AFTER,
        )
    ).all()
    return known[0] if len(known) == 1 else None
