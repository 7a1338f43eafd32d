"""Stories of plans that came into force: kept, missed, broken, ended, completed; each with its sealed document."""

from collections.abc import Generator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import update

from portal.commands import demo_desk as desk
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_signing import propose
from portal.commands.demo_sitting import Sitting, Wish
from portal.commands.demo_waiting import ALL_ANEW, MANY_PARTS, SIX_PARTS
from portal.domain.arrears import Arrears
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plans import Plan, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import Act, Who
from portal.domain.reasons import ApproveReason
from portal.models import DelinquencyPause, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from portal.services.holds import end_hold
from portal.services.moves import move_proposal
from portal.services.record import record

CURE: Final = timedelta(days=10)
"""A payment may still be made good so long."""


def keeps(scene: Scene, key: str, at: datetime, *, parts: int = 3) -> Story:
    """Approved at once by policy, paid as agreed so far."""
    yield at
    sitting = yield from _in_force(scene, key, replace(SIX_PARTS, installments=parts, day_of_month=0))
    _pay_as_agreed(scene, sitting)


def is_approved(scene: Scene, key: str, at: datetime, approved_at: datetime) -> Story:
    """A person approved it."""
    yield at
    sitting = yield from propose(scene, key, Wish(ALL_ANEW, HardshipReason.ILLNESS))
    yield approved_at
    desk.approve(scene, "zhou.min", sitting.proposal_id, ApproveReason.HARDSHIP_UNDERSTOOD)
    scene.work()


def was_approved_just_now(scene: Scene, key: str, at: datetime) -> Story:
    """In force; its document is what the worker does first when the demo is served."""
    yield at
    sitting = yield from propose(scene, key, Wish(MANY_PARTS))
    yield scene.days.ago(8)
    desk.approve(scene, "wu.yan", sitting.proposal_id, ApproveReason.AFFORDABLE)


def misses(scene: Scene, key: str, at: datetime, first_on: date) -> Generator[datetime, None, Sitting]:
    """The first payment has not come."""
    yield at
    sitting = yield from _in_force(scene, key, _from(scene, first_on))
    yield _morning(scene, _plan(scene, sitting).first_on)
    _move(scene, sitting, Act.MISS, "plan:missed")
    return sitting


def breaks(scene: Scene, key: str, at: datetime, first_on: date) -> Generator[datetime, None, Sitting]:
    """Nor has it come within the time in which it could be made good."""
    sitting = yield from misses(scene, key, at, first_on)
    yield _morning(scene, _plan(scene, sitting).first_on) + CURE
    _move(scene, sitting, Act.BREAK, "plan:broken")
    _release(scene, sitting, "broken")
    scene.book.resume_penalty(sitting.loan_ref, scene.clock.today())
    return sitting


def is_ended(scene: Scene, key: str, at: datetime, first_on: date, ended_at: datetime) -> Story:
    """After that, an approver ended it."""
    sitting = yield from breaks(scene, key, at, first_on)
    yield ended_at
    _move(scene, sitting, Act.TERMINATE, "plan:terminated", login="wu.yan", ended_at=scene.clock.now())


def completes(scene: Scene, key: str, at: datetime, first_on: date) -> Story:
    """Everything of the plan was paid on its day."""
    yield at
    sitting = yield from _in_force(scene, key, replace(_from(scene, first_on), installments=2))
    _pay_as_agreed(scene, sitting)
    yield _morning(scene, _plan(scene, sitting).ends_on)
    scene.import_book([sitting.loan_ref])
    _move(scene, sitting, Act.COMPLETE, "plan:completed", ended_at=scene.clock.now())
    _release(scene, sitting, "completed")


def _from(scene: Scene, first_on: date) -> PlanRequest:
    """Holidays may leave no time for so early a first payment: then it is the earliest there can be."""
    earliest = earliest_first_date(scene.clock.today(), scene.days.policy, scene.days.calendar)
    return replace(SIX_PARTS, installments=4, first_on=max(first_on, earliest))


def _morning(scene: Scene, day: date) -> datetime:
    """Six o'clock on the day after."""
    return datetime.combine(day + timedelta(days=1), time(6), scene.clock.zone)


def _in_force(scene: Scene, key: str, request: PlanRequest) -> Generator[datetime, None, Sitting]:
    """Propose what policy approves at once; from then on the penalty stands still."""
    sitting = yield from propose(scene, key, Wish(request))
    with scene.writing() as session:
        arrears: Arrears = sitting.situation(session).arrears
    scene.book.stop_penalty(sitting.loan_ref, {row.number: row.parts.penalty for row in arrears.installments})
    return sitting


def _plan(scene: Scene, sitting: Sitting) -> Plan:
    with scene.writing() as session:
        return plan_of(get_signed_version(session, session.get_one(Proposal, sitting.proposal_id)))


def _pay_as_agreed(scene: Scene, sitting: Sitting) -> None:
    """Up to yesterday: each payment of the plan, and the loan's own installments beside it."""
    plan = _plan(scene, sitting)
    for row in sorted((*plan.rows, *plan.running_rows), key=lambda row: row.due_on):
        if row.due_on < scene.days.today:
            scene.book.receive(sitting.loan_ref, row.due_on, row.due)


_WHO: Final = {
    Act.MISS: Who.CLOCK,
    Act.BREAK: Who.CLOCK,
    Act.COMPLETE: Who.BOOK,
    Act.TERMINATE: Who.APPROVER,
}


def _move(
    scene: Scene, sitting: Sitting, act: Act, event: str, *, login: str | None = None, **values: Any
) -> None:
    """A move of the table for which there is no verb yet: the day's run will bring them. Until then the demo makes it and records it."""
    with scene.writing() as session:
        proposal = session.get_one(Proposal, sitting.proposal_id)
        actor = desk.staff_actor(session, login) if login else SYSTEM
        move_proposal(session, proposal, act, _WHO[act], **values)
        record(
            session,
            actor,
            event,
            now=scene.clock.now(),
            borrower_id=proposal.borrower_id,
            loan_id=proposal.loan_id,
            proposal_id=proposal.id,
            version_number=proposal.version_number,
        )


def _release(scene: Scene, sitting: Sitting, reason: str) -> None:
    """The plan holds contact and days no longer; there is no verb for it yet either."""
    now = scene.clock.now()
    with scene.writing() as session:
        loan_id = session.get_one(Proposal, sitting.proposal_id).loan_id
        end_hold(session, SYSTEM, loan_id=loan_id, kind=HoldKind.PLAN_ACTIVE, reason=reason, now=now)
        session.execute(
            update(DelinquencyPause)
            .where(DelinquencyPause.loan_id == loan_id, DelinquencyPause.ends_on.is_(None))
            .values(ends_on=scene.clock.today())
        )
