"""One message on its way: the guard is asked, the attempt kept before anything goes out, then what became of it (rules C01 to C12, C15).

An attempt is the row of its contact. It stands before the provider is called, so that whoever dies in between leaves it to the next, who
sends the same contact again under the same key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_packs import DEFAULT_PACK, pack_on
from portal.domain.contact_requests import ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.masking import last_four
from portal.domain.message_budgets import MessageBudget
from portal.domain.one_time_codes import CodePurpose, keyed_hash
from portal.domain.permissions import Actor
from portal.models import Contact, Loan
from portal.queries.contacts import contact_facts
from portal.services.message_spending import spend, stopped_until
from portal.services.ports import SentMessage
from portal.services.record import record

SENDING: Final = "sending"
"""Handed to the provider, or about to be; nobody knows yet."""
SENT: Final = "sent"
FAILED: Final = "failed"
"""The provider said no: it did not go out."""
UNSURE: Final = "unsure"
"""No answer came: it may have gone out."""
DELIVERED: Final = "delivered"
UNDELIVERED: Final = "undelivered"
"""The provider took it and says that it did not arrive."""
OPEN_RESULTS: Final = (SENDING, FAILED, UNSURE)

TOLD_AT_ONCE: Final = frozenset(
    {f"code_{purpose}" for purpose in (CodePurpose.SIGN_IN, CodePurpose.NEW_NUMBER)}
)
"""Codes that anybody orders for any number. How many events there are is published: of such an order there are two, and the second comes in
the same step of the worker, whether somebody has the number or nobody does. What became of the message stands with the contact alone.
"""
HANDED_ON: Final = "handed_on"

Words = Callable[[Channel, str, Mapping[str, str | int], str], SentMessage]
"""What a template says: channel, template, values, locale."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to somebody: a mobile in E.164 or an address of e-mail. Never logged."""

    channel: Channel
    address: str

    def hashed(self, key: str) -> str:
        return keyed_hash(self.address, key, purpose="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMessage:
    """A message that is to go out, by the first of its ways that nothing stops. Never logged.

    ``seed`` tells it from every other and stays the same however often it is tried. ``purpose`` is kept with the contact, ``guarded_as`` is
    what the guard takes it for. ``lifts_stop``: a code by which somebody shows that a number is theirs, which is what ends a stop.
    """

    seed: str
    purpose: str
    guarded_as: Purpose
    template: str
    values: Mapping[str, str | int]
    locale: str
    ways: Sequence[Way]
    check: str
    borrower_id: int | None
    loan_id: int | None = None
    proposal_id: int | None = None
    lifts_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is sent now; ``key`` is the same whenever the same message is sent again."""

    contact_id: int
    key: str
    way: Way


@dataclass(frozen=True, slots=True)
class Refusal:
    """``opens_at``: when it would be allowed if nothing else happened; None for never."""

    rule: str
    opens_at: datetime | None


NO_WAY: Final = Refusal("no_way", None)
"""This deployment has none of the ways that it could go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an attempt needs besides the database."""

    key: str
    words: Words
    budget: MessageBudget


def message_key(seed: str, key: str) -> str:
    """What the provider knows a message by. It says nothing, and nobody without the key makes one up."""
    return keyed_hash(seed, key, purpose="message")[:32]


def begin_attempt(
    session: Session, actor: Actor, wanted: WantedMessage, *, desk: Desk, now: datetime
) -> Attempt | Refusal | None:
    """Ask the guard and keep the attempt, in one transaction; ``now`` in the borrower's zone. None where it went out already.

    The loan is locked first: a hold that starts meanwhile is either seen here, or comes after the message.
    """
    if wanted.loan_id is not None:
        session.execute(select(Loan.id).where(Loan.id == wanted.loan_id).with_for_update())
    key = message_key(wanted.seed, desk.key)
    kept = session.scalar(
        select(Contact)
        .where(Contact.message_key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if kept is not None and kept.result not in OPEN_RESULTS:
        return None
    chosen = _choose(session, wanted, key, desk, now)
    refusal = _refusal(session, wanted, chosen, desk, now)
    if refusal is not None or chosen is None:
        return _refuse(session, actor, wanted, kept, refusal or NO_WAY, now)
    way = chosen[0]
    words = desk.words(way.channel, wanted.template, wanted.values, wanted.locale)
    spend(session, actor, channel=way.channel, text=words.text, budget=desk.budget, now=now)
    contact = _keep(session, actor, wanted, kept or Contact(message_key=key, tries=0), way, words, desk, now)
    if kept is None and contact.purpose in TOLD_AT_ONCE:
        record_made(session, actor, contact, wanted.proposal_id, now=now, result=HANDED_ON)
    return Attempt(contact_id=contact.id, key=key, way=way)


def mark_sent(
    session: Session, actor: Actor, wanted: WantedMessage, attempt: Attempt, *, now: datetime
) -> bool:
    """The provider took it: a contact was made. False where somebody else has said so already."""
    contact = _locked(session, attempt)
    if contact.result not in OPEN_RESULTS:
        return False
    contact.result, contact.error = SENT, ""
    if contact.purpose not in TOLD_AT_ONCE:
        record_made(session, actor, contact, wanted.proposal_id, now=now)
    return True


def mark_failed(
    session: Session, actor: Actor, attempt: Attempt, *, error: str, is_certain: bool, now: datetime
) -> None:
    """It did not go out, or nobody knows: the provider's code is kept. What a receipt has said meanwhile stays."""
    contact = _locked(session, attempt)
    if contact.result not in OPEN_RESULTS:
        return
    contact.result, contact.error = (FAILED if is_certain else UNSURE), error[:60]
    if contact.purpose not in TOLD_AT_ONCE:
        _record(session, actor, contact, "contact:failed", now=now, error=contact.error)


def record_given_up(session: Session, actor: Actor, *, seed: str, key: str, now: datetime) -> None:
    """It was tried as often as it ever is. What never got as far as the provider has no contact, and no line here."""
    contact = session.scalar(select(Contact).where(Contact.message_key == message_key(seed, key)))
    if contact is not None:
        if contact.result == SENDING:  # whoever was sending it died
            contact.result = UNSURE
        if contact.purpose not in TOLD_AT_ONCE:
            _record(session, actor, contact, "contact:given_up", now=now)


def record_made(
    session: Session,
    actor: Actor,
    contact: Contact,
    proposal_id: int | None,
    *,
    now: datetime,
    result: str = SENT,
) -> None:
    record(
        session,
        actor,
        "contact:made",
        now=now,
        borrower_id=contact.borrower_id,
        loan_id=contact.loan_id,
        proposal_id=proposal_id,
        contact_id=contact.id,
        channel=contact.channel,
        purpose=contact.purpose,
        result=result,
    )


def record_refused(
    session: Session, actor: Actor, wanted: WantedMessage, *, rule: str, now: datetime
) -> None:
    record(
        session,
        actor,
        "contact:refused",
        now=now,
        borrower_id=wanted.borrower_id,
        loan_id=wanted.loan_id,
        proposal_id=wanted.proposal_id,
        rule=rule,
        purpose=wanted.purpose,
    )


def _choose(
    session: Session, wanted: WantedMessage, key: str, desk: Desk, now: datetime
) -> tuple[Way, Verdict] | None:
    """The first way that is open; else the one that opens first, the wanted order deciding between equals; None where there is none."""
    asked = [(way, _ask(session, wanted, way, key, desk, now)) for way in wanted.ways]
    for way, verdict in asked:
        if verdict.is_allowed:
            return way, verdict
    opening = [(verdict.opens_at, way, verdict) for way, verdict in asked if verdict.opens_at is not None]
    if not opening:
        return asked[0] if asked else None
    first = min(opens_at for opens_at, _, _ in opening)
    return next((way, verdict) for opens_at, way, verdict in opening if opens_at == first)


def _ask(session: Session, wanted: WantedMessage, way: Way, key: str, desk: Desk, now: datetime) -> Verdict:
    number = way.hashed(desk.key)
    request = ContactRequest(
        at=now, channel=way.channel, purpose=wanted.guarded_as, number=number, debt=wanted.loan_id or 0
    )
    facts = contact_facts(
        session,
        borrower_id=wanted.borrower_id,
        loan_id=wanted.loan_id,
        number=number,
        now=now,
        apart_from=key,
        stops_count=not wanted.lifts_stop,
    )
    return ask_guard(request, facts, pack_on(DEFAULT_PACK, now.date()))


def _refusal(
    session: Session, wanted: WantedMessage, chosen: tuple[Way, Verdict] | None, desk: Desk, now: datetime
) -> Refusal | None:
    if chosen is not None and chosen[1].rule is not None:
        return Refusal(chosen[1].rule, chosen[1].opens_at)
    until = stopped_until(session, purpose=wanted.guarded_as, budget=desk.budget, now=now)
    return None if until is None else Refusal("budget", until)


def _refuse(
    session: Session,
    actor: Actor,
    wanted: WantedMessage,
    kept: Contact | None,
    refusal: Refusal,
    now: datetime,
) -> Refusal:
    if kept is not None and kept.result == SENDING:  # whoever was sending it died
        kept.result = UNSURE
    record_refused(session, actor, wanted, rule=refusal.rule, now=now)
    return refusal


def _keep(
    session: Session,
    actor: Actor,
    wanted: WantedMessage,
    contact: Contact,
    way: Way,
    words: SentMessage,
    desk: Desk,
    now: datetime,
) -> Contact:
    contact.borrower_id, contact.loan_id = wanted.borrower_id, wanted.loan_id
    contact.purpose, contact.channel, contact.direction = wanted.purpose, way.channel.value, "out"
    contact.number_hash = way.hashed(desk.key)
    contact.number_last4 = last_four(way.address) if way.channel is Channel.SMS else ""
    contact.template_version = f"{wanted.template}@{words.version}"
    contact.rule_decision = _decision(wanted, now)
    contact.result, contact.error = SENDING, ""
    contact.tries = contact.tries + 1
    contact.text, contact.sent_from = words.text, words.number
    contact.check_reference = wanted.check
    contact.actor_kind, contact.actor_id = actor.kind.value, actor.id
    contact.at = now
    session.add(contact)
    session.flush()
    return contact


def _decision(wanted: WantedMessage, now: datetime) -> str:
    """By which rules it was let through, and as what."""
    return f"let through by {pack_on(DEFAULT_PACK, now.date()).version} as {wanted.guarded_as.value}"


def _locked(session: Session, attempt: Attempt) -> Contact:
    return session.get_one(Contact, attempt.contact_id, with_for_update=True, populate_existing=True)


def _record(
    session: Session, actor: Actor, contact: Contact, name: str, *, now: datetime, **error: Any
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=contact.borrower_id,
        loan_id=contact.loan_id,
        contact_id=contact.id,
        channel=contact.channel,
        purpose=contact.purpose,
        **error,
    )
