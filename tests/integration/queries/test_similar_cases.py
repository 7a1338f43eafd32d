"""How similar cases went: counted from what people decided, in one statement that reads an index."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind
from portal.domain.policy import HardshipReason
from portal.domain.similar_cases import MOST, Likeness, SimilarCases, likeness_of
from portal.models import Decision, Proposal, ReviewItem
from portal.queries.similar_cases import similar_cases
from tests.desk import Approver
from tests.people import NOW, Cast, add_cast, add_loan
from tests.stories import Story

SINCE = NOW - timedelta(days=365)


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def story(session: Session, cast: Cast) -> Story:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit(reason=HardshipReason.ILLNESS)
    return story


def like_of(session: Session, story: Story) -> Likeness:
    item = session.get_one(ReviewItem, story.proposal.id)
    return likeness_of(kind=item.kind, dpd=item.dpd, amount_minor=item.amount_minor, currency=item.currency)


def add_decisions(
    session: Session, cast: Cast, story: Story, like: Likeness, rows: list[dict[str, Any]]
) -> None:
    """Of one proposal each, in rounds that are long over."""
    values = {
        "proposal_id": story.proposal.id, "version_number": 1, "content_hash": "0" * 64, "state": "sent",
        "plan_kind": "catch_up", "by_policy": False, "policy_version": "2026-01", "maker_borrower_id": cast.li_na.id,
        "first_staff_id": cast.zhou_min.id, "reason_code": "affordable", "likeness": like.key, "decided_at": NOW,
        "needs_second": False, "second_because": [],
    }  # fmt: skip
    session.execute(
        insert(Decision), [{**values, "review_round": 100 + place, **row} for place, row in enumerate(rows)]
    )


def test_what_people_decide_counts_and_what_policy_approves_does_not(
    session: Session, cast: Cast, story: Story
) -> None:
    like = like_of(session, story)
    Approver(session, cast.zhou_min, story).take().approve()
    by_policy = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-1002"))
    assert by_policy.submit() == "approved"
    found = similar_cases(session, like, since=SINCE, but_proposal_id=0)
    assert found == SimilarCases(approved=1, running=1)
    assert similar_cases(session, like, since=SINCE, but_proposal_id=story.proposal.id) == SimilarCases()


def test_a_counter_is_counted_with_the_cases_that_it_answers(
    session: Session, cast: Cast, story: Story
) -> None:
    like = like_of(session, story)
    decision = Approver(session, cast.zhou_min, story).take().counter()
    assert decision.likeness == like.key
    assert similar_cases(session, like, since=SINCE, but_proposal_id=0) == SimilarCases(), (
        "nobody was told yet"
    )


def test_old_other_undone_and_asking_ones_are_left_out(session: Session, cast: Cast, story: Story) -> None:
    like = like_of(session, story)
    kinds = [{"kind": kind.value} for kind in DecisionKind]
    add_decisions(
        session,
        cast,
        story,
        like,
        [
            *kinds,
            {"kind": "approve", "decided_at": SINCE - timedelta(seconds=1)},
            {"kind": "approve", "likeness": "defer:M1:CNY:200000"},
            {"kind": "decline", "state": "undone"},
            {"kind": "counter", "state": "answered"},
        ],
    )
    found = similar_cases(session, like, since=SINCE, but_proposal_id=0)
    assert (found.approved, found.declined, found.countered) == (1, 1, 2)
    assert found.in_force == 0, "the proposal itself is not in force"


def test_however_many_there_are_it_is_one_statement_over_the_index(
    session: Session, cast: Cast, story: Story
) -> None:
    like = like_of(session, story)
    add_decisions(session, cast, story, like, [{"kind": "decline"}] * (MOST + 20))
    said: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: said.append(args[2]))
    found = similar_cases(session, like, since=SINCE, but_proposal_id=0)
    assert found.declined == MOST
    assert len(said) == 1
    if session.get_bind().dialect.name == "sqlite":
        plan = session.execute(
            text("EXPLAIN QUERY PLAN SELECT kind FROM decision WHERE likeness = 'x' AND decided_at >= '2026'")
        )
        assert "ix_decision_likeness" in str(plan.all())
    assert (
        session.scalars(select(Proposal.status).where(Proposal.id == story.proposal.id)).one() == "in_review"
    )
