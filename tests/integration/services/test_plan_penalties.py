"""A book that goes on charging penalty under a plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Borrower, Event, Loan
from portal.queries.plan_penalties import penalty_beyond_plan
from portal.queries.review_cases import review_case
from portal.queries.running_plans import find_running_plan
from portal.services.documents import keep_sealed
from portal.services.loan_book import LandedLoans
from tests.books import Book, small_book
from tests.integration.services.test_loan_book import take
from tests.people import NOW, TODAY, Cast
from tests.stories import ZONE, Story

NEXT = TODAY + timedelta(days=1)


@pytest.fixture
def running(session: Session, cast: Cast, tmp_path: Path) -> Story:
    """The book's first loan under a plan of today."""
    take(session, small_book(2), tmp_path)
    loan = session.scalars(select(Loan).where(Loan.loan_ref == "L0001")).one()
    story = Story(session, session.get_one(Borrower, loan.borrower_id), loan)
    story.submit()
    agreement = session.scalars(select(Agreement)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=story.now)
    session.refresh(story.proposal)
    assert story.proposal.status == ProposalStatus.ACTIVE
    return story


def charging(penalty: str, as_of: date = NEXT) -> Book:
    book = small_book(2, as_of=as_of)
    book.installments[1]["penalty_due"] = penalty
    return book


def next_book(running: Story, folder: Path, penalty: str, as_of: date = NEXT) -> LandedLoans:
    landed = take(running.session, charging(penalty, as_of), folder)
    running.session.expire_all()
    return landed


def noted(session: Session) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.name == "loan:charged_beyond_plan")).all()


def owed_under(running: Story, on: date = NEXT) -> list[int]:
    plan = find_running_plan(running.session, running.loan.id, on=on)
    assert plan is not None
    return [plan.progress.total, plan.progress.left, plan.progress.next_sum]


def test_penalty_of_the_next_book_is_not_owed_under_the_plan_and_staff_are_told(
    session: Session, running: Story, tmp_path: Path
) -> None:
    before = owed_under(running)
    assert next_book(running, tmp_path, "39.86").beyond_plan == 1
    assert owed_under(running) == before
    fixed = running.version.content["facts"]["arrears"]["penalty"]
    [event] = noted(session)
    assert event.fields == {"beyond_minor": 3986 - fixed, "as_of": NEXT.isoformat()}
    assert event.proposal_id == running.proposal.id
    assert penalty_beyond_plan(session, running.loan.id) == 3986 - fixed
    case = review_case(session, running.proposal, on=NEXT, zone=ZONE)
    assert case.beyond_plan == 3986 - fixed


def test_it_is_recorded_once_and_told_with_every_book(
    session: Session, running: Story, tmp_path: Path
) -> None:
    next_book(running, tmp_path, "39.86", TODAY)
    assert next_book(running, tmp_path, "49.86").beyond_plan == 1
    assert len(noted(session)) == 1


def test_what_was_fixed_is_not_beyond_it(session: Session, running: Story, tmp_path: Path) -> None:
    fixed = running.version.content["facts"]["arrears"]["penalty"]
    assert next_book(running, tmp_path, f"{fixed / 100:.2f}").beyond_plan == 0
    assert (noted(session), penalty_beyond_plan(session, running.loan.id)) == ([], 0)


def test_after_the_plan_was_kept_to_its_end_it_is_beyond_too(
    session: Session, running: Story, tmp_path: Path
) -> None:
    running.proposal.status = ProposalStatus.COMPLETED.value
    session.flush()
    assert next_book(running, tmp_path, "39.86").beyond_plan == 1


def test_of_a_plan_kept_to_its_end_what_falls_due_later_is_no_part(
    session: Session, running: Story, tmp_path: Path
) -> None:
    """Penalty of an installment that the plan never held is the book's own affair."""
    running.proposal.status = ProposalStatus.COMPLETED.value
    running.proposal.ended_at = NOW - timedelta(days=60)
    session.flush()
    assert next_book(running, tmp_path, "39.86").beyond_plan == 0
    running.proposal.ended_at = NOW
    session.flush()
    assert penalty_beyond_plan(session, running.loan.id) > 0


def test_a_plan_that_broke_after_one_that_was_kept_lets_penalty_run(
    session: Session, running: Story, tmp_path: Path
) -> None:
    running.proposal.status = ProposalStatus.COMPLETED.value
    session.flush()
    later = Story(session, running.borrower, running.loan)
    later.submit()
    later.proposal.status = ProposalStatus.BROKEN.value
    session.flush()
    assert next_book(running, tmp_path, "39.86").beyond_plan == 0


def test_without_a_plan_a_book_charges_what_it_charges(session: Session, cast: Cast, tmp_path: Path) -> None:
    take(session, small_book(2), tmp_path)
    assert take(session, charging("39.86"), tmp_path).beyond_plan == 0


def test_once_the_plan_broke_penalty_runs_again(session: Session, running: Story, tmp_path: Path) -> None:
    running.proposal.status = ProposalStatus.BROKEN.value
    session.flush()
    assert next_book(running, tmp_path, "39.86").beyond_plan == 0
