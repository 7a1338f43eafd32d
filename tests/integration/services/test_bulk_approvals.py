"""Several approved together: each is judged anew, and what needs a look of its own is left out untouched (rule P18)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason
from portal.models import Decision, Loan, ReviewItem
from portal.services.bulk_approvals import approve_in_bulk, bulk_case
from portal.services.deciding import Seen
from portal.services.threads import WrittenMessage, post_message
from tests.desk import Approver
from tests.people import NOW, Cast
from tests.stories import CATCH_UP, Story


@pytest.fixture
def waiting(story: Story) -> Story:
    """Inside the band; it came to a person because of an illness."""
    story.submit(reason=HardshipReason.ILLNESS)
    return story


def _seen(story: Story, **change: int) -> Seen:
    proposal = story.proposal
    of: dict[str, Any] = {"proposal_id": proposal.id, "row_version": proposal.row_version} | change
    return Seen(content_hash=story.version.content_hash, **of)


def _approve(session: Session, cast: Cast, story: Story, seen: Seen) -> Decision:
    return approve_in_bulk(
        session,
        Approver(session, cast.zhou_min, story).actor,
        seen=seen,
        reason=ApproveReason.AFFORDABLE,
        today=story.today,
        now=story.now,
    )


def test_a_case_inside_the_band_is_taken_and_approved(session: Session, cast: Cast, waiting: Story) -> None:
    case = bulk_case(session, waiting.proposal, today=waiting.today)
    assert (case.proposal, case.version.id) == (waiting.proposal, waiting.version.id)
    assert case.plan.kind == CATCH_UP["kind"]
    assert case.situation.loan.id == waiting.loan.id
    decision = _approve(session, cast, waiting, _seen(waiting))
    assert (decision.kind, decision.reason_code) == ("approve", ApproveReason.AFFORDABLE)
    assert (decision.first_staff_id, decision.content_hash) == (
        cast.zhou_min.id,
        waiting.version.content_hash,
    )


def test_what_was_on_the_page_is_what_is_approved(session: Session, cast: Cast, waiting: Story) -> None:
    with pytest.raises(NotFound, match=r"^not_found$"):
        _approve(session, cast, waiting, _seen(waiting, proposal_id=waiting.proposal.id + 1))
    with pytest.raises(Conflict, match=r"^proposal_moved$"):
        _approve(session, cast, waiting, _seen(waiting, row_version=waiting.proposal.row_version + 1))
    assert session.scalars(select(Decision)).all() == []


def test_a_book_that_moved_keeps_it_out(session: Session, cast: Cast, waiting: Story) -> None:
    session.get_one(Loan, waiting.loan.id).facts_version += 1
    session.flush()
    with pytest.raises(Conflict, match=r"^facts_moved$"):
        bulk_case(session, waiting.proposal, today=waiting.today)


def test_a_message_that_waits_keeps_it_out(session: Session, cast: Cast, waiting: Story) -> None:
    written = WrittenMessage(form_key="a" * 32, body="请问需要什么材料？")
    post_message(session, waiting.actor, about=waiting.proposal, written=written, now=NOW)
    with pytest.raises(Conflict, match=r"^bulk_message_waits$"):
        bulk_case(session, waiting.proposal, today=waiting.today)


def test_a_plan_beyond_the_band_keeps_it_out(session: Session, cast: Cast, story: Story) -> None:
    story.submit({**CATCH_UP, "installments": 24})
    with pytest.raises(Conflict, match=r"^bulk_needs_(own_look|second)$") as refused:
        bulk_case(session, story.proposal, today=story.today)
    assert refused.value.details == {}


def test_what_was_decided_once_is_looked_at_by_itself(session: Session, cast: Cast, waiting: Story) -> None:
    waiting.proposal.review_round = 2
    with pytest.raises(Conflict, match=r"^bulk_needs_own_look$"):
        bulk_case(session, waiting.proposal, today=waiting.today)


def test_a_case_that_is_decided_is_not_taken(session: Session, cast: Cast, waiting: Story) -> None:
    seen = _seen(waiting)
    _approve(session, cast, waiting, seen)
    with pytest.raises(Conflict, match=r"^already_decided$"):
        _approve(session, cast, waiting, seen)
    assert session.scalars(select(ReviewItem.claimed_by)).all() in ([], [cast.zhou_min.id], [None])
