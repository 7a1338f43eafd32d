"""Who is on the line: the agent reads a number out, the borrower enters it on their own page and says what the call may do.

No code goes the other way: what the agent reads out opens nothing but the borrower's own choice.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallResult
from portal.domain.errors import Conflict, DomainError
from portal.domain.one_time_codes import keyed_hash
from portal.domain.permissions import Actor, require_borrower
from portal.domain.support_calls import (
    MOST_TRIES,
    PAIRING_LASTS,
    EndedBy,
    Level,
    pairing_number,
    parse_pairing_number,
)
from portal.models import Contact, SupportCall
from portal.queries.support_calls import find_open_of_borrower, is_agent, is_related_to
from portal.services.drafts import give_consent
from portal.services.rate_limits import Limit, count_tries
from portal.services.record import record
from portal.services.support_calls import (
    OnSupportCall,
    actor_on,
    end_lapsed_support_calls,
    end_support_call,
    note_result,
    record_on_call,
)

_SAME_NUMBER: Final = 5
"""How often a number that another open call has already is made anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an entry. It raises nothing, so that what was counted is kept: ``error`` says what is wrong."""

    call: SupportCall | None = None
    error: DomainError | None = None


def make_pairing_number(session: Session, on: OnSupportCall, *, key: str, now: datetime) -> str:
    """A new number to read out, in place of the one before. Raises ``Conflict("support_entered_already")``."""
    if on.call.entered_at is not None:
        raise Conflict("support_entered_already")
    for _ in range(_SAME_NUMBER):
        seed = secrets.token_hex(16)
        number = pairing_number(seed, key)
        try:
            with session.begin_nested():
                on.call.pairing_seed, on.call.pairing_hash = seed, _hashed(number, key)
                on.call.pairing_until, on.call.pairing_tries = now + PAIRING_LASTS, 0
                session.flush()
        except IntegrityError:
            session.refresh(on.call)
            continue
        record_on_call(session, on.actor, on.call, "support:number_given", now=now)
        return number
    raise Conflict("support_call_over")


def shown_pairing_number(call: SupportCall, *, key: str, now: datetime) -> str | None:
    """What the agent reads out, while it works; None before one was made, and once it is used, spent or too old."""
    if call.pairing_seed is None or call.pairing_until is None or call.entered_at is not None:
        return None
    is_live = call.is_on(now) and call.pairing_until > now and call.pairing_tries < MOST_TRIES
    return pairing_number(call.pairing_seed, key) if is_live else None


def enter_pairing_number(session: Session, actor: Actor, *, typed: str, key: str, now: datetime) -> Entry:
    """A borrower enters what was read out to them. The try is counted before anything is compared.

    The number works once, for whom the call is about; where anybody else enters it the call ends. Nothing is allowed by it yet.
    Errors: ``pairing_missing``, ``pairing_unclear``, ``too_many_pairings`` with ``again_at``, ``pairing_wrong``,
    ``borrower_on_support_call``; raises ``AccessRefused("only_the_borrower")`` where no borrower asks.
    """
    require_borrower(actor)
    end_lapsed_support_calls(session, now=now)
    try:
        plain = parse_pairing_number(typed)
    except DomainError as error:
        return Entry(error=error)
    full = count_tries(session, _limits(actor), now=now)
    if full is not None:
        too_many = DomainError("too_many_pairings", again_at=full.again_at.isoformat())
        return _refused(session, actor, too_many, now) if full.is_first else Entry(error=too_many)
    call = session.scalar(
        select(SupportCall)
        .where(SupportCall.pairing_hash == _hashed(plain, key), SupportCall.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if call is None:
        _count_on_own_call(session, actor, now)
        return _refused(session, actor, DomainError("pairing_wrong", field="number"), now)
    return _enter(session, actor, call, now)


def allow_in_call(
    session: Session, actor: Actor, *, call: SupportCall, level: Level, privacy_version: str, now: datetime
) -> None:
    """The borrower says what the call may do. More may be allowed later on; less is to end it.

    Letting a draft be prepared takes the notice of privacy that any plan begins with.
    Raises ``AccessRefused("only_the_borrower")``, ``Conflict("support_call_over")``, ``DomainError("support_choice_missing")``.
    """
    require_borrower(actor, borrower_id=call.borrower_id)
    if level is Level.NONE:
        raise DomainError("support_choice_missing", field="level")
    if Level(call.level).reaches(level):
        return
    done = session.scalar(
        update(SupportCall)
        .where(SupportCall.id == call.id, SupportCall.ended_at.is_(None), SupportCall.expires_at > now)
        .values(level=level.value, allowed_at=now)
        .returning(SupportCall.id)
        .execution_options(synchronize_session=False)
    )
    if done is None or not is_agent(session, call.staff_id):
        raise Conflict("support_call_over", rule="D04")
    session.refresh(call)
    record_on_call(session, actor, call, "support:allowed", now=now, level=level.value)
    if level is Level.CONSENTED:
        give_consent(
            session, actor_on(actor, call), kind="privacy_notice", text_version=privacy_version, now=now
        )


def _enter(session: Session, actor: Actor, call: SupportCall, now: datetime) -> Entry:
    assert actor.id is not None
    caller_id = call.borrower_id or call.sought_borrower_id
    if caller_id not in {None, actor.id} or is_related_to(
        session, staff_id=call.staff_id, borrower_id=actor.id
    ):
        end_support_call(session, actor, call=call, by=EndedBy.OTHER_BORROWER, now=now)
        return _refused(session, actor, DomainError("pairing_wrong", field="number"), now)
    is_live = (
        call.entered_at is None
        and call.pairing_until is not None
        and call.pairing_until > now
        and call.pairing_tries < MOST_TRIES
    )
    if not is_live:
        return _refused(session, actor, DomainError("pairing_wrong", field="number"), now)
    if find_open_of_borrower(session, actor.id, now=now) is not None:
        return _refused(session, actor, DomainError("borrower_on_support_call", field="number"), now)
    call.borrower_id, call.entered_at = actor.id, now
    session.get_one(Contact, call.contact_id).borrower_id = actor.id
    note_result(session, call, CallResult.ANSWERED)
    session.flush()
    record_on_call(session, actor, call, "support:entered", now=now)
    return Entry(call=call)


def _count_on_own_call(session: Session, actor: Actor, now: datetime) -> None:
    """A wrong number from whom a call is about spends a try of the one that was read out."""
    session.execute(
        update(SupportCall)
        .where(
            SupportCall.sought_borrower_id == actor.id,
            SupportCall.entered_at.is_(None),
            SupportCall.ended_at.is_(None),
            SupportCall.expires_at > now,
        )
        .values(pairing_tries=SupportCall.pairing_tries + 1)
        .execution_options(synchronize_session=False)
    )


def _refused(session: Session, actor: Actor, error: DomainError, now: datetime) -> Entry:
    record(session, actor, "support:entry_refused", now=now, borrower_id=actor.id, code=error.code)
    return Entry(error=error)


def _limits(actor: Actor) -> tuple[Limit, Limit]:
    return (
        Limit(f"support:pairing:{actor.id}", MOST_TRIES, timedelta(minutes=10)),
        Limit(f"support:pairing:day:{actor.id}", 25, timedelta(hours=24)),
    )


def _hashed(number: str, key: str) -> str:
    return keyed_hash(number, key, purpose="pairing")
