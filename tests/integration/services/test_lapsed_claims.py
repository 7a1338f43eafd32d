"""Claims that nobody came back to are given free by the day's run, each with its event."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.claims import LEASE
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.models import Event, ReviewItem
from portal.services.claims import claim_case, end_lapsed_claims
from tests.people import Cast
from tests.stories import Story


@pytest.fixture
def held(session: Session, cast: Cast, story: Story) -> Story:
    """周敏 holds the case."""
    story.submit(reason=HardshipReason.ILLNESS)
    zhou_min = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    claim_case(session, zhou_min, proposal=story.proposal, now=story.now)
    return story


def test_a_claim_whose_time_is_over_is_given_free_once(session: Session, held: Story) -> None:
    later = held.now + LEASE
    assert end_lapsed_claims(session, SYSTEM, now=later) == 1
    item = session.get_one(ReviewItem, held.proposal.id, populate_existing=True)
    assert (item.claimed_by, item.claimed_until) == (None, None)
    told = session.scalars(select(Event).where(Event.name == "case:released")).one()
    assert (told.fields["reason"], told.proposal_id, told.actor_kind) == (
        "lapsed",
        held.proposal.id,
        "system",
    )
    assert end_lapsed_claims(session, SYSTEM, now=later) == 0


def test_a_live_one_stays(session: Session, held: Story) -> None:
    assert end_lapsed_claims(session, SYSTEM, now=held.now + LEASE - timedelta(seconds=1)) == 0


def test_a_round_takes_no_more_than_it_is_told_to(session: Session, held: Story) -> None:
    assert end_lapsed_claims(session, SYSTEM, now=held.now + LEASE, limit=0) == 0
    assert end_lapsed_claims(session, SYSTEM, now=held.now + LEASE, limit=1) == 1
