"""Records of contacts lose what they say of a person once their time is over (rule C16), unless something is disputed (C19)."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.domain.retention import CONTACTS
from portal.models import Call, Contact, SupportCall, SupportWrapUp
from portal.queries.legal_holds import is_held
from portal.queries.retention import contact_is_there, is_disputed, owes
from portal.services.record import record

BATCH = 500


@dataclass(frozen=True, slots=True)
class ErasedContacts:
    """How many, and the id to go on after; None at the end."""

    erased: int
    last_id: int | None


def erase_due_contacts(
    session: Session, actor: Actor, *, after: int, on: date, zone: tzinfo, now: datetime
) -> ErasedContacts:
    """Number, words and sender of contacts that are older than the rule asks for, of borrowers who owe nothing any more, with what callers
    wrote down about them.

    That there was a contact, when, and by which rule stays.
    """
    before = datetime.combine(CONTACTS.cutoff(on), time(), tzinfo=zone)
    ids = session.scalars(
        select(Contact.id)
        .where(
            Contact.id > after,
            Contact.at < before,
            contact_is_there(),
            ~is_held(Contact.borrower_id),
            ~owes(Contact.borrower_id),
            ~is_disputed(Contact.borrower_id),
        )
        .order_by(Contact.id)
        .limit(BATCH)
    ).all()
    if ids:
        erased = {"number_hash": "", "number_last4": "", "text": "", "sent_from": ""}
        session.execute(update(Contact).where(Contact.id.in_(ids)).values(erased))
        session.execute(update(Call).where(Call.contact_id.in_(ids)).values(note_sealed=None))
        calls = select(SupportCall.id).where(SupportCall.contact_id.in_(ids))
        session.execute(
            update(SupportWrapUp).where(SupportWrapUp.call_id.in_(calls)).values(note_sealed=None)
        )
        record(
            session,
            actor,
            "retention:contacts_erased",
            now=now,
            contacts=len(ids),
            before=before.date().isoformat(),
        )
    return ErasedContacts(len(ids), ids[-1] if len(ids) == BATCH else None)
