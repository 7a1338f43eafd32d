"""Staff sign-in: password and authenticator code together; the answer never says which of them was wrong, nor who exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.models import StaffMember
from portal.services.ports import TimeCodes
from portal.services.rate_limits import Full, Limit, count_tries, give_back_try, is_full
from portal.services.record import record
from portal.services.refused_tries import account_key, note_refused, plain_login

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT_THERE = 10
MOST_OF_ACCOUNT = 50
"""From all addresses together: higher, so that a stranger does not lock somebody out at once."""
MOST_OF_ADDRESS = 60
"""A whole office may stand behind one address."""


class SignInRefusal(StrEnum):
    """Why nobody was signed in. Only the last is told to the person in other words than "that did not match"."""

    UNKNOWN = "unknown"
    PASSWORD = "password"  # noqa: S105 - a reason
    CODE = "code"
    CODE_USED = "code_used"
    KEY = "key"
    DISABLED = "disabled"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class SignInTry:
    """What somebody typed, and the hashes of where from: the place in the network, and all that one customer may have there."""

    login: str
    password: str
    code: str
    address_key: str
    site_key: str


@dataclass(frozen=True, slots=True)
class KeptPassword:
    """What a password is compared with, as it stood before: None where nobody has the login. ``is_full``: no more may be tried."""

    password_hash: str | None
    is_full: bool


def password_to_compare(session: Session, tried: SignInTry, *, now: datetime) -> KeptPassword:
    """Read before the slow comparison, which is done outside of any transaction: nobody waits for it who writes."""
    kept = session.scalar(
        select(StaffMember.password_hash).where(StaffMember.login == plain_login(tried.login))
    )
    return KeptPassword(kept, is_full(session, _limits(tried), now=now))


def try_sign_in(
    session: Session,
    actor: Actor,
    *,
    time_codes: TimeCodes,
    tried: SignInTry,
    kept: KeptPassword,
    is_password_right: bool,
    now: datetime,
) -> int | SignInRefusal:
    """The id of who signed in, or why nobody did. Never raises for a refusal: its count and its event have to stay.

    ``is_password_right``: as compared with ``kept``. The try is counted before that is looked at: of 200 at once, ten are.
    """
    limits = _limits(tried)
    full = count_tries(session, limits, now=now)
    if full is not None:
        note_refused(session, login=tried.login, site_key=tried.site_key, now=now)
        return refuse_further(session, actor, full, now=now)
    if kept.is_full:  # then nothing was compared
        note_refused(session, login=tried.login, site_key=tried.site_key, now=now)
        return _refused(session, actor, SignInRefusal.TOO_MANY, now)
    member = session.scalar(select(StaffMember).where(StaffMember.login == plain_login(tried.login)))
    # The code is worked out in every case: an unknown login takes as long as a known one.
    step = time_codes.matching_step(member.totp_secret if member else None, tried.code, now)
    is_right = is_password_right and member is not None and member.password_hash == kept.password_hash
    refusal = _refusal_of(member, is_right=is_right, step=step)
    if refusal is None and member is not None and step is not None and not use_step(session, member.id, step):
        refusal = SignInRefusal.CODE_USED
    if refusal is not None or member is None:
        note_refused(session, login=tried.login, site_key=tried.site_key, now=now)
        return _refused(session, actor, refusal or SignInRefusal.UNKNOWN, now)
    give_back_try(session, *(limit.bucket for limit in limits))
    return member.id


def prove_again(
    session: Session, actor: Actor, *, time_codes: TimeCodes, code: str, now: datetime
) -> SignInRefusal | None:
    """Whether whoever is signed in shows a good code once more; why not otherwise. Never raises for a refusal, as above."""
    limit = Limit(f"staff:proof:{actor.id}", MOST_OF_ACCOUNT_THERE, WINDOW)
    full = count_tries(session, [limit], now=now)
    if full is not None:
        return refuse_further(session, actor, full, now=now)
    member = session.get_one(StaffMember, actor.id)
    step = time_codes.matching_step(member.totp_secret, code, now)
    if step is None:
        return _refused(session, actor, SignInRefusal.CODE, now)
    if not use_step(session, member.id, step):
        return _refused(session, actor, SignInRefusal.CODE_USED, now)
    give_back_try(session, limit.bucket)
    record(session, actor, "staff:proven", now=now, way="code")
    return None


def record_refused_proof(session: Session, actor: Actor, reason: SignInRefusal, *, now: datetime) -> None:
    """Somebody who is signed in did not show that they are who they say."""
    _refused(session, actor, reason, now)


def refuse_further(session: Session, actor: Actor, full: Full, *, now: datetime) -> SignInRefusal:
    """Nothing more is compared; the first time goes on record."""
    if full.is_first:
        _refused(session, actor, SignInRefusal.TOO_MANY, now)
    return SignInRefusal.TOO_MANY


def record_sign_in(session: Session, actor: Actor, *, now: datetime) -> None:
    record(session, actor, "session:started", now=now, audience="staff", device_known=False)


def _limits(tried: SignInTry) -> Sequence[Limit]:
    """The account's own last: what an address may try no more costs the account's owner nothing elsewhere."""
    account = f"staff:account:{account_key(tried.login)}"
    return (
        Limit(f"{account}:{tried.site_key}", MOST_OF_ACCOUNT_THERE, WINDOW),
        Limit(f"staff:address:{tried.address_key}", MOST_OF_ADDRESS, WINDOW),
        Limit(account, MOST_OF_ACCOUNT, WINDOW),
    )


def _refusal_of(member: StaffMember | None, *, is_right: bool, step: int | None) -> SignInRefusal | None:
    if member is None:
        return SignInRefusal.UNKNOWN
    if not is_right:
        return SignInRefusal.PASSWORD
    if step is None:
        return SignInRefusal.CODE
    return SignInRefusal.DISABLED if member.disabled_at is not None else None


def use_step(session: Session, staff_id: int, step: int) -> bool:
    """A code works once: compare-and-set on the last step, so that two requests with one code give one session."""
    used = session.scalar(
        update(StaffMember)
        .where(
            StaffMember.id == staff_id,
            or_(StaffMember.totp_last_step.is_(None), StaffMember.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(StaffMember.id)
    )
    return used is not None


def _refused(session: Session, actor: Actor, reason: SignInRefusal, now: datetime) -> SignInRefusal:
    record(session, actor, "staff:sign_in_refused", now=now, reason=reason.value)
    return reason
