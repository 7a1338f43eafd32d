"""Stories of plans that came into force: kept, missed, broken, ended, completed, changed; each with its sealed document."""

from collections.abc import Generator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands import demo_desk as desk
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_signing import READING, freeze, propose, read, sign
from portal.commands.demo_sitting import Sitting, Wish
from portal.commands.demo_waiting import ALL_ANEW, MANY_PARTS, SIX_PARTS
from portal.domain.arrears import Arrears
from portal.domain.broken_plans import NOTICE_DAYS
from portal.domain.permissions import SYSTEM
from portal.domain.plan_changes import Wish as ChangeWish
from portal.domain.plan_changes import change_of
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plans import Plan, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason, PlanEndReason
from portal.models import Loan, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from portal.queries.running_plans import find_running_plan
from portal.queries.situations import situation_of
from portal.queries.threads import find_thread
from portal.services.broken_plans import SeenPlan, tell_of_end, terminate_plan
from portal.services.plan_changes import start_change
from portal.services.plan_letters import LetterTools
from portal.services.running_plans import follow_plan
from portal.services.threads import mark_read

CURE: Final = timedelta(days=10)
"""A payment may still be made good so long."""
NOTICE: Final = timedelta(days=NOTICE_DAYS + 1)
NEW_DAY: Final = 5


def keeps(scene: Scene, key: str, at: datetime, first_on: date, *, parts: int = 6) -> Story:
    """Approved at once by policy, paid as agreed for months."""
    yield at
    sitting = yield from _in_force(scene, key, replace(_from(scene, first_on), installments=parts))
    _pay_as_agreed(scene, sitting)


def changes(
    scene: Scene, key: str, at: datetime, first_on: date, changed_at: datetime
) -> Generator[datetime, None, None]:
    """Kept, and then moved to another day of the month: a change is signed like a plan, and takes its place."""
    yield at
    sitting = yield from _in_force(scene, key, _from(scene, first_on))
    _pay_as_agreed(scene, sitting, until=changed_at.date())
    yield changed_at
    scene.import_book([sitting.loan_ref])
    change = _begin_change(scene, key)
    freeze(change)
    yield scene.clock.now() + READING
    scene.press.wait("plan:preview")
    read(change)
    sign(change)
    scene.work()


def agrees(scene: Scene, key: str, at: datetime, request: PlanRequest) -> Story:
    """Approved at once by policy; the first payment is still to come."""
    yield at
    yield from _in_force(scene, key, request)


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
    """The plan's first payment has not come, only the loan's own installments before it."""
    yield at
    sitting = yield from _in_force(scene, key, _from(scene, first_on))
    first = _plan(scene, sitting).first_on
    _pay_as_agreed(scene, sitting, until=first)
    yield _morning(scene, first)
    _follow(scene, sitting)
    return sitting


def breaks(scene: Scene, key: str, at: datetime, first_on: date) -> Generator[datetime, None, Sitting]:
    """Nor has it come within the time in which it could be made good."""
    sitting = yield from misses(scene, key, at, first_on)
    yield _morning(scene, _plan(scene, sitting).first_on) + CURE
    _follow(scene, sitting)
    scene.book.resume_penalty(sitting.loan_ref, scene.clock.today())
    return sitting


def is_ended(scene: Scene, key: str, at: datetime, first_on: date, ended_at: datetime) -> Story:
    """After that, an approver told the borrower that it would be, and ended it once there had been time to answer."""
    sitting = yield from breaks(scene, key, at, first_on)
    yield ended_at - NOTICE
    _tell_of_end(scene, sitting, "wu.yan")
    scene.work()
    yield ended_at - NOTICE + timedelta(hours=4)
    _read_letters(scene, Sitting.begin(scene, key), sitting.proposal_id)
    yield ended_at
    _end(scene, sitting, "wu.yan")
    scene.work()


def completes(scene: Scene, key: str, at: datetime, first_on: date) -> Story:
    """Everything of the plan was paid on its day."""
    yield at
    sitting = yield from _in_force(scene, key, replace(_from(scene, first_on), installments=2))
    _pay_as_agreed(scene, sitting)
    yield _morning(scene, _plan(scene, sitting).ends_on)
    _follow(scene, sitting)


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


def _pay_as_agreed(scene: Scene, sitting: Sitting, *, until: date | None = None) -> None:
    """Up to yesterday, or before a day: each payment of the plan, and the loan's own installments beside it."""
    plan = _plan(scene, sitting)
    for row in sorted((*plan.rows, *plan.running_rows), key=lambda row: row.due_on):
        if row.due_on < (until or scene.days.today):
            scene.book.receive(sitting.loan_ref, row.due_on, row.due)


def _follow(scene: Scene, sitting: Sitting) -> None:
    """The lender's book of the evening before, and then the day's run over this plan."""
    scene.import_book([sitting.loan_ref])
    with scene.writing() as session:
        follow_plan(
            session,
            SYSTEM,
            proposal_id=sitting.proposal_id,
            on=scene.clock.today(),
            now=scene.clock.now(),
        )


def _begin_change(scene: Scene, key: str) -> Sitting:
    """Signed in again, another day of the month asked for."""
    sitting = Sitting.begin(scene, key)
    scene.clock.pass_by(seconds=50)
    on = scene.clock.today()
    with scene.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == sitting.loan_ref)).one()
        running = find_running_plan(session, loan.id, on=on)
        if running is None:
            raise RuntimeError(f"{key} has no plan to change")
        situation = situation_of(session, loan, on=on, answers={}, replaces_id=running.proposal.id)
        change, _ = change_of(
            ChangeWish.DATE, running.plan, running.progress, situation.standing, day=NEW_DAY
        )
        draft = start_change(
            session,
            sitting.actor,
            running=running,
            change=change,
            monthly=running.plan.most_at_a_time,
            keep_days=situation.policy.draft_days,
            now=scene.clock.now(),
        )
    return replace(sitting, proposal_id=draft.id)


def _tell_of_end(scene: Scene, sitting: Sitting, login: str) -> None:
    """Why it is to be ended and how much is left."""
    with scene.writing() as session:
        tell_of_end(
            session,
            desk.staff_actor(session, login),
            seen=_seen(session, sitting),
            reason=PlanEndReason.NOTHING_PAID_SINCE,
            tools=_letters(scene),
            today=scene.clock.today(),
            now=scene.clock.now(),
        )


def _read_letters(scene: Scene, reader: Sitting, proposal_id: int) -> None:
    """The borrower signs in and opens the plan's messages: of the next one a notice goes out again."""
    with scene.writing() as session:
        thread = find_thread(session, session.get_one(Proposal, proposal_id))
        assert thread is not None
        mark_read(session, reader.actor, thread=thread, now=scene.clock.now())


def _end(scene: Scene, sitting: Sitting, login: str) -> None:
    with scene.writing() as session:
        terminate_plan(
            session,
            desk.staff_actor(session, login),
            seen=_seen(session, sitting),
            tools=_letters(scene),
            today=scene.clock.today(),
            now=scene.clock.now(),
        )


def _seen(session: Session, sitting: Sitting) -> SeenPlan:
    proposal = session.get_one(Proposal, sitting.proposal_id)
    return SeenPlan(proposal_id=proposal.id, row_version=proposal.row_version)


def _letters(scene: Scene) -> LetterTools:
    return LetterTools(texts=scene.tools.texts, wording=scene.tools.wording)
