"""Stories of proposals that were not signed yet, that wait, or that came to nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from portal.commands import demo_desk as desk
from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_signing import propose
from portal.commands.demo_sitting import Sitting, Wish
from portal.domain.permissions import SYSTEM
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.reasons import DeclineReason
from portal.models import Proposal
from portal.services.drafts import discard_draft
from portal.services.expiry import expire_proposals
from portal.services.proposals import ask_review, withdraw_proposal

SIX_PARTS: Final = PlanRequest(kind=PlanKind.CATCH_UP, installments=6, day_of_month=15)
MANY_PARTS: Final = replace(SIX_PARTS, installments=18)
"""Longer than what policy approves by itself."""
ALL_ANEW: Final = PlanRequest(kind=PlanKind.RESCHEDULE, installments=36, day_of_month=10)
RISING: Final = PlanRequest(kind=PlanKind.STEP_UP, installments=18, steps=3, day_of_month=10)
"""Longer than what policy approves by itself, too."""
WEEKLY: Final = PlanRequest(
    kind=PlanKind.CATCH_UP, installments=10, every="1 week", weekday=5, upfront_minor=30_000
)
INTEREST_FIRST: Final = PlanRequest(kind=PlanKind.INTEREST_ONLY, interest_periods=3)
ALL_SOON: Final = PlanRequest(kind=PlanKind.PAY_BY_DATE)
LONG_PAUSE: Final = PlanRequest(kind=PlanKind.DEFER, defer_periods=2)


def leaves_half_way(scene: Scene, key: str, at: datetime) -> Story:
    """A draft with the first answer."""
    yield at
    Sitting.begin(scene, key).start().tell(HardshipReason.JOB_LOST)


def is_ready_to_sign(scene: Scene, key: str, at: datetime) -> Story:
    """A draft whose questions are all answered."""
    yield at
    sitting = Sitting.begin(scene, key).start()
    sitting.tell(HardshipReason.INCOME_FELL)
    sitting.choose(SIX_PARTS)


def throws_away(scene: Scene, key: str, at: datetime) -> Story:
    yield at
    sitting = Sitting.begin(scene, key).start()
    sitting.tell(HardshipReason.OVERLOOKED)
    scene.clock.pass_by(seconds=60)
    with scene.writing() as session:
        draft = session.get_one(Proposal, sitting.proposal_id)
        discard_draft(session, sitting.actor, proposal=draft, now=scene.clock.now())


def forgets(scene: Scene, key: str, at: datetime, expired_at: datetime) -> Story:
    """A draft that nobody came back to."""
    yield from leaves_half_way(scene, key, at)
    yield expired_at
    with scene.writing() as session:
        expire_proposals(session, SYSTEM, now=scene.clock.now())


def waits(scene: Scene, key: str, at: datetime, wish: Wish) -> Story:
    """Signed; a person decides."""
    yield at
    yield from propose(scene, key, wish)


def is_being_decided(scene: Scene, key: str, at: datetime, wish: Wish, login: str) -> Story:
    """Signed, and somebody has the case open at this moment."""
    yield at
    sitting = yield from propose(scene, key, wish)
    yield scene.days.ago(2)
    desk.take(scene, login, sitting.proposal_id)


def must_sign_again(scene: Scene, key: str, at: datetime, paid_minor: int) -> Story:
    """While it waits a payment comes in with the book: what was signed is not what is owed any more."""
    yield at
    yield from propose(scene, key, Wish(MANY_PARTS))
    scene.book.receive(loan_ref(key), scene.days.back(1), paid_minor)
    yield scene.days.ago(20)
    scene.import_book([loan_ref(key)])


def withdraws(scene: Scene, key: str, at: datetime, withdrawn_at: datetime) -> Story:
    yield at
    sitting = yield from propose(scene, key, Wish(LONG_PAUSE))
    yield withdrawn_at
    with scene.writing() as session:
        proposal = session.get_one(Proposal, sitting.proposal_id)
        withdraw_proposal(session, sitting.actor, proposal=proposal, now=scene.clock.now())


def is_declined(scene: Scene, key: str, at: datetime, declined_at: datetime) -> Story:
    yield at
    sitting = yield from propose(scene, key, Wish(MANY_PARTS, HardshipReason.BUSINESS_TROUBLE))
    yield declined_at
    _decline(scene, sitting)


def asks_for_another(
    scene: Scene, key: str, at: datetime, declined_at: datetime, asked_at: datetime
) -> Story:
    """Declined; somebody else is to look at it once more."""
    yield at
    first = yield from propose(scene, key, Wish(MANY_PARTS))
    yield declined_at
    _decline(scene, first)
    yield asked_at
    sitting = replace(Sitting.begin(scene, key), proposal_id=first.proposal_id)
    with scene.writing() as session:
        situation = sitting.situation(session)
        ask_review(
            session,
            sitting.actor,
            proposal=session.get_one(Proposal, sitting.proposal_id),
            situation=situation,
            now=scene.business_now,
        )


def _decline(scene: Scene, sitting: Sitting) -> None:
    desk.decline(
        scene,
        "zhou.min",
        sitting.proposal_id,
        DeclineReason.TERM_TOO_LONG,
        "您提出的 18 期时间较长，期间借款原有的每期仍要照常归还，两项合在一起负担较重。",
        "分 12 期以内归还逾期部分，或者把全部欠款重新分期。",
    )
