"""A case belongs to one approver at a time: taken, kept, taken over with a reason, given back (rule P17)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.claims import LEASE
from portal.domain.errors import AccessRefused, Conflict
from portal.domain.permissions import Actor
from portal.domain.policy import HardshipReason
from portal.domain.reasons import TakeOverReason
from portal.models import ReviewItem
from portal.services.claims import (
    claim_case,
    record_claim_refusal,
    refuse_without_claim,
    release_all_claims,
    release_claim,
    renew_claim,
    take_over_case,
)
from tests.people import Cast, add_loan
from tests.service_cases import staff_actor
from tests.stories import Story, borrower_actor
from tests.told_events import told

MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(story: Story) -> Story:
    story.submit(reason=HardshipReason.ILLNESS)
    return story


@pytest.fixture
def zhou_min(cast: Cast) -> Actor:
    return staff_actor(cast.zhou_min)


@pytest.fixture
def wu_yan(cast: Cast) -> Actor:
    return staff_actor(cast.wu_yan)


def _held_by(session: Session, story: Story) -> tuple[object, object]:
    item = session.get_one(ReviewItem, story.proposal.id, populate_existing=True)
    return item.claimed_by, item.claimed_until


def test_a_case_is_taken_and_kept(session: Session, waiting: Story, zhou_min: Actor) -> None:
    of: dict[str, Any] = {"proposal": waiting.proposal}
    assert claim_case(session, zhou_min, now=waiting.now, **of) == waiting.now + LEASE
    assert renew_claim(session, zhou_min, now=waiting.now + MINUTE, **of) == waiting.now + MINUTE + LEASE
    assert _held_by(session, waiting) == (zhou_min.id, waiting.now + MINUTE + LEASE)
    until = {"until": (waiting.now + LEASE).isoformat()}
    assert told(session, "case:claimed") == [(waiting.borrower.id, until)]
    renewed = {"until": (waiting.now + MINUTE + LEASE).isoformat()}
    assert told(session, "case:claim_renewed") == [(waiting.borrower.id, renewed)]


def test_nobody_else_takes_it_or_keeps_it_meanwhile(
    session: Session, waiting: Story, zhou_min: Actor, wu_yan: Actor, cast: Cast
) -> None:
    of: dict[str, Any] = {"proposal": waiting.proposal, "now": waiting.now}
    assert renew_claim(session, zhou_min, **of) is None
    until = claim_case(session, zhou_min, **of)
    with pytest.raises(Conflict) as refused:
        claim_case(session, wu_yan, **of)
    by = {"by": cast.zhou_min.number, "until": until.isoformat()}
    assert (refused.value.code, refused.value.details) == ("claimed_by_other", by)
    assert renew_claim(session, wu_yan, **of) is None
    assert not release_claim(session, wu_yan, **of)
    assert release_all_claims(session, wu_yan, now=waiting.now) == 0
    assert _held_by(session, waiting) == (zhou_min.id, until)
    assert claim_case(session, wu_yan, proposal=waiting.proposal, now=until) == until + LEASE
    assert renew_claim(session, zhou_min, proposal=waiting.proposal, now=until) is None


def test_a_claim_whose_time_is_over_is_kept_no_more(
    session: Session, waiting: Story, zhou_min: Actor
) -> None:
    until = claim_case(session, zhou_min, proposal=waiting.proposal, now=waiting.now)
    assert renew_claim(session, zhou_min, proposal=waiting.proposal, now=until) is None


def test_only_who_holds_it_decides(
    session: Session, waiting: Story, zhou_min: Actor, wu_yan: Actor, cast: Cast
) -> None:
    of: dict[str, Any] = {"proposal_id": waiting.proposal.id}
    with pytest.raises(Conflict, match=r"^claim_needed$"):
        refuse_without_claim(session, zhou_min, now=waiting.now, **of)
    until = claim_case(session, zhou_min, proposal=waiting.proposal, now=waiting.now)
    refuse_without_claim(session, zhou_min, now=until - MINUTE, **of)
    with pytest.raises(Conflict) as refused:
        refuse_without_claim(session, wu_yan, now=until - MINUTE, **of)
    assert refused.value.details == {"by": cast.zhou_min.number, "until": until.isoformat()}
    for actor in (zhou_min, wu_yan):
        with pytest.raises(Conflict, match=r"^claim_needed$"):
            refuse_without_claim(session, actor, now=until, **of)


def test_nobody_of_the_same_number_in_another_table_keeps_it_or_gives_it_back(
    session: Session, waiting: Story, zhou_min: Actor, cast: Cast
) -> None:
    claim_case(session, zhou_min, proposal=waiting.proposal, now=waiting.now)
    assert cast.wang_qiang.id == zhou_min.id
    stranger = borrower_actor(cast.wang_qiang)
    with pytest.raises(AccessRefused, match="permission_missing"):
        release_claim(session, stranger, proposal=waiting.proposal, now=waiting.now)
    assert renew_claim(session, stranger, proposal=waiting.proposal, now=waiting.now) is None
    assert release_all_claims(session, stranger, now=waiting.now) == 0


def test_it_is_given_back_once(session: Session, waiting: Story, zhou_min: Actor) -> None:
    of: dict[str, Any] = {"proposal": waiting.proposal, "now": waiting.now}
    claim_case(session, zhou_min, **of)
    assert release_claim(session, zhou_min, **of)
    assert not release_claim(session, zhou_min, **of)
    assert _held_by(session, waiting) == (None, None)
    assert told(session, "case:released") == [(waiting.borrower.id, {"reason": "given_back"})]


def test_signing_out_gives_back_all(session: Session, waiting: Story, zhou_min: Actor, cast: Cast) -> None:
    other = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2002"))
    other.submit(reason=HardshipReason.ILLNESS)
    for story in (waiting, other):
        claim_case(session, zhou_min, proposal=story.proposal, now=waiting.now)
    assert release_all_claims(session, zhou_min, now=waiting.now) == 2
    assert {_held_by(session, story) for story in (waiting, other)} == {(None, None)}
    whose = [waiting.borrower.id, other.borrower.id]
    assert sorted(told(session, "case:released"), key=str) == sorted(
        [(each, {"reason": "signed_out"}) for each in whose], key=str
    )


def test_it_is_taken_over_with_a_reason(
    session: Session, waiting: Story, zhou_min: Actor, wu_yan: Actor
) -> None:
    of: dict[str, Any] = {"proposal": waiting.proposal, "reason": TakeOverReason.HOLDER_AWAY}
    claim_case(session, zhou_min, proposal=waiting.proposal, now=waiting.now)
    now = waiting.now + MINUTE
    assert take_over_case(session, wu_yan, now=now, **of) == now + LEASE
    assert _held_by(session, waiting) == (wu_yan.id, now + LEASE)
    said = {"from_staff_id": zhou_min.id, "reason": "holder_away", "until": (now + LEASE).isoformat()}
    assert told(session, "case:taken_over") == [(waiting.borrower.id, said)]


def test_a_free_one_and_ones_own_are_simply_claimed(
    session: Session, waiting: Story, zhou_min: Actor, wu_yan: Actor
) -> None:
    of: dict[str, Any] = {"proposal": waiting.proposal, "reason": TakeOverReason.AGREED}
    until = take_over_case(session, zhou_min, now=waiting.now, **of)
    assert take_over_case(session, zhou_min, now=waiting.now + MINUTE, **of) == until + MINUTE
    take_over_case(session, wu_yan, now=until + MINUTE, **of)
    assert told(session, "case:taken_over") == []
    assert len(told(session, "case:claimed")) == 3


def test_a_case_that_does_not_wait_is_not_claimed(session: Session, story: Story, zhou_min: Actor) -> None:
    story.start()
    with pytest.raises(Conflict, match=r"^not_waiting$"):
        claim_case(session, zhou_min, proposal=story.proposal, now=story.now)


def test_a_refusal_is_told(session: Session, waiting: Story, zhou_min: Actor) -> None:
    error = Conflict("claim_needed")
    record_claim_refusal(session, zhou_min, proposal=waiting.proposal, error=error, now=waiting.now)
    assert told(session, "case:claim_refused") == [(waiting.borrower.id, {"code": "claim_needed"})]
