"""Messages that went out."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import Channel
from portal.domain.message_checks import MessageVerdict, is_reference_alone, references_in, says_the_same
from portal.models import Contact, DemoMessage
from portal.queries.id_pages import IdPage, Place, id_page


def latest_demo_messages(session: Session, *, limit: int = 50) -> Sequence[DemoMessage]:
    return session.scalars(select(DemoMessage).order_by(DemoMessage.id.desc()).limit(limit)).all()


def check_message(session: Session, message: str) -> MessageVerdict:
    """Whether we sent it: by the reference it carries, then by its words. Says nothing of whom it went to."""
    references = references_in(message)
    kept = session.execute(
        select(Contact.channel, Contact.text).where(Contact.check_reference.in_(references))
    ).all()
    if not kept:
        return MessageVerdict.UNKNOWN
    if is_reference_alone(message):
        return MessageVerdict.REFERENCE_OURS
    if any(says_the_same(message, text) for row in kept for text in _as_pasted(*row)):
        return MessageVerdict.OURS
    return MessageVerdict.WORDS_DIFFER


def _as_pasted(channel: str, text: str) -> Sequence[str]:
    """An e-mail is pasted with its subject or without."""
    return (text, text.partition("\n\n")[2]) if channel == Channel.EMAIL else (text,)


def messages_to(
    session: Session, *, borrower_id: int, number_hash: str, place: Place | None
) -> IdPage[Contact]:
    """What went to a borrower, and to their number where it could not be told who of several would read it."""
    whose = (Contact.borrower_id == borrower_id) | (
        Contact.borrower_id.is_(None) & (Contact.number_hash == number_hash)
    )
    wanted = select(Contact).where(
        whose,
        Contact.direction == "out",
        Contact.channel.in_([Channel.SMS.value, Channel.EMAIL.value]),
        Contact.result != "failed",
    )
    return id_page(session, wanted, Contact.id, place)
