"""Decisions keep what they said when their table is made anew, up and down, and wait with what they could not say before."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.db import migrate, migrate_down, transaction
from portal.models import Decision, ReviewItem
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import CATCH_UP, Story

PENDING = {"kind": "ask", "state": "held"}


def approved(database: Database) -> int:
    """Policy approves 李娜's plan; another of hers waits for a person."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        assert story.submit() == "approved"
        waiting = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-1002", has_guarantor=True))
        assert waiting.submit(CATCH_UP) == "in_review"
        return session.scalars(select(Decision.id)).one()


def test_decisions_go_down_and_up_again_as_they_were(database: Database) -> None:
    decision_id = approved(database)
    migrate_down(database.url, "0009")
    with transaction(database.engine, writes=False) as session:
        assert session.execute(text("SELECT id, kind, review_round FROM decision")).one() == (
            decision_id,
            "approve",
            1,
        )
        assert session.scalar(text("SELECT count(*) FROM review_item")) == 1
    migrate(database.url)
    with transaction(database.engine) as session:
        decision = session.scalars(select(Decision)).one()
        assert (decision.id, decision.state, decision.plan_kind) == (decision_id, "sent", "catch_up")
        assert decision.sent_at == decision.decided_at
        assert decision.second_because == []
        assert session.scalars(select(ReviewItem.stage)).all() == ["first"]
        # The numbers go on where they were.
        again = _like(decision, review_round=2)
        session.add(again)
        session.flush()
        assert again.id > decision_id


@pytest.mark.personal_data("tables of a time when nothing was sealed yet")
def test_going_down_forgets_what_was_pending(database: Database) -> None:
    approved(database)
    with transaction(database.engine) as session:
        session.add(_like(session.scalars(select(Decision)).one(), review_round=2, **PENDING))
    migrate_down(database.url, "0009")
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(text("SELECT kind FROM decision")).all() == ["approve"]


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "praise"},
        {"state": "lost"},
        {"kind": "decline", "by_policy": True},
        {"needs_second": True},
        {"plan_kind": "settlement"},
        {"state": "held"},
    ],
)
def test_the_database_itself_refuses_what_no_decision_may_be(
    database: Database, broken: dict[str, object]
) -> None:
    approved(database)
    with transaction(database.engine) as session:
        session.add(_like(session.scalars(select(Decision)).one(), review_round=2, **broken))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_one_live_decision_a_round_and_any_number_of_others(database: Database) -> None:
    approved(database)
    with transaction(database.engine) as session:
        first = session.scalars(select(Decision)).one()
        for state in ("undone", "refused", "overtaken", "answered"):
            session.add(_like(first, kind="ask", state=state, by_policy=False))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(_like(first))
        assert session.scalar(select(func.count()).select_from(Decision)) == 5


def _like(decision: Decision, **changes: object) -> Decision:
    kept = {column.name: getattr(decision, column.name) for column in Decision.__table__.columns}
    by_person = {"by_policy": False} if changes.get("kind", "approve") != "approve" else {}
    values = {**kept, "first_staff_id": 1, **by_person, **changes}
    del values["id"]
    return Decision(**values)
