"""A wish to be reached at another number: proven at the new one, told to the old one, checked by staff, never at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.cases import CaseTopic
from portal.domain.message_checks import message_reference
from portal.domain.numbers import COOLING
from portal.domain.permissions import Actor
from portal.models import NumberChange
from portal.queries.numbers import find_stopped_number
from portal.services.cases import open_case_about_number
from portal.services.outbox import enqueue
from portal.services.ports import SentMessage
from portal.services.record import record
from portal.services.references import new_reference
from portal.services.stopped_numbers import Day, hash_of
from portal.services.text_messages import Told, record_contact

NOTICE = "number_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWish:
    """``borrower_id``: whose number and ID ending were given; None where nobody's were, which no page tells."""

    old_mobile: str
    new_mobile: str
    borrower_id: int | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The message to the old number. Never logged."""

    mobile: str
    locale: str
    reference: str
    check: str
    new_last4: str
    not_before: datetime


def ask_for_number_change(
    session: Session, actor: Actor, *, wish: NumberWish, day: Day, now: datetime
) -> NumberChange:
    """Keep the wish, and where it fits somebody: a case for staff, and a notice to the old number."""
    change = NumberChange(
        reference=new_reference("P"),
        borrower_id=wish.borrower_id,
        old_mobile=wish.old_mobile,
        new_mobile=wish.new_mobile,
        locale=wish.locale,
        asked_at=now,
        not_before=now + COOLING,
    )
    session.add(change)
    session.flush()
    record(
        session,
        actor,
        "number:change_asked",
        now=now,
        borrower_id=wish.borrower_id,
        change_id=change.id,
        fits=wish.borrower_id is not None,
    )
    if wish.borrower_id is not None:
        open_case_about_number(
            session,
            actor,
            borrower_id=wish.borrower_id,
            topic=CaseTopic.NUMBER_CHANGED,
            reference=change.reference,
            today=day.today,
            zone=day.zone,
            now=now,
        )
        enqueue(
            session,
            kind="number:notice",
            dedupe_key=f"number:notice:{change.id}",
            payload={"change_id": change.id},
            now=now,
        )
    return change


def find_notice(session: Session, actor: Actor, *, change_id: int, key: str, now: datetime) -> Notice | None:
    """None where the old number's holder has said that it is not the borrower's."""
    change = session.get_one(NumberChange, change_id)
    if find_stopped_number(session, hash_of(change.old_mobile, key)) is not None:
        record(
            session,
            actor,
            "contact:refused",
            now=now,
            borrower_id=change.borrower_id,
            rule="number_stopped",
            purpose=NOTICE,
        )
        return None
    return Notice(
        mobile=change.old_mobile,
        locale=change.locale,
        reference=change.reference,
        check=_check_of(change.id, key),
        new_last4=change.new_mobile[-4:],
        not_before=change.not_before,
    )


def record_notice_sent(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], sent: SentMessage, key: str, now: datetime
) -> None:
    change = session.get_one(NumberChange, int(payload["change_id"]))
    told = Told(
        mobile=change.old_mobile,
        borrower_id=change.borrower_id,
        purpose=NOTICE,
        template=NOTICE,
        check=_check_of(change.id, key),
        rule_decision="let through: a notice that protects the person is no collection contact",
    )
    record_contact(session, actor, told=told, sent=sent, key=key, now=now)


def _check_of(change_id: int, key: str) -> str:
    return message_reference(f"number_change:{change_id}", key)
