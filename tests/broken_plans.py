"""Plans that broke, and approvers who decide about them, for tests of what comes after."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.reasons import PlanEndReason, ReinstateReason
from portal.models import Agreement, StaffMember
from portal.queries.plans import plan_of
from portal.services.broken_plans import SeenPlan, reinstate_plan, tell_of_end, terminate_plan
from portal.services.documents import keep_sealed
from portal.services.plan_letters import LetterTools
from portal.services.running_plans import follow_plan
from tests.people import NOW
from tests.stories import TOOLS, Story

DAY = timedelta(days=1)
LATER = NOW + 30 * DAY
"""When plans are ended here: another instant than the one at which they broke."""
LETTERS = LetterTools(texts=TOOLS.texts, wording=TOOLS.wording)


def first_due(story: Story) -> date:
    return plan_of(story.version).rows[0].due_on


def follow(story: Story, on: date) -> None:
    """The day's run of ``on``, with a book of the evening before."""
    story.loan.as_of = on - DAY
    story.session.flush()
    follow_plan(story.session, SYSTEM, proposal_id=story.proposal.id, on=on, now=NOW)
    story.session.refresh(story.proposal)


def break_it(story: Story) -> Story:
    """In force and sealed; its first payment never came: broken on the eleventh day after it."""
    story.submit()
    agreement = story.session.scalars(
        select(Agreement).where(Agreement.proposal_id == story.proposal.id)
    ).one()
    body = f"%PDF-1.7 sealed {agreement.public_id}".encode()
    keep_sealed(story.session, SYSTEM, agreement_id=agreement.id, body=body, now=story.now)
    due = first_due(story)
    follow(story, due + DAY)
    follow(story, due + 11 * DAY)
    return story


def staff_actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))


def seen(story: Story, words: str = "") -> SeenPlan:
    return SeenPlan(proposal_id=story.proposal.id, row_version=story.proposal.row_version, words=words)


def reinstate(
    session: Session,
    member: StaffMember,
    what: SeenPlan,
    *,
    on: date,
    reason: ReinstateReason = ReinstateReason.ASKED_AND_ABLE,
) -> None:
    reinstate_plan(session, staff_actor(member), seen=what, reason=reason, tools=LETTERS, today=on, now=NOW)


def tell(
    session: Session,
    member: StaffMember,
    what: SeenPlan,
    *,
    on: date,
    reason: PlanEndReason = PlanEndReason.NOTHING_PAID_SINCE,
) -> None:
    tell_of_end(session, staff_actor(member), seen=what, reason=reason, tools=LETTERS, today=on, now=NOW)


def terminate(session: Session, member: StaffMember, what: SeenPlan, *, on: date) -> None:
    terminate_plan(session, staff_actor(member), seen=what, tools=LETTERS, today=on, now=LATER)
