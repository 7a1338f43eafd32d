"""Stories of the internal team and of the agency: calls that somebody made from their list."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_desk import staff_actor
from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.domain.call_outcomes import CallOutcome, Statement
from portal.models import Call, CallItem, Loan
from portal.queries.placements import is_placed
from portal.services.call_list import give_back, take_call
from portal.services.call_outcomes import Said, note_outcome
from portal.services.calls import open_call, say

CALLER = "lin.yue"
OF_THE_AGENCY = "he.jing"


def calls(
    scene: Scene, key: str, at: datetime, outcome: CallOutcome, *, caller: str = CALLER, **said: Any
) -> Story:
    """林悦, or 何静 of the agency, calls about a loan: opened, explained, noted. What the guard refuses is on record, nobody is called."""
    yield at
    with scene.writing() as session:
        call_id = _opened(scene, session, key, caller)
    if call_id is None:
        return
    scene.clock.pass_by(seconds=150)
    with scene.writing() as session:
        actor, call = staff_actor(session, caller), session.get_one(Call, call_id)
        say(session, actor, call=call, statements=tuple(Statement), now=scene.clock.now())
        note_outcome(
            session,
            actor,
            call=call,
            item=session.get_one(CallItem, call.loan_id),
            said=Said(outcome=outcome, **said),
            key=scene.shop.config.hash_key,
            now=scene.business_now,
        )


def _opened(scene: Scene, session: Session, key: str, caller: str) -> int | None:
    """The call's id; None where the loan is not on the caller's list, or the guard says no."""
    actor, hash_key = staff_actor(session, caller), scene.shop.config.hash_key
    of_loan = select(CallItem).join(Loan, Loan.id == CallItem.loan_id)
    is_theirs = is_placed(actor.id or 0, now=scene.business_now) if actor.is_agencys else CallItem.is_listed
    item = session.scalar(of_loan.where(Loan.loan_ref == loan_ref(key), is_theirs))
    if item is None:
        return None
    take_call(session, actor, item=item, now=scene.business_now)
    scene.clock.pass_by(seconds=20)
    call = open_call(session, actor, item=item, key=hash_key, now=scene.business_now).call
    if call is None:
        give_back(session, actor, item=item, reason="skipped", now=scene.business_now)
    return call.id if call else None
