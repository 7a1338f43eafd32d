"""Text messages: what the outbox's ``sms`` items ask for, and what is kept of each (rule C15).

The text is made when it is sent: the outbox holds ids, references and sums, never a code and never a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.message_checks import message_reference
from portal.domain.one_time_codes import CodePurpose, code_of, keyed_hash
from portal.domain.permissions import Actor
from portal.models import Borrower, Contact, Loan, OneTimeCode
from portal.queries.numbers import find_stopped_number
from portal.services.ports import SentMessage
from portal.services.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToSend:
    """``values`` fill the template; ``code``, ``sender`` and the check reference are among them. Never logged."""

    code_id: int
    mobile: str
    template: str
    locale: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is kept of a message that went out: to which number and about whom, what for, and the rule that let it through."""

    mobile: str
    borrower_id: int | None
    purpose: str
    template: str
    check: str
    rule_decision: str
    loan_id: int | None = None
    proposal_id: int | None = None


def find_text_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], key: str, now: datetime
) -> TextToSend | None:
    """None where it must not go out: the code is over, or nobody has the number. Either leaves an event."""
    code = session.get_one(OneTimeCode, int(payload["code_id"]))
    reason = _reason_not_to_send(session, code, key, now)
    if reason is not None:
        _record_code(session, actor, payload, code, "code:not_sent", now=now, reason=reason)
        return None
    return TextToSend(
        code_id=code.id,
        mobile=code.mobile,
        template=str(payload["template"]),
        locale=str(payload["locale"]),
        values={
            **payload["values"],
            "code": code_of(code.seed, key),
            "minutes": int((code.expires_at - code.made_at).total_seconds()) // 60,
            "check": _reference_of(code, key),
            "creditor": only_creditor(session, code.mobile),
        },
    )


def record_text_sent(
    session: Session,
    actor: Actor,
    *,
    payload: Mapping[str, Any],
    sent: SentMessage,
    key: str,
    now: datetime,
) -> None:
    """The message is on its way: a contact, with the rule that let it through, and its events."""
    code = session.get_one(OneTimeCode, int(payload["code_id"]))
    purpose = CodePurpose(code.purpose)
    _record_code(session, actor, payload, code, "code:sent", now=now)
    told = Told(
        mobile=code.mobile,
        borrower_id=payload["borrower_id"] or _only_borrower(session, code.mobile),
        loan_id=payload["loan_id"],
        proposal_id=payload["proposal_id"],
        purpose=f"code_{purpose.value}",
        template=payload["template"],
        check=_reference_of(code, key),
        rule_decision="let through: a code that the person asked for is no collection contact",
    )
    record_contact(session, actor, told=told, sent=sent, key=key, now=now)


def record_contact(
    session: Session, actor: Actor, *, told: Told, sent: SentMessage, key: str, now: datetime
) -> None:
    """A text message that went out: a contact, and its event."""
    contact = Contact(
        borrower_id=told.borrower_id,
        loan_id=told.loan_id,
        purpose=told.purpose,
        channel="sms",
        direction="out",
        number_hash=keyed_hash(told.mobile, key, purpose="number"),
        number_last4=told.mobile[-4:],
        template_version=f"{told.template}@{sent.version}",
        rule_decision=told.rule_decision,
        result="sent",
        text=sent.text,
        sent_from=sent.number,
        check_reference=told.check,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        at=now,
    )
    session.add(contact)
    session.flush()
    record(
        session,
        actor,
        "contact:made",
        now=now,
        borrower_id=told.borrower_id,
        loan_id=told.loan_id,
        proposal_id=told.proposal_id,
        contact_id=contact.id,
        channel="sms",
        purpose=told.purpose,
        result="sent",
    )


def _reference_of(code: OneTimeCode, key: str) -> str:
    return message_reference(f"code:{code.id}", key)


def _reason_not_to_send(session: Session, code: OneTimeCode, key: str, now: datetime) -> str | None:
    """A signing code names a sum: it never goes to a number that changed hands. A sign-in code says nothing, and asked for it may go."""
    if code.used_at is not None or code.replaced_at is not None or code.expires_at <= now:
        return "code_over"
    if code.purpose == CodePurpose.SIGN_IN and not _borrowers_with(session, code.mobile):
        return "nobody_has_the_number"
    number_hash = keyed_hash(code.mobile, key, purpose="number")
    if code.purpose == CodePurpose.SIGNING and find_stopped_number(session, number_hash) is not None:
        return "number_stopped"
    return None


def only_creditor(session: Session, mobile: str) -> str:
    """The lender's name where all loans behind the number are of one; else "" (the message then names the portal)."""
    names = session.scalars(
        select(Loan.creditor)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .where(Borrower.mobile == mobile)
        .distinct()
        .limit(2)
    ).all()
    return names[0] if len(names) == 1 else ""


def _only_borrower(session: Session, mobile: str) -> int | None:
    ids = _borrowers_with(session, mobile)
    return ids[0] if len(ids) == 1 else None


def _borrowers_with(session: Session, mobile: str) -> list[int]:
    return list(session.scalars(select(Borrower.id).where(Borrower.mobile == mobile).limit(2)))


def _record_code(
    session: Session,
    actor: Actor,
    payload: Mapping[str, Any],
    code: OneTimeCode,
    name: str,
    *,
    now: datetime,
    **fields: object,
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=payload["borrower_id"],
        loan_id=payload["loan_id"],
        proposal_id=payload["proposal_id"],
        purpose=code.purpose,
        code_id=code.id,
        **fields,
    )
