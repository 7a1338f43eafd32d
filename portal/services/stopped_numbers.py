"""Numbers that changed hands: contact stops when their holder says so, and goes on when the borrower signs in with them."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.cases import CaseTopic
from portal.domain.masking import last_four
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import Actor
from portal.models import Borrower, KnownDevice, StoppedNumber
from portal.queries.numbers import find_stopped_number
from portal.services.cases import open_case_about_number
from portal.services.record import record
from portal.services.references import new_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The lender's day, for what staff promise by it."""

    today: date
    zone: tzinfo


def hash_of(mobile: str, key: str) -> str:
    """The same hash that contacts carry (``Contact.number_hash``)."""
    return keyed_hash(mobile, key, purpose="number")


def stop_number(session: Session, actor: Actor, *, mobile: str, key: str, day: Day, now: datetime) -> str:
    """Stop contact at a number whose holder is not the borrower. The report's reference, the same however often it is said.

    Each borrower who is on record with it gets a case for staff, and must give the ID's ending again on every device.
    """
    stop_id = _add(session, mobile, key, now)
    if stop_id is None:
        running = find_stopped_number(session, hash_of(mobile, key))
        assert running is not None
        return running.reference
    reference = session.get_one(StoppedNumber, stop_id).reference
    borrower_ids = session.scalars(select(Borrower.id).where(Borrower.mobile_index == mobile)).all()
    record(session, actor, "number:stopped", now=now, stop_id=stop_id, borrowers=len(borrower_ids))
    for borrower_id in borrower_ids:
        open_case_about_number(
            session,
            actor,
            borrower_id=borrower_id,
            topic=CaseTopic.NUMBER_NOT_THEIRS,
            today=day.today,
            zone=day.zone,
            now=now,
        )
    session.execute(delete(KnownDevice).where(KnownDevice.borrower_id.in_(borrower_ids)))
    return reference


def lift_stop(
    session: Session, actor: Actor, *, mobile: str, borrower_id: int, key: str, now: datetime
) -> None:
    """Code and ID ending were right: the number does reach the borrower."""
    stop_id = session.scalar(
        update(StoppedNumber)
        .where(StoppedNumber.number_hash == hash_of(mobile, key), StoppedNumber.lifted_at.is_(None))
        .values(lifted_at=now)
        .returning(StoppedNumber.id)
    )
    if stop_id is not None:
        record(session, actor, "number:stop_lifted", now=now, borrower_id=borrower_id, stop_id=stop_id)


def _add(session: Session, mobile: str, key: str, now: datetime) -> int | None:
    """None where contact at it has stopped already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return session.scalar(
        insert(StoppedNumber)
        .values(
            reference=new_reference("N"),
            number_hash=hash_of(mobile, key),
            number_last4=last_four(mobile),
            stopped_at=now,
        )
        .on_conflict_do_nothing(index_elements=["number_hash"], index_where=StoppedNumber.lifted_at.is_(None))
        .returning(StoppedNumber.id)
    )
