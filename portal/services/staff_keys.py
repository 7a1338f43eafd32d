"""Security keys of staff: added and removed by their owner, shown at the sign-in and before acts that give power."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.models import StaffKey, StaffMember
from portal.queries.staff_keys import find_key, get_key_of, keys_of
from portal.services.ports import AskedKey, KeyOwner, KeySite, SecurityKeys
from portal.services.rate_limits import Limit, count_try, give_back_try
from portal.services.record import record
from portal.services.staff_sign_in import (
    MOST_OF_ADDRESS,
    WINDOW,
    SignInRefusal,
    record_refused_proof,
    refuse_further,
)

MOST_KEYS: Final = 10
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brings from a key, and the challenge that it was asked with."""

    site: KeySite
    challenge: bytes = field(repr=False)
    body: str = field(repr=False)


def ask_new_key(
    session: Session, actor: Actor, *, keys: SecurityKeys, site: KeySite
) -> tuple[AskedKey, bytes]:
    """What to ask a new key, and the handle that it will know its owner by. Raises ``keys_too_many``."""
    member = session.get_one(StaffMember, actor.id)
    known = keys_of(session, member.id)
    if len(known) >= MOST_KEYS:
        raise Conflict("keys_too_many", most=MOST_KEYS)
    handle = known[0].handle if known else secrets.token_bytes(32)
    owner = KeyOwner(handle, member.login, member.name)
    return keys.ask_new(site, owner, [each.credential_id for each in known]), handle


def add_key(
    session: Session,
    actor: Actor,
    *,
    keys: SecurityKeys,
    answer: Answer | None,
    handle: bytes,
    name: str,
    now: datetime,
) -> StaffKey:
    """From now on it opens the desk; ``answer`` is None where nothing was asked.

    Raises ``key_name_missing``, ``key_not_accepted``, ``key_known``, ``keys_too_many``.
    """
    member = session.get_one(StaffMember, actor.id, with_for_update=True, populate_existing=True)
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise DomainError("key_name_missing", field="name")
    if len(keys_of(session, member.id)) >= MOST_KEYS:
        raise Conflict("keys_too_many", most=MOST_KEYS)
    if answer is None:
        raise DomainError("key_not_accepted")
    new = keys.accept_new(answer.site, answer.challenge, answer.body)
    key = StaffKey(
        public_id=secrets.token_hex(16),
        staff_member_id=member.id,
        handle=handle,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        name=called,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError as error:
        raise DomainError("key_known") from error
    record(session, actor, "staff:key_added", now=now, staff_number=member.number, key_id=key.id)
    return key


def remove_key(session: Session, actor: Actor, *, public_id: str, now: datetime) -> None:
    """It opens nothing any more. Raises ``NotFound``."""
    key = get_key_of(session, actor.id or 0, public_id)
    key.removed_at = now
    member = session.get_one(StaffMember, actor.id)
    record(session, actor, "staff:key_removed", now=now, staff_number=member.number, key_id=key.id)


def sign_in_by_key(
    session: Session, actor: Actor, *, keys: SecurityKeys, answer: Answer, address_key: str, now: datetime
) -> int | SignInRefusal:
    """The id of whose key it is. Never raises for a refusal: its count and its event have to stay."""
    limit = Limit(f"staff:address:{address_key}", MOST_OF_ADDRESS, WINDOW)
    full = count_try(session, limit, now=now)
    if full is not None:
        return refuse_further(session, actor, full, now=now)
    key = _good_key(session, keys, answer, now)
    member = session.get_one(StaffMember, key.staff_member_id) if key else None
    refusal = SignInRefusal.KEY
    if member is not None:
        if member.disabled_at is None:
            give_back_try(session, limit.bucket)
            return member.id
        refusal = SignInRefusal.DISABLED
    record_refused_proof(session, actor, refusal, now=now)
    return refusal


def prove_by_key(
    session: Session, actor: Actor, *, keys: SecurityKeys, answer: Answer, now: datetime
) -> SignInRefusal | None:
    """Whether whoever is signed in shows a key of their own; why not otherwise."""
    key = _good_key(session, keys, answer, now)
    if key is None or key.staff_member_id != actor.id:
        record_refused_proof(session, actor, SignInRefusal.KEY, now=now)
        return SignInRefusal.KEY
    record(session, actor, "staff:proven", now=now, way="key")
    return None


def _good_key(session: Session, keys: SecurityKeys, answer: Answer, now: datetime) -> StaffKey | None:
    """The key that made the answer, its count moved on."""
    shown = keys.named_in(answer.body)
    key = find_key(session, shown.credential_id) if shown else None
    if key is None or shown is None or shown.handle not in {None, key.handle}:
        return None
    count = keys.count_if_good(
        answer.site, answer.challenge, answer.body, public_key=key.public_key, sign_count=key.sign_count
    )
    if count is None:
        return None
    key.sign_count, key.used_at = count, now
    return key
