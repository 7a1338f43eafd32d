"""Messages leave here and nowhere else: found, guarded, kept as an attempt, sent outside of any transaction, and marked.

Between the attempt and the mark a worker may die. The next one finds the attempt and sends again under the same key: nothing is lost, and
what the provider got twice it can tell by its key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.contact_wishes import Channel
from portal.domain.permissions import SYSTEM, Actor
from portal.failpoints import Point, reached
from portal.services import (
    collection_messages,
    contact_attempts,
    message_notices,
    number_changes,
    outbox,
    text_messages,
)
from portal.services.contact_attempts import Attempt, Desk, Refusal, WantedMessage
from portal.services.ports import MessageNotSentError, MessageSender, SentMessage

if TYPE_CHECKING:
    from portal.commands.work import Job, Workshop

log = structlog.get_logger()


class Finder(Protocol):
    """What an item of the outbox asks for, as things are now; None where it is over."""

    def __call__(
        self,
        session: Session,
        actor: Actor,
        *,
        payload: Mapping[str, object],
        seed: str,
        key: str,
        now: datetime,
    ) -> WantedMessage | None: ...


class CalledOff(Protocol):
    """What follows from a message that the guard called off, by which rule."""

    def __call__(
        self, session: Session, actor: Actor, *, payload: Mapping[str, object], rule: str, now: datetime
    ) -> None: ...


class Consequence(Protocol):
    """What follows from a message that went out, beside its contact."""

    def __call__(
        self, session: Session, actor: Actor, *, payload: Mapping[str, object], now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message in the outbox."""

    find: Finder
    sent: Consequence | None = None
    called_off: CalledOff | None = None


MESSAGES: Final[Mapping[str, MessageKind]] = {
    "sms": MessageKind(
        text_messages.find_code_to_send, text_messages.record_code_sent, text_messages.record_code_stopped
    ),
    message_notices.KIND: MessageKind(
        message_notices.find_notice_to_send, message_notices.record_notice_sent
    ),
    "number:notice": MessageKind(number_changes.find_notice_to_send),
    collection_messages.KIND: MessageKind(
        collection_messages.find_message_to_send, called_off=collection_messages.note_called_off
    ),
}


def send_message(shop: "Workshop", job: "Job") -> None:
    """Any kind of ``MESSAGES``. What the guard puts off comes again as the same item; what it forbids is called off."""
    wanted = _attempt(shop, job)
    if wanted is None:
        return
    message, attempt = wanted
    sender = _sender(shop, attempt.way.channel)
    reached(Point.SENDING)
    try:
        sender.send(attempt.way.address, message.template, message.values, message.locale, key=attempt.key)
    except MessageNotSentError as error:
        _failed(shop, attempt, error)
        if error.is_final:
            return
        raise
    reached(Point.SENT)
    now = _now(shop)
    with transaction(shop.engine) as session:
        is_first = contact_attempts.mark_sent(session, SYSTEM, message, attempt, now=now)
        follows = MESSAGES[job.kind].sent
        if is_first and follows is not None:
            follows(session, SYSTEM, payload=job.payload, now=now)


def give_up_message(session: Session, shop: "Workshop", job: "Job") -> None:
    """It was tried as often as it ever is."""
    log.warning("message_given_up", kind=job.kind, job=job.id)
    contact_attempts.record_given_up(
        session, SYSTEM, seed=_seed(job), key=shop.config.hash_key, now=shop.clock.now()
    )


def _attempt(shop: "Workshop", job: "Job") -> tuple[WantedMessage, Attempt] | None:
    kind, key, now = MESSAGES[job.kind], shop.config.secret_key, _now(shop)
    with transaction(shop.engine) as session:
        found = kind.find(session, SYSTEM, payload=job.payload, seed=_seed(job), key=key, now=now)
        if found is None:
            outbox.call_off(session, job.id, attempts=job.attempts, because="over", now=now)
            return None
        wanted = _addressed(shop, found)
        begun = contact_attempts.begin_attempt(session, SYSTEM, wanted, desk=_desk(shop), now=now)
        if isinstance(begun, Refusal):
            _settle(session, job, kind, begun, now)
            return None
        return None if begun is None else (wanted, begun)


def _addressed(shop: "Workshop", found: WantedMessage) -> WantedMessage:
    """With what every message may name, and by the ways only that this deployment has."""
    values = {**found.values, "address": shop.config.base_url, "phone": shop.config.support_phone}
    ways = [way for way in found.ways if way.channel is Channel.SMS or shop.mailer is not None]
    return replace(found, values=values, ways=ways)


def _settle(session: Session, job: "Job", kind: MessageKind, refusal: Refusal, now: datetime) -> None:
    if refusal.opens_at is not None:
        outbox.put_off(session, job.id, attempts=job.attempts, until=refusal.opens_at, because=refusal.rule)
        return
    outbox.call_off(session, job.id, attempts=job.attempts, because=refusal.rule, now=now)
    if kind.called_off is not None:
        kind.called_off(session, SYSTEM, payload=job.payload, rule=refusal.rule, now=now)


def _failed(shop: "Workshop", attempt: Attempt, error: MessageNotSentError) -> None:
    with transaction(shop.engine) as session:
        contact_attempts.mark_failed(
            session, SYSTEM, attempt, error=str(error), is_certain=error.is_certain, now=_now(shop)
        )


def _desk(shop: "Workshop") -> Desk:
    return Desk(key=shop.config.hash_key, words=_words(shop), budget=shop.config.message_budget)


def _words(shop: "Workshop") -> Callable[[Channel, str, Mapping[str, str | int], str], SentMessage]:
    def write(channel: Channel, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        return _sender(shop, channel).write(template, values, locale)

    return write


def _sender(shop: "Workshop", channel: Channel) -> MessageSender:
    if channel is Channel.SMS:
        return shop.sender
    assert shop.mailer is not None
    return shop.mailer


def _seed(job: "Job") -> str:
    """The same however often this piece of work is done."""
    return f"{job.kind}:{job.id}"


def _now(shop: "Workshop") -> datetime:
    """In the lender's zone, where days and hours are counted."""
    return shop.clock.now().astimezone(shop.clock.zone)
