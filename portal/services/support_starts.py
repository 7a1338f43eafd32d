"""Starting a support call: the last is wrapped up, borrowers a day have a ceiling, a share of the calls is drawn to be read again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict
from portal.domain.permissions import SYSTEM, Actor, Permission, require
from portal.domain.support_supervision import SupportRules, is_drawn
from portal.models import StaffMember, SupportCall, SupportReading
from portal.queries.policies import policy_on
from portal.queries.support_desk import borrowers_of_day, find_unwrapped
from portal.services.record import record
from portal.services.support_calls import (
    CallWish,
    end_lapsed_support_calls,
    open_support_call,
    record_on_call,
)


def start_support_call(
    session: Session, actor: Actor, *, wish: CallWish, key: str, hash_key: str, now: datetime
) -> SupportCall:
    """As ``open_support_call``, which is for this alone and takes ``hash_key``; by ``key`` it is drawn. ``now`` in the lender's zone.

    Raises besides:
        AccessRefused: ``support_ceiling_reached``.
        Conflict: ``support_wrap_up_missing`` with the ``call``.

    """
    require(actor, Permission.SUPPORT_CALL)
    assert actor.id is not None
    end_lapsed_support_calls(session, now=now)
    rules = policy_on(session, now.date()).support
    # Two windows of one agent take turns; calls are one at a time, and each has one borrower at most.
    session.execute(select(StaffMember.id).where(StaffMember.id == actor.id).with_for_update())
    unwrapped = find_unwrapped(session, actor.id, now=now)
    if unwrapped is not None:
        raise Conflict("support_wrap_up_missing", call=unwrapped.public_id)
    if borrowers_of_day(session, actor.id, now=now) >= rules.borrowers_a_day:
        raise AccessRefused("support_ceiling_reached", rule="D04", most=rules.borrowers_a_day)
    call = open_support_call(session, actor, wish=wish, key=hash_key, now=now)
    if call.sought_borrower_id is not None:
        note_ceiling(session, actor, rules=rules, now=now)
    draw_for_reading(session, call, key=key, rules=rules, now=now)
    return call


def note_ceiling(session: Session, actor: Actor, *, rules: SupportRules, now: datetime) -> None:
    """After a call has got its borrower: the last place of the day is an event, and the supervisors' alarm."""
    assert actor.id is not None
    count = borrowers_of_day(session, actor.id, now=now)
    if count == rules.borrowers_a_day:
        record(
            session,
            actor,
            "support:ceiling_reached",
            now=now,
            borrowers=count,
            ceiling=rules.borrowers_a_day,
        )


def draw_for_reading(
    session: Session, call: SupportCall, *, key: str, rules: SupportRules, now: datetime
) -> bool:
    """By lot, as the call begins: nobody who is on it can tell or choose, and with the key anybody can draw the same again."""
    drawn = is_drawn(call.public_id, key=key, share_per_mille=rules.share_per_mille)
    if drawn is None:
        return False
    session.add(
        SupportReading(call_id=call.id, share_per_mille=rules.share_per_mille, drawn=drawn, drawn_at=now)
    )
    session.flush()
    record_on_call(
        session, SYSTEM, call, "support:drawn", now=now, share_per_mille=rules.share_per_mille, drawn=drawn
    )
    return True
