"""What lies around a case: contacts with the borrower, and the documents that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.models import Agreement, Attachment, Contact, Loan, Message, Proposal, StaffMember, Thread
from portal.queries.proposals import get_signed_version

NEWEST_CONTACTS = 8
NEWEST_FILES = 20
_CODES = "code\\_%"


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One attempt to reach the borrower, or of the borrower to reach the lender; ``staff_number`` is None where a program did it."""

    at: datetime
    channel: str
    direction: str
    purpose: str
    result: str
    staff_number: str | None


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that the borrower sent about this case and that is still kept."""

    public_id: str
    name: str
    size: int
    sent_at: datetime


def contacts_about(session: Session, loan: Loan) -> Sequence[ContactLine]:
    """About a loan, or about none in particular."""
    return contacts_with(session, loan.borrower_id, loan.id)


def contacts_with(session: Session, borrower_id: int, loan_id: int | None) -> Sequence[ContactLine]:
    """Newest first; all of the borrower's where no loan is named. Codes that the borrower asked for are no contact about the debt."""
    is_about_it = or_(Contact.loan_id == loan_id, Contact.loan_id.is_(None))
    rows = session.execute(
        select(
            Contact.at,
            Contact.channel,
            Contact.direction,
            Contact.purpose,
            Contact.result,
            StaffMember.number,
        )
        .outerjoin(StaffMember, and_(Contact.actor_kind == "staff", StaffMember.id == Contact.actor_id))
        .where(
            Contact.borrower_id == borrower_id,
            is_about_it if loan_id is not None else Contact.id.is_not(None),
            Contact.purpose.not_like(_CODES, escape="\\"),
        )
        .order_by(Contact.id.desc())
        .limit(NEWEST_CONTACTS)
    )
    return [ContactLine(*row) for row in rows]


def sent_files(session: Session, proposal: Proposal) -> Sequence[SentFile]:
    """Newest first; what was erased is not among them."""
    rows = session.execute(
        select(
            Attachment.public_id,
            Attachment.data_key,
            Attachment.name_sealed,
            Attachment.size,
            Attachment.added_at,
        )
        .join(Message, Message.id == Attachment.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .where(
            Thread.proposal_id == proposal.id,
            Message.number.is_not(None),
            Attachment.erased_at.is_(None),
        )
        .order_by(Attachment.id.desc())
        .limit(NEWEST_FILES)
    )
    return [
        SentFile(row.public_id, Attachment.name.of(row, Attachment), row.size, row.added_at) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """The sealed agreement where there is one, else the text that was signed, as it was drawn for reading."""

    document_id: int
    agreement: Agreement | None
    version_number: int


def find_document(session: Session, proposal: Proposal) -> CaseDocument | None:
    """None where nothing was drawn."""
    agreement = session.scalar(select(Agreement).where(Agreement.proposal_id == proposal.id))
    if agreement is not None and agreement.document_id is not None:
        return CaseDocument(agreement.document_id, agreement, agreement.version_number)
    version = get_signed_version(session, proposal)
    if version.preview_document_id is None:
        return None
    return CaseDocument(version.preview_document_id, None, version.number)
