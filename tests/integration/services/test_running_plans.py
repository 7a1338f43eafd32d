"""A plan in force over its days: missed, made good, broken, completed; what an import of money does to it."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.contact_packs import DEFAULT_PACK
from portal.domain.errors import Conflict
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.domain.proposals import Act, ProposalStatus
from portal.domain.stage_packs import stage_pack_on
from portal.models import Agreement, DelinquencyPause, Event, Loan, OutboxItem, Payment
from portal.queries.loans import loan_facts
from portal.queries.plans import plan_of
from portal.queries.running_plans import plan_under
from portal.queries.situations import running_holds
from portal.services.documents import keep_sealed
from portal.services.running_plans import follow_plan, miss_plan, remind_of_plans, take_payments
from tests.people import NOW
from tests.stories import Story

DAY = timedelta(days=1)


@pytest.fixture
def running(session: Session, story: Story) -> Story:
    """In force, sealed; its first payment is due on 20 November."""
    story.submit()
    agreement = session.scalars(select(Agreement)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=story.now)
    session.refresh(story.proposal)
    assert story.proposal.status == ProposalStatus.ACTIVE
    return story


def first_due(story: Story) -> date:
    return plan_of(story.version).rows[0].due_on


def book_covers(story: Story, day: date) -> None:
    story.loan.as_of = day
    story.session.flush()


def follow(story: Story, on: date) -> Sequence[Act]:
    book_covers(story, on - DAY)
    done = follow_plan(story.session, SYSTEM, proposal_id=story.proposal.id, on=on, now=NOW)
    story.session.refresh(story.proposal)
    return done


def pay(story: Story, on: date, minor: int, ref: str = "new-1") -> None:
    story.session.add(
        Payment(
            payment_ref=ref,
            loan_id=story.loan.id,
            paid_on=on,
            amount_minor=minor,
            channel="bank",
            is_reversed=False,
        )
    )
    story.session.flush()


def events(session: Session, name: str) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.name == name).order_by(Event.id)).all()


def test_a_plan_whose_payments_are_there_stays_as_it_is(session: Session, running: Story) -> None:
    due = first_due(running)
    pay(running, due, plan_of(running.version).rows[0].due)
    assert follow(running, due + DAY) == []
    assert running.proposal.status == ProposalStatus.ACTIVE


def test_a_payment_that_is_out_the_day_after_is_missed_and_nobody_collects(
    session: Session, running: Story
) -> None:
    due = first_due(running)
    assert follow(running, due) == []
    assert follow(running, due + DAY) == [Act.MISS]
    assert running.proposal.status == ProposalStatus.MISSED
    (event,) = events(session, "plan:missed")
    assert event.fields == {
        "version_number": 1,
        "due_on": due.isoformat(),
        "cure_until": (due + 10 * DAY).isoformat(),
    }
    assert HoldKind.PLAN_ACTIVE in running_holds(session, running.loan.id)


def test_doing_it_again_changes_nothing(session: Session, running: Story) -> None:
    due = first_due(running)
    follow(running, due + DAY)
    assert follow(running, due + DAY) == []
    assert follow(running, due + 10 * DAY) == []
    assert len(events(session, "plan:missed")) == 1


def test_after_the_cure_it_breaks_and_days_count_from_the_day_after(session: Session, running: Story) -> None:
    due = first_due(running)
    follow(running, due + DAY)
    assert follow(running, due + 11 * DAY) == [Act.BREAK]
    assert running.proposal.status == ProposalStatus.BROKEN
    pause = session.scalars(select(DelinquencyPause)).one()
    assert pause.ends_on == due + 11 * DAY
    assert HoldKind.PLAN_ACTIVE not in running_holds(session, running.loan.id)
    assert len(events(session, "plan:broken")) == len(events(session, "hold:ended")) - 1 == 1


def test_it_does_not_break_before_its_borrower_was_told_of_another_creditor(
    session: Session, running: Story
) -> None:
    due = first_due(running)
    running.loan.former_creditor, running.loan.former_until = "前任债权人", due - 2 * DAY
    running.loan.assigned_on = due - DAY
    assert follow(running, due + 30 * DAY) == [Act.MISS]
    running.loan.assignment_told_on = due + 30 * DAY
    assert follow(running, due + 40 * DAY) == []
    assert follow(running, due + 41 * DAY) == [Act.BREAK]


def test_delinquent_days_stand_still_while_it_runs_and_go_on_once_it_broke(
    session: Session, running: Story
) -> None:
    due = first_due(running)

    def delinquent(on: date) -> int:
        return arrears_of(loan_facts(session, running.loan.id), on=on).delinquent_days

    assert delinquent(due + 5 * DAY) == delinquent(running.today) == 42
    follow(running, due + 11 * DAY)
    assert delinquent(due + 11 * DAY) == 42
    assert delinquent(due + 12 * DAY) == 43


def test_a_run_that_comes_late_does_what_the_days_would_have(session: Session, running: Story) -> None:
    due = first_due(running)
    assert follow(running, due + 30 * DAY) == [Act.MISS, Act.BREAK]
    assert session.scalars(select(DelinquencyPause.ends_on)).one() == due + 11 * DAY


def test_a_book_that_does_not_reach_the_day_calls_nobody_late(session: Session, running: Story) -> None:
    due = first_due(running)
    book_covers(running, due - DAY)
    for on in (due + DAY, due + 11 * DAY):
        assert follow_plan(session, SYSTEM, proposal_id=running.proposal.id, on=on, now=NOW) == []
    trusted = follow_plan(
        session, SYSTEM, proposal_id=running.proposal.id, on=due + DAY, now=NOW, is_book_trusted=True
    )
    assert trusted == [Act.MISS]


def test_money_makes_it_good_with_the_book_that_brings_it(session: Session, running: Story) -> None:
    due = first_due(running)
    follow(running, due + DAY)
    pay(running, due + 4 * DAY, plan_of(running.version).rows[0].due)
    done = take_payments(session, SYSTEM, loan_id=running.loan.id, as_of=due + 4 * DAY, now=NOW)
    session.refresh(running.proposal)
    progress = plan_under(session, session.scalars(select(Agreement)).one(), on=due + 5 * DAY).progress
    assert (list(done), running.proposal.status) == ([Act.PAY], ProposalStatus.ACTIVE), progress.next
    assert len(events(session, "plan:cured")) == 1
    assert HoldKind.PLAN_ACTIVE in running_holds(session, running.loan.id)


def test_money_never_calls_anything_missed(session: Session, running: Story) -> None:
    due = first_due(running)
    pay(running, due, 100)
    assert list(take_payments(session, SYSTEM, loan_id=running.loan.id, as_of=due, now=NOW)) == []


def test_a_payment_taken_back_leaves_the_plan_as_without_it(session: Session, running: Story) -> None:
    due = first_due(running)
    pay(running, due, plan_of(running.version).rows[0].due)
    assert follow(running, due + DAY) == []
    session.scalars(select(Payment).where(Payment.payment_ref == "new-1")).one().is_reversed = True
    session.flush()
    assert follow(running, due + DAY) == [Act.MISS]


def test_everything_paid_completes_it(session: Session, running: Story) -> None:
    due = first_due(running)
    pay(running, due, 5_000_000)
    done = take_payments(session, SYSTEM, loan_id=running.loan.id, as_of=due, now=NOW)
    session.refresh(running.proposal)
    assert list(done) == [Act.COMPLETE]
    assert running.proposal.status == ProposalStatus.COMPLETED
    assert running.proposal.ended_at == NOW
    assert session.scalars(select(DelinquencyPause.ends_on)).one() == due + DAY
    assert HoldKind.PLAN_ACTIVE not in running_holds(session, running.loan.id)
    assert len(events(session, "plan:completed")) == 1


def test_a_loan_that_was_settled_early_completes_its_plan(session: Session, running: Story) -> None:
    due = first_due(running)
    follow(running, due + DAY)
    assert running.proposal.status == ProposalStatus.MISSED
    running.loan.status = "closed"
    assert follow(running, due + 30 * DAY) == [Act.PAY, Act.COMPLETE]
    assert plan_under(session, session.scalars(select(Agreement)).one(), on=due + 30 * DAY).progress.left == 0


def test_one_not_sealed_yet_is_left_alone(session: Session, story: Story) -> None:
    story.submit()
    due = first_due(story)
    session.get_one(Loan, story.loan.id).as_of = due + DAY
    assert follow_plan(session, SYSTEM, proposal_id=story.proposal.id, on=due + 2 * DAY, now=NOW) == []


def test_who_comes_second_with_the_same_move_is_told(session: Session, running: Story) -> None:
    due = first_due(running)
    book_covers(running, due)
    progress = plan_under(session, session.scalars(select(Agreement)).one(), on=due + DAY).progress
    miss_plan(session, SYSTEM, proposal=running.proposal, progress=progress, now=NOW)
    with pytest.raises(Conflict, match="move_not_possible"):
        miss_plan(session, SYSTEM, proposal=running.proposal, progress=progress, now=NOW)


def test_a_payment_is_reminded_of_before_it_is_due_and_the_day_after_it_was_missed(
    session: Session, running: Story
) -> None:
    due = first_due(running)
    rows, agreement = plan_of(running.version).rows, session.scalars(select(Agreement)).one()
    pack = stage_pack_on(DEFAULT_PACK, due)
    asked: list[tuple[str, str, str]] = []
    for on in (due - (pack.plan_due_soon_days + 1) * DAY, due - pack.plan_due_soon_days * DAY):
        book_covers(running, on - DAY)
        plan = plan_under(session, agreement, on=on)
        counted = remind_of_plans(session, SYSTEM, plans=[plan], since=on - DAY, pack=pack, now=NOW)
        asked += [(name, str(count), on.isoformat()) for name, count in counted.items()]
    on = due - pack.plan_due_soon_days * DAY
    assert asked == [("asked:plan_due_soon", "1", on.isoformat())]
    item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "message:occasion")).one()
    assert item.payload["loan_id"] == running.loan.id
    assert item.payload["borrower_id"] == running.borrower.id
    assert item.payload["occasion"] == "plan_due_soon"
    assert item.payload["fields"] == {"day": rows[0].due_on.isoformat()}
