"""A decision that is held for its minute, and who carries it out after it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.work import HANDLERS
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.models import Decision, Loan, OutboxItem
from portal.queries.wholeness import held_without_work
from portal.services.dispatches import dispatch_decision
from portal.services.facts_moved import flag_moved_facts
from portal.services.moves import lock_proposal
from tests.databases import Database
from tests.desk import Approver
from tests.people import Cast, add_cast, add_loan
from tests.races import count, two_that_hold_a_lock_each
from tests.stories import ZONE, Story


def test_what_is_held_is_work_that_a_worker_knows_and_due_when_its_minute_is_over(
    session: Session, cast: Cast, story: Story
) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    decision = Approver(session, cast.zhou_min, story).take().ask()
    item = session.scalars(select(OutboxItem).where(OutboxItem.due_at == decision.goes_out_at)).one()
    assert item.kind in HANDLERS
    assert (item.state, item.payload) == ("open", {"decision_id": decision.id})
    assert held_without_work(session) == 0


def test_a_book_that_moves_the_loan_waits_for_a_decision_that_takes_effect_or_is_first(
    database: Database,
) -> None:
    """The question is posted beside the loan, and the book moves the proposal: neither keeps the other from it for ever."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        decision = Approver(session, cast.zhou_min, story).take().ask()
        decision_id, due = decision.id, decision.goes_out_at
        loan_id, proposal_id = story.loan.id, story.proposal.id
    assert due is not None
    now = due.astimezone(ZONE)

    done = two_that_hold_a_lock_each(
        database,
        (
            lambda session: session.execute(select(Loan.id).where(Loan.id == loan_id).with_for_update()),
            lambda session, _: flag_moved_facts(session, SYSTEM, loan_id=loan_id, now=now),
        ),
        (
            lambda session: lock_proposal(session, proposal_id),
            lambda session, _: dispatch_decision(session, SYSTEM, decision_id=decision_id, now=now),
        ),
    )
    assert done == ["done", "done"]
    assert count(database, Decision.state == "held") == 0
