"""A proposal in the database walks along the table and nowhere else, whatever is tried in whichever order, from a page however old.

The model is the table as `tests/unit/domain/test_proposals.py` writes it down for itself, with a number that each move raises by one.
The long form takes more than 10,000 steps.
"""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.policy import HardshipReason
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.models import Proposal
from portal.services.moves import move_proposal
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story
from tests.unit.domain.test_proposals import LINES

STEPS, WALKS, LONG_WALKS = 50, 40, 1000


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


class Walk(RuleBasedStateMachine):
    """Begins in a state of its own choosing and leaves nothing behind."""

    session: ClassVar[Session]
    proposal_id: ClassVar[int]
    taken: ClassVar[list[bool]]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.session.begin_nested()
        self.proposal = self.session.get_one(Proposal, self.proposal_id)

    @initialize(status=st.sampled_from(ProposalStatus))
    def begin(self, status: ProposalStatus) -> None:
        self.session.execute(
            update(Proposal).where(Proposal.id == self.proposal_id).values(status=status.value)
        )
        self.session.refresh(self.proposal)
        self.status, self.version = status, self.proposal.row_version

    @rule(act=st.sampled_from(Act), who=st.sampled_from(Who), age=st.sampled_from([0, 0, 0, 1, 7]))
    def attempt(self, act: Act, who: Who, age: int) -> None:
        line, code = LINES.get((self.status, act, who)), ""
        try:
            to: ProposalStatus | None = move_proposal(
                self.session, self.proposal, act, who, expected_row_version=self.version - age
            )
        except Conflict as refusal:
            to, code = None, refusal.code
        self.taken.append(to is not None)
        if line is None:
            assert code == "move_not_possible"
        elif age:
            assert code == "proposal_moved"
        else:
            assert to is line
            self.status, self.version = line, self.version + 1

    @rule(place=st.integers(0, 100))
    def go_on(self, place: int) -> None:
        """One of the ways that there are, so that a walk comes somewhere."""
        ways = [(act, who) for status, act, who in LINES if status is self.status]
        if ways:
            self.attempt(*ways[place % len(ways)], age=0)

    @invariant()
    def what_is_kept_is_what_the_model_says(self) -> None:
        if hasattr(self, "status"):
            kept = self.session.execute(
                select(Proposal.status, Proposal.row_version).where(Proposal.id == self.proposal_id)
            ).one()
            assert tuple(kept) == (self.status.value, self.version)

    def teardown(self) -> None:
        self.savepoint.rollback()
        self.session.expire_all()


def test_the_kept_state_follows_the_table_and_nothing_else(session: Session, is_long: bool) -> None:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit(reason=HardshipReason.ILLNESS)
    taken: list[bool] = []
    run_state_machine_as_test(
        type("OurWalk", (Walk,), {"session": session, "proposal_id": story.proposal.id, "taken": taken}),
        settings=settings(
            max_examples=LONG_WALKS if is_long else WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not is_long,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(taken) >= (10_000 if is_long else 50)
    assert any(taken)


def test_each_line_of_the_table_is_taken_in_the_database(session: Session) -> None:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit(reason=HardshipReason.ILLNESS)
    proposal, wrong = story.proposal, []
    for (status, act, who), to in LINES.items():
        savepoint = session.begin_nested()
        session.execute(update(Proposal).where(Proposal.id == proposal.id).values(status=status.value))
        session.refresh(proposal)
        move_proposal(session, proposal, act, who)
        kept = session.scalar(select(Proposal.status).where(Proposal.id == proposal.id))
        wrong += [] if kept == to.value else [f"{status} {act}: {kept}"]
        savepoint.rollback()
        session.expire_all()
    assert wrong == []
