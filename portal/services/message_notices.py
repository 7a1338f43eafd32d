"""The text message that says "an answer waits for you": enqueued with staff's message, guarded when it would go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_packs import DEFAULT_PACK, pack_on
from portal.domain.contact_requests import ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.message_checks import message_reference
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import Actor
from portal.models import Borrower, Contact, Thread
from portal.queries.contacts import contact_facts
from portal.services.outbox import enqueue
from portal.services.ports import SentMessage
from portal.services.record import record
from portal.services.text_messages import only_creditor

KIND = "message:notice"
TEMPLATE = "new_message"
PURPOSE = "message_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeToSend:
    """To whom, about which thread; nothing of what was written. Never logged."""

    thread_id: int
    number: int
    mobile: str
    locale: str
    creditor: str
    check: str
    """The number under which anybody finds out that the message is ours."""


def announce_message(session: Session, *, thread: Thread, number: int, now: datetime) -> None:
    """Once for each message of staff; whether it goes out is asked when it would."""
    payload = {"thread_id": thread.id, "number": number}
    enqueue(session, kind=KIND, dedupe_key=f"{KIND}:{thread.id}:{number}", payload=payload, now=now)


def find_notice_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], key: str, now: datetime
) -> NoticeToSend | None:
    """``now`` in the borrower's zone. None where it must not go out, with its event; what the guard only puts off comes again."""
    thread, number = session.get_one(Thread, int(payload["thread_id"])), int(payload["number"])
    borrower = session.get_one(Borrower, thread.borrower_id)
    rule = _told_already(thread, number)
    if rule is None:
        verdict = _verdict(session, thread, borrower, key, now)
        rule = verdict.rule
        if rule is not None and verdict.opens_at is not None:
            _put_off(session, thread, number, due_at=verdict.opens_at, now=now)
    if rule is not None:
        _record(session, actor, thread, "contact:refused", now=now, rule=rule, purpose=PURPOSE)
        return None
    return NoticeToSend(
        thread_id=thread.id,
        number=number,
        mobile=borrower.mobile,
        locale=borrower.locale,
        creditor=only_creditor(session, borrower.mobile),
        check=message_reference(f"notice:{thread.id}:{number}", key),
    )


def record_notice_sent(
    session: Session, actor: Actor, *, notice: NoticeToSend, sent: SentMessage, key: str, now: datetime
) -> None:
    """A contact, with the rule that let it through, and its event."""
    thread = session.get_one(Thread, notice.thread_id, with_for_update=True)
    thread.told_borrower = max(thread.told_borrower, notice.number)
    contact = Contact(
        borrower_id=thread.borrower_id,
        loan_id=thread.loan_id,
        purpose=PURPOSE,
        channel="sms",
        direction="out",
        number_hash=keyed_hash(notice.mobile, key, purpose="number"),
        number_last4=notice.mobile[-4:],
        template_version=f"{TEMPLATE}@{sent.version}",
        rule_decision="let through: an answer to what the person wrote is no collection contact",
        result="sent",
        text=sent.text,
        sent_from=sent.number,
        check_reference=notice.check,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        at=now,
    )
    session.add(contact)
    session.flush()
    _record(
        session,
        actor,
        thread,
        "contact:made",
        now=now,
        contact_id=contact.id,
        channel="sms",
        purpose=PURPOSE,
        result="sent",
    )


def _told_already(thread: Thread, number: int) -> str | None:
    """One notice until the borrower has read what it announced."""
    if number <= thread.read_by_borrower:
        return "read_already"
    return "told_already" if thread.told_borrower > thread.read_by_borrower else None


def _verdict(session: Session, thread: Thread, borrower: Borrower, key: str, now: datetime) -> Verdict:
    number = keyed_hash(borrower.mobile, key, purpose="number")
    request = ContactRequest(
        at=now, channel=Channel.SMS, purpose=Purpose.ANSWER, number=number, debt=thread.loan_id or 0
    )
    facts = contact_facts(session, borrower_id=borrower.id, loan_id=thread.loan_id, number=number, now=now)
    return ask_guard(request, facts, pack_on(DEFAULT_PACK, now.date()))


def _put_off(session: Session, thread: Thread, number: int, *, due_at: datetime, now: datetime) -> None:
    enqueue(
        session,
        kind=KIND,
        dedupe_key=f"{KIND}:{thread.id}:{number}:{due_at.date().isoformat()}",
        payload={"thread_id": thread.id, "number": number},
        now=now,
        due_at=due_at,
    )


def _record(
    session: Session, actor: Actor, thread: Thread, name: str, *, now: datetime, **fields: object
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=thread.borrower_id,
        loan_id=thread.loan_id,
        proposal_id=thread.proposal_id,
        **fields,
    )
