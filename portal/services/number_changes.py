"""A wish to be reached at another number: proven at the new one, told to the old one, checked by staff, never at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain.cases import CaseTopic
from portal.domain.contact_requests import Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.masking import last_four
from portal.domain.message_checks import message_reference
from portal.domain.network_places import site_of
from portal.domain.numbers import COOLING
from portal.domain.one_time_codes import parse_ending
from portal.domain.permissions import Actor, ActorKind
from portal.models import Borrower, KnownDevice, NumberChange
from portal.queries.sign_in import borrowers_with
from portal.services.cases import open_case_about_number
from portal.services.contact_attempts import WantedMessage, Way
from portal.services.one_time_codes import CodeDoor
from portal.services.outbox import enqueue
from portal.services.rate_limits import Limit, bucket_of, count_tries
from portal.services.record import record
from portal.services.references import new_reference
from portal.services.sign_in import EndingVerdict
from portal.services.stopped_numbers import Day

NOTICE = "number_notice"
MOST_WISHES: Final = 5
MOST_WISHES_IN_ALL: Final = 20
MOST_OF_ADDRESS: Final = 300
"""Wide: carriers put thousands behind one."""
_DAY: Final = timedelta(hours=24)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWish:
    """``borrower_id``: whose number and ID ending were given; None where nobody's were, which no page tells."""

    old_mobile: str
    new_mobile: str
    borrower_id: int | None
    locale: str


def find_whose_number(
    session: Session, actor: Actor, *, mobile: str, typed: str, door: CodeDoor, now: datetime
) -> EndingVerdict:
    """Whose old number and ending these are, before anything goes to the new one; ``again_at`` where too many asked about the number.

    Nothing was proven yet: wishes, right ones too, count apart from the tries of the sign-in, by number and place and then by number, so
    that no stranger takes a sign-in away and whose wish it is cannot be told from what is locked. A right one leaves the same work and the
    same event as a wrong one, which names nobody. Raises what ``parse_ending`` does.
    """
    ending = parse_ending(typed)
    full = count_tries(session, _wish_limits(mobile, door), now=now)
    if full is not None:
        if full.is_first:
            record(session, actor, "ending:refused", now=now, reason="locked")
        return EndingVerdict(again_at=full.again_at)
    found = borrowers_with(session, mobile=mobile, ending=ending)
    result = ("wrong", "fits", "shared")[min(len(found), 2)]
    record(session, actor, "number:wished", now=now, result=result)
    return EndingVerdict(borrower_id=found[0] if result == "fits" else None)


def ask_for_number_change(
    session: Session, actor: Actor, *, wish: NumberWish, day: Day, now: datetime
) -> NumberChange:
    """Keep the wish, and where it fits somebody: a case for staff, and a notice to the old number.

    Raises ``AccessRefused("only_the_borrower")`` where staff ask in somebody's place.
    """
    if actor.kind is ActorKind.STAFF:
        raise AccessRefused("only_the_borrower", rule="D04")
    change = NumberChange(
        reference=new_reference("P"),
        borrower_id=wish.borrower_id,
        old_mobile=wish.old_mobile,
        new_mobile=wish.new_mobile,
        locale=wish.locale,
        asked_by=actor.kind.value,
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


def apply_number_change(session: Session, actor: Actor, *, change: NumberChange, now: datetime) -> bool:
    """Take the new number over, once staff have checked it: every device asks for the ID's ending again. False where it is done.
    ``now`` in the lender's zone.

    Raises ``DomainError("number_too_early")`` with ``earliest`` (a day, ISO) while the old number may still say no, and
    ``Conflict("number_moved")`` where the borrower's number is no longer the old one.
    """
    if change.applied_at is not None:
        return False
    if now < change.not_before:
        earliest = change.not_before.astimezone(now.tzinfo).date()
        raise DomainError("number_too_early", field="outcome", earliest=earliest.isoformat())
    borrower = session.get(
        Borrower, change.borrower_id or 0, with_for_update={"key_share": True}, populate_existing=True
    )
    if borrower is None or borrower.mobile != change.old_mobile:
        raise Conflict("number_moved")
    borrower.mobile, moved = change.new_mobile, borrower.id
    session.execute(delete(KnownDevice).where(KnownDevice.borrower_id == moved))
    change.applied_at, change.applied_by = now, actor.id
    session.flush()
    record(session, actor, "number:changed", now=now, borrower_id=moved, change_id=change.id)
    return True


def find_notice_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], seed: str, key: str, now: datetime
) -> WantedMessage:
    """To the old number; ``now`` in the lender's zone. It protects whoever holds it: nothing stops it but a holder who said "not me"."""
    del actor
    change = session.get_one(NumberChange, int(payload["change_id"]))
    check = message_reference(f"number_change:{change.id}", key)
    return WantedMessage(
        seed=seed,
        purpose=NOTICE,
        guarded_as=Purpose.ASKED_FOR,
        template=NOTICE,
        values={
            "reference": change.reference,
            "check": check,
            "last4": last_four(change.new_mobile),
            "day": change.not_before.astimezone(now.tzinfo).date().isoformat(),
        },
        locale=change.locale,
        ways=[Way(Channel.SMS, change.old_mobile)],
        check=check,
        borrower_id=change.borrower_id,
    )


def _wish_limits(mobile: str, door: CodeDoor) -> tuple[Limit, Limit, Limit]:
    """About a number from one site, from that place about any, and about the number from everywhere."""
    number, place = bucket_of(mobile, door.hash_key), bucket_of(door.address, door.hash_key)
    site = bucket_of(site_of(door.address), door.hash_key)
    return (
        Limit(f"change:{number}:{site}", MOST_WISHES, _DAY),
        Limit(f"change:address:{place}", MOST_OF_ADDRESS, _HOUR),
        Limit(f"change:{number}", MOST_WISHES_IN_ALL, _DAY),
    )
