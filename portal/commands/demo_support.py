"""Stories of the support desk: 陈晨 helps on the telephone, and hands on what is a supervisor's."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_desk import staff_actor
from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.domain.call_outcomes import Statement
from portal.domain.permissions import Actor, ActorKind
from portal.domain.support_calls import Direction, Level, Reason
from portal.domain.support_supervision import SupportRules
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import Loan, SupportCall, SupportReading
from portal.services.support_calls import CallWish, on_support_call, say_in_support_call
from portal.services.support_follow_ups import WrapUp
from portal.services.support_pairing import allow_in_call, enter_pairing_number, make_pairing_number
from portal.services.support_starts import draw_for_reading, start_support_call
from portal.services.support_wrap_ups import wrap_up_call

AGENT = "chen.chen"


def is_helped(
    scene: Scene,
    key: str,
    at: datetime,
    reason: Reason,
    outcome: SupportOutcome,
    *,
    follows: frozenset[Follow] = frozenset(),
    is_drawn: bool = False,
    **said: Any,
) -> Story:
    """A borrower calls, pairs on their own page, is helped, and the call is wrapped up. ``is_drawn``: a supervisor is to read it again."""
    yield at
    with scene.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == loan_ref(key))).one()
        borrower_id, loan_id = loan.borrower_id, loan.public_id
    call_id = _proven(scene, borrower_id, loan_ref(key), reason)
    scene.clock.pass_by(seconds=240)
    with scene.writing() as session:
        call = session.get_one(SupportCall, call_id)
        if is_drawn:
            _draw(scene, call, session)
        wrap_up_call(
            session,
            staff_actor(session, AGENT),
            call=call,
            said=WrapUp(outcome=outcome, follows=follows, loan_id=loan_id, **said),
            arrived=lambda case: case.reference,
            now=scene.business_now,
        )


def _proven(scene: Scene, borrower_id: int, typed: str, reason: Reason) -> int:
    secret, hash_key = scene.shop.config.secret_key, scene.shop.config.hash_key
    wish = CallWish(typed=typed, direction=Direction.IN, reason=reason)
    caller = Actor(ActorKind.BORROWER, borrower_id)
    with scene.writing() as session:
        agent = staff_actor(session, AGENT)
        call = start_support_call(
            session, agent, wish=wish, key=secret, hash_key=hash_key, now=scene.business_now
        )
        scene.clock.pass_by(seconds=25)
        on = on_support_call(session, agent, public_id=call.public_id, is_locked=True, now=scene.business_now)
        say_in_support_call(session, on, statements=tuple(Statement), now=scene.business_now)
        number = make_pairing_number(session, on, key=secret, now=scene.business_now)
        scene.clock.pass_by(seconds=30)
        enter_pairing_number(session, caller, typed=number, key=secret, now=scene.business_now)
        allow_in_call(
            session, caller, call=call, level=Level.PROVEN, privacy_version="", now=scene.business_now
        )
        return call.id


def _draw(scene: Scene, call: SupportCall, session: Session) -> None:
    """Whatever the lot says: the demo has one to read."""
    rules = SupportRules(borrowers_a_day=60, share_per_mille=1000, first_hour=8, last_hour=20)
    if session.get(SupportReading, call.id) is None:
        draw_for_reading(session, call, key=scene.shop.config.secret_key, rules=rules, now=scene.business_now)
