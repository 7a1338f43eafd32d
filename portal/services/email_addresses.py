"""An address of e-mail: given by the borrower, proven by a code from there, taken away with one tap."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.one_time_codes import CodePurpose, keyed_hash
from portal.domain.permissions import Actor
from portal.models import Borrower, EmailAddress
from portal.queries.email_addresses import find_email
from portal.services.one_time_codes import CodeDoor, CodeOrder, CodeSending, send_code
from portal.services.record import record


def give_email(
    session: Session,
    actor: Actor,
    *,
    address: str,
    locale: str,
    lifetime: timedelta,
    door: CodeDoor,
    now: datetime,
) -> CodeSending:
    """Keep it unconfirmed in place of the one before, and send a code there. Where too many were asked for, nothing changes."""
    assert actor.id is not None
    borrower = session.get_one(
        Borrower, actor.id, with_for_update={"key_share": True}, populate_existing=True
    )
    order = CodeOrder(
        purpose=CodePurpose.NEW_EMAIL,
        target=keyed_hash(address, door.hash_key, purpose="number"),
        mobile=borrower.mobile,
        locale=locale,
        lifetime=lifetime,
        borrower_id=borrower.id,
    )
    sent = send_code(session, actor, order=order, door=door, now=now)
    standing = find_email(session, borrower.id)
    is_same = standing is not None and standing.address == address and standing.confirmed_at is None
    if sent.code_id is None or is_same:
        return sent
    _end(session, borrower.id, now)
    email = EmailAddress(borrower_id=borrower.id, address=address, address_hash=order.target, given_at=now)
    session.add(email)
    session.flush()
    record(session, actor, "email:given", now=now, borrower_id=borrower.id, email_id=email.id)
    return sent


def confirm_email(session: Session, actor: Actor, *, email: EmailAddress, now: datetime) -> None:
    """A code from there was typed in."""
    if email.confirmed_at is None:
        email.confirmed_at = now
        record(session, actor, "email:confirmed", now=now, borrower_id=email.borrower_id, email_id=email.id)


def remove_email(session: Session, actor: Actor, *, now: datetime) -> bool:
    """False where there is none."""
    assert actor.id is not None
    session.execute(select(Borrower.id).where(Borrower.id == actor.id).with_for_update(key_share=True))
    ended = _end(session, actor.id, now)
    for email_id in ended:
        record(session, actor, "email:removed", now=now, borrower_id=actor.id, email_id=email_id)
    return bool(ended)


def _end(session: Session, borrower_id: int, now: datetime) -> list[int]:
    ended = session.scalars(
        update(EmailAddress)
        .where(EmailAddress.borrower_id == borrower_id, EmailAddress.ended_at.is_(None))
        .values(ended_at=now)
        .returning(EmailAddress.id)
    )
    return list(ended)
