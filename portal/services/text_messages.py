"""Codes by text message or e-mail: what the outbox's ``sms`` items ask for (rule C15).

The text is made when it is sent: the outbox holds ids, references and sums, never a code and never a number.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_requests import Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.message_checks import message_reference
from portal.domain.one_time_codes import CodePurpose, code_of
from portal.domain.permissions import Actor
from portal.models import Borrower, Contact, Loan, OneTimeCode
from portal.queries.email_addresses import find_given_address
from portal.services.contact_attempts import TOLD_AT_ONCE, WantedMessage, Way
from portal.services.record import record

_SHOWS_WHOSE_IT_IS = frozenset({CodePurpose.SIGN_IN, CodePurpose.NEW_NUMBER})
"""By such a code somebody shows that a number reaches them. It says nothing, so it may go where contact was stopped."""


def find_code_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], seed: str, key: str, now: datetime
) -> WantedMessage | None:
    """None where it must not go out: the code is over, or nobody has the number. Either leaves an event, unless the contact's own stands
    already: that of a code for any number is written before it is sent (`contact_attempts.TOLD_AT_ONCE`).
    """
    code = session.get_one(OneTimeCode, int(payload["code_id"]))
    way = _way(session, code)
    reason = _reason_not_to_send(session, code, payload, way, now)
    if reason is not None or way is None:
        if not _was_handed_on(session, code, key):
            _record_code(
                session, actor, payload, code, "code:not_sent", now=now, reason=reason or "nowhere_to_go"
            )
        return None
    return WantedMessage(
        seed=seed,
        purpose=f"code_{code.purpose}",
        guarded_as=Purpose.ASKED_FOR,
        template=str(payload["template"]),
        values=_values(session, code, payload, key),
        locale=str(payload["locale"]),
        ways=[way],
        check=_reference_of(code, key),
        borrower_id=_named(code, payload) or _only_borrower(session, code.mobile),
        loan_id=payload["loan_id"],
        proposal_id=payload["proposal_id"],
        lifts_stop=CodePurpose(code.purpose) in _SHOWS_WHOSE_IT_IS,
    )


def record_code_sent(session: Session, actor: Actor, *, payload: Mapping[str, Any], now: datetime) -> None:
    """Of a code for any number the contact tells."""
    code = session.get_one(OneTimeCode, int(payload["code_id"]))
    if CodePurpose(code.purpose) not in _SHOWS_WHOSE_IT_IS:
        _record_code(session, actor, payload, code, "code:sent", now=now)


def record_code_stopped(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], rule: str, now: datetime
) -> None:
    """A signing code names a sum: it never goes to a number that changed hands."""
    del rule
    code = session.get_one(OneTimeCode, int(payload["code_id"]))
    _record_code(session, actor, payload, code, "code:not_sent", now=now, reason="number_stopped")


def _was_handed_on(session: Session, code: OneTimeCode, key: str) -> bool:
    """A code for any number whose contact is on record."""
    purpose = f"code_{code.purpose}"
    made = select(Contact.id).where(Contact.check_reference == _reference_of(code, key))
    return purpose in TOLD_AT_ONCE and session.scalar(made.where(Contact.purpose == purpose)) is not None


def _values(session: Session, code: OneTimeCode, payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {
        **payload["values"],
        "code": code_of(code.seed, key),
        "minutes": int((code.expires_at - code.made_at).total_seconds()) // 60,
        "check": _reference_of(code, key),
        "creditor": only_creditor(session, code.mobile),
    }


def _way(session: Session, code: OneTimeCode) -> Way | None:
    if code.purpose != CodePurpose.NEW_EMAIL:
        return Way(Channel.SMS, code.mobile)
    given = find_given_address(session, code.target)
    return None if given is None else Way(Channel.EMAIL, given.address)


def _reference_of(code: OneTimeCode, key: str) -> str:
    return message_reference(f"code:{code.id}", key)


def _reason_not_to_send(
    session: Session, code: OneTimeCode, payload: Mapping[str, Any], way: Way | None, now: datetime
) -> str | None:
    """What nobody of the book asked for goes to nobody: pages take any number, so that they tell nothing."""
    if code.used_at is not None or code.replaced_at is not None or code.expires_at <= now or way is None:
        return "code_over"
    if code.purpose == CodePurpose.SIGN_IN and not _borrowers_with(session, code.mobile):
        return "nobody_has_the_number"
    if code.purpose == CodePurpose.NEW_NUMBER and not _fits(payload):
        return "fits_nobody"
    return None


def _fits(payload: Mapping[str, Any]) -> bool:
    """Programs of before decision 0277 named whom it fits, and nobody where it fits nobody; what they queued may still wait."""
    return bool(payload.get("fits", payload["borrower_id"] is not None))


def _named(code: OneTimeCode, payload: Mapping[str, Any]) -> int | None:
    """A wish for a new number names nobody before its code is right, whoever put it into the outbox."""
    return None if code.purpose == CodePurpose.NEW_NUMBER else payload["borrower_id"]


def only_creditor(session: Session, mobile: str) -> str:
    """The lender's name where all loans behind the number are of one; else "" (the message then names the portal)."""
    names = session.scalars(
        select(Loan.creditor)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .where(Borrower.mobile_index == mobile)
        .distinct()
        .limit(2)
    ).all()
    return names[0] if len(names) == 1 else ""


def _only_borrower(session: Session, mobile: str) -> int | None:
    ids = _borrowers_with(session, mobile)
    return ids[0] if len(ids) == 1 else None


def _borrowers_with(session: Session, mobile: str) -> list[int]:
    return list(session.scalars(select(Borrower.id).where(Borrower.mobile_index == mobile).limit(2)))


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
        borrower_id=_named(code, payload),
        loan_id=payload["loan_id"],
        proposal_id=payload["proposal_id"],
        purpose=code.purpose,
        code_id=code.id,
        **fields,
    )
