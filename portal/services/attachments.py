"""Files of a message: added one by one to its draft, with a consent of their own; each opening by staff is on record (rule P17)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.attachments import CONSENT, shown_name
from portal.domain.claims import Claim
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind, Permission
from portal.domain.threads import MOST_FILES
from portal.models import Attachment, Message, ReviewItem, Thread
from portal.queries.kept_documents import opened_attachment
from portal.queries.threads import Subject
from portal.services.drafts import give_consent
from portal.services.ports import CleanFile
from portal.services.references import new_public_id
from portal.services.threads import keep_draft, record_in_thread, require_right


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that was taken, the name that it came with, and the consent that came with it."""

    file: CleanFile
    name: str
    consents: bool
    consent_version: str


def add_attachment(
    session: Session,
    actor: Actor,
    *,
    about: Subject,
    form_key: str,
    body: str,
    sent: SentFile,
    now: datetime,
) -> Attachment:
    """Keep a file with the draft of a message, and what was typed so far; the same file twice is one.

    Raises ``attachment_consent_needed``, ``too_many_files``, and what ``keep_draft`` raises.
    """
    if not sent.consents:
        raise DomainError("attachment_consent_needed", field="consents", rule="P17")
    # It locks the borrower, who comes before what is written.
    give_consent(session, actor, kind=CONSENT, text_version=sent.consent_version, now=now)
    message = keep_draft(session, actor, about=about, form_key=form_key, body=body, now=now)
    own = Attachment.message_id == message.id
    there = session.scalar(select(Attachment).where(own, Attachment.sha256 == sent.file.sha256))
    if there is not None:
        return there
    if session.scalars(select(func.count()).where(own)).one() >= MOST_FILES:
        raise DomainError("too_many_files", field="file", most=MOST_FILES)
    attachment = Attachment(
        public_id=new_public_id(),
        message_id=message.id,
        media_type=sent.file.type.value,
        name=shown_name(sent.name, sent.file.type),
        size=len(sent.file.body),
        sha256=sent.file.sha256,
        body=sent.file.body,
        added_at=now,
    )
    session.add(attachment)
    session.flush()
    record_in_thread(
        session,
        actor,
        _thread_of(session, attachment),
        "attachment:added",
        now=now,
        attachment_id=attachment.id,
        media_type=attachment.media_type,
        sha256=attachment.sha256,
    )
    return attachment


def remove_attachment(session: Session, actor: Actor, *, attachment: Attachment, now: datetime) -> None:
    """Take a file back before it is sent; raises ``Conflict("attachment_sent")`` afterwards."""
    thread = _thread_of(session, attachment)
    session.refresh(thread, with_for_update=True)
    message = session.get_one(Message, attachment.message_id, populate_existing=True)
    if message.number is not None:
        raise Conflict("attachment_sent")
    record_in_thread(session, actor, thread, "attachment:removed", now=now, attachment_id=attachment.id)
    session.delete(attachment)


def open_attachment(session: Session, actor: Actor, *, attachment: Attachment, now: datetime) -> bytes:
    """The readable bytes, on record for both sides; what nobody could see is not.

    Staff need the right to, and while the proposal waits for a decision the case itself: raises ``AccessRefused``
    (``permission_missing``, ``related_case``, ``attachment_claim_needed``), ``NotFound("attachment_erased")`` and
    ``Damaged("attachment_damaged")``.
    """
    thread = _thread_of(session, attachment)
    if actor.kind is ActorKind.STAFF:
        require_right(session, actor, thread.borrower_id, Permission.ATTACHMENT_OPEN)
        if needs_claim(session, actor, proposal_id=thread.proposal_id, now=now):
            raise AccessRefused("attachment_claim_needed", rule="P17")
    body = opened_attachment(attachment)
    record_in_thread(
        session,
        actor,
        thread,
        "attachment:opened",
        now=now,
        attachment_id=attachment.id,
        sha256=attachment.sha256,
    )
    return body


def needs_claim(session: Session, actor: Actor, *, proposal_id: int | None, now: datetime) -> bool:
    """Need to know: who decides the case opens its papers, nobody in passing. Nothing to decide, nothing to take."""
    item = session.get(ReviewItem, proposal_id) if proposal_id is not None else None
    return item is not None and not Claim(item.claimed_by, item.claimed_until).is_held_by(actor.id, now)


def _thread_of(session: Session, attachment: Attachment) -> Thread:
    message = session.get_one(Message, attachment.message_id)
    return session.get_one(Thread, message.thread_id)
