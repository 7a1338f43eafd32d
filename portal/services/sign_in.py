"""Signing in: the code proves the phone, the last four of the ID tell whose account it is, once for each device."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.one_time_codes import parse_ending
from portal.domain.permissions import Actor
from portal.models import KnownDevice
from portal.queries.sign_in import borrowers_with, device_hash
from portal.services.rate_limits import Limit, bucket_of, count_try, give_back_try
from portal.services.record import record

MOST_ENDINGS = 5
LOCKED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingVerdict:
    """``borrower_id`` where the ending was right; else ``error`` for the field, or ``again_at`` where the number is locked."""

    borrower_id: int | None = None
    error: DomainError | None = None
    again_at: datetime | None = None


def check_ending(
    session: Session, actor: Actor, *, mobile: str, typed: str, key: str, now: datetime
) -> EndingVerdict:
    """Whose account it is, by mobile and ending. Five wrong ones lock this way in for 24 hours; known devices do not come here.

    Counted before it is compared; a right one takes its own count back and nobody else's.
    """
    try:
        ending = parse_ending(typed)
    except DomainError as error:
        return EndingVerdict(error=error)
    limit = _ending_limit(mobile, key)
    full = count_try(session, limit, now=now)
    if full is not None:
        if full.is_first:
            record(session, actor, "ending:refused", now=now, reason="locked")
        return EndingVerdict(again_at=full.again_at)
    found = borrowers_with(session, mobile=mobile, ending=ending)
    if len(found) == 1:
        give_back_try(session, limit.bucket)
        return EndingVerdict(borrower_id=found[0])
    reason = "shared" if found else "wrong"
    record(session, actor, "ending:refused", now=now, reason=reason)
    return EndingVerdict(error=DomainError(f"ending_{reason}", field="ending"))


def remember_device(session: Session, *, borrower_id: int, old_token: str | None, now: datetime) -> str:
    """Make the device known for a borrower. Its new token, to which those known on it before move too."""
    token = secrets.token_urlsafe(32)
    if old_token:
        session.execute(
            update(KnownDevice)
            .where(KnownDevice.token_hash == device_hash(old_token))
            .values(token_hash=device_hash(token))
            .execution_options(synchronize_session=False)
        )
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(KnownDevice)
        .values(borrower_id=borrower_id, token_hash=device_hash(token), verified_at=now)
        .on_conflict_do_update(index_elements=["borrower_id", "token_hash"], set_={"verified_at": now})
    )
    return token


def forget_device(session: Session, actor: Actor, *, token: str, now: datetime) -> None:
    """The device is known for nobody any more: whoever signs in on it next gives the ID's ending."""
    forgotten = session.scalars(
        delete(KnownDevice)
        .where(KnownDevice.token_hash == device_hash(token))
        .returning(KnownDevice.borrower_id)
        .execution_options(synchronize_session=False)
    ).all()
    for borrower_id in forgotten:
        record(session, actor, "device:forgotten", now=now, borrower_id=borrower_id, reason="asked")


def start_session(
    session: Session, actor: Actor, *, borrower_id: int, is_device_known: bool, now: datetime
) -> None:
    """The record of a full sign-in."""
    record(
        session,
        actor,
        "session:started",
        now=now,
        borrower_id=borrower_id,
        audience="borrower",
        device_known=is_device_known,
    )


def _ending_limit(mobile: str, key: str) -> Limit:
    return Limit(f"ending:{bucket_of(mobile, key)}", MOST_ENDINGS, LOCKED_FOR)
