"""Records of contacts lose what they say of a person once their time is over (rule C16), unless something is disputed (C19)."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.domain.holds import HoldKind
from portal.domain.loans import LoanStatus
from portal.domain.permissions import Actor
from portal.domain.retention import CONTACTS
from portal.models import Call, Contact, Hold, Loan, SupportCall, SupportWrapUp
from portal.services.record import record

BATCH = 500
_DISPUTES = (HoldKind.DISPUTE.value, HoldKind.COMPLAINT.value)


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
            or_(Contact.number_hash != "", Contact.text != "", _has_note(), _has_wrap_up_note()),
            ~_still_owes(),
            ~_is_disputed(),
        )
        .order_by(Contact.id)
        .limit(BATCH)
    ).all()
    if ids:
        erased = {"number_hash": "", "number_last4": "", "text": "", "sent_from": ""}
        session.execute(update(Contact).where(Contact.id.in_(ids)).values(erased))
        session.execute(update(Call).where(Call.contact_id.in_(ids)).values(note=""))
        calls = select(SupportCall.id).where(SupportCall.contact_id.in_(ids))
        session.execute(update(SupportWrapUp).where(SupportWrapUp.call_id.in_(calls)).values(note=""))
        record(
            session,
            actor,
            "retention:contacts_erased",
            now=now,
            contacts=len(ids),
            before=before.date().isoformat(),
        )
    return ErasedContacts(len(ids), ids[-1] if len(ids) == BATCH else None)


def _has_note() -> ColumnElement[bool]:
    return exists().where(Call.contact_id == Contact.id, Call.note != "")


def _has_wrap_up_note() -> ColumnElement[bool]:
    return exists().where(
        SupportCall.contact_id == Contact.id,
        SupportWrapUp.call_id == SupportCall.id,
        SupportWrapUp.note != "",
    )


def _still_owes() -> ColumnElement[bool]:
    return exists().where(Loan.borrower_id == Contact.borrower_id, Loan.status != LoanStatus.CLOSED.value)


def _is_disputed() -> ColumnElement[bool]:
    loan = aliased(Loan)
    return exists().where(
        Hold.loan_id == loan.id,
        loan.borrower_id == Contact.borrower_id,
        Hold.kind.in_(_DISPUTES),
        Hold.ended_at.is_(None),
    )
