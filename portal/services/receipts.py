"""What providers say afterwards: whether a message arrived (rules C15, L03), and that somebody wants no more of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import Channel, ContactWishes
from portal.domain.limitation import Cause
from portal.domain.occasions import Occasion
from portal.domain.permissions import Actor
from portal.models import Borrower, Contact
from portal.queries.wishes import wishes_of
from portal.services.contact_attempts import (
    DELIVERED,
    OPEN_RESULTS,
    TOLD_AT_ONCE,
    UNDELIVERED,
    record_made,
)
from portal.services.contact_wishes import replace_wish
from portal.services.limitation import record_interruption
from portal.services.record import record

_EARLIEST: Final = timedelta(days=1)
"""By how much an arrival may lie before the last try that we know of; what is further off is a wrong clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """``key`` is what the provider knows the message by, ``at`` when it arrived, ``error`` why it did not, in the provider's code."""

    key: str
    has_arrived: bool
    at: datetime | None = None
    error: str = ""


class Noted(StrEnum):
    """What a receipt changed."""

    NEW = "new"
    KNOWN = "known"
    """It was said before, or something better was."""
    UNKNOWN = "unknown"
    """Of no message of ours."""


def note_receipt(session: Session, actor: Actor, *, receipt: Receipt, now: datetime) -> Noted:
    """Once, however often it comes. Of a message that was sent twice one arrival is enough; an arrival is never taken back."""
    contact = session.scalar(
        select(Contact)
        .where(Contact.message_key == receipt.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if contact is None:
        return Noted.UNKNOWN
    if contact.result == DELIVERED or (contact.result == UNDELIVERED and not receipt.has_arrived):
        return Noted.KNOWN
    if contact.result in OPEN_RESULTS and contact.purpose not in TOLD_AT_ONCE:  # its own answer was lost
        record_made(session, actor, contact, None, now=now)
    if receipt.has_arrived:
        _arrive(session, actor, contact, _believable(receipt.at, contact, now), now)
    else:
        contact.result, contact.error = UNDELIVERED, receipt.error[:60]
        _record(session, actor, contact, "contact:undelivered", now, error=contact.error)
    return Noted.NEW


def ask_to_stop(session: Session, actor: Actor, *, mobile: str, now: datetime) -> int:
    """Whoever holds the number wants no more text messages: so be it, for each borrower who is reached there. How many that were."""
    borrower_ids = session.scalars(
        select(Borrower.id).where(Borrower.mobile_index == mobile).order_by(Borrower.id)
    ).all()
    for borrower_id in borrower_ids:
        record(
            session,
            actor,
            "contact:stop_asked",
            now=now,
            borrower_id=borrower_id,
            channel=Channel.SMS.value,
        )
        _stop_text_messages(session, actor, borrower_id, now)
    return len(borrower_ids)


def _stop_text_messages(session: Session, actor: Actor, borrower_id: int, now: datetime) -> None:
    """The other ways stay as they were wished for; where this was the only one, letters are left."""
    session.execute(select(Borrower.id).where(Borrower.id == borrower_id).with_for_update(key_share=True))
    standing = wishes_of(session, borrower_id)
    left = (standing.channels - {Channel.SMS}) or frozenset([Channel.LETTER])
    if left != standing.channels:
        wishes = ContactWishes(standing.hours, left)
        replace_wish(session, actor, borrower_id=borrower_id, wishes=wishes, now=now)


def _arrive(session: Session, actor: Actor, contact: Contact, at: datetime, now: datetime) -> None:
    contact.result, contact.error, contact.arrived_at = DELIVERED, "", at
    _record(session, actor, contact, "contact:delivered", now)
    if contact.purpose == Occasion.DEMAND and contact.borrower_id and contact.loan_id:
        record_interruption(
            session,
            actor,
            borrower_id=contact.borrower_id,
            loan_id=contact.loan_id,
            cause=Cause.DEMAND_DELIVERED.value,
            now=at,
        )


def _believable(at: datetime | None, contact: Contact, now: datetime) -> datetime:
    return at if at is not None and contact.at - _EARLIEST <= at <= now else now


def _record(session: Session, actor: Actor, contact: Contact, name: str, now: datetime, **error: str) -> None:
    """Nothing of a code that anybody may have ordered."""
    if contact.purpose in TOLD_AT_ONCE:
        return
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=contact.borrower_id,
        loan_id=contact.loan_id,
        proposal_id=None,
        **{"contact_id": contact.id, "channel": contact.channel, "purpose": contact.purpose, **error},
    )
