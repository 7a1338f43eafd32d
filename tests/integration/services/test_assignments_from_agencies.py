"""A loan that an agency has is handed on: nothing is the next creditor's agency's before its own notice arrived (rules C20, C21)."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.contact_requests import Purpose
from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.models import Contact, Creditor, Event, Installment, Loan, LoanStage, LoanStanding, Payment
from portal.queries.agencies import agency_lines
from portal.queries.handling import placed_with
from portal.queries.occasions import why_over
from portal.services.agencies import NewAgency, register_agency
from portal.services.assignments import confirm_notice
from portal.services.creditors import describe_creditor
from tests.books import small_book
from tests.callers import actor_of
from tests.integration.services.test_assignments import (
    BUYER,
    FIRST,
    borrower_of,
    run_day,
    sold,
    stops,
    the_loan,
)
from tests.integration.services.test_loan_book import take
from tests.people import CREDITOR, NOW, TODAY, Cast

OURS, THEIRS = "正信服务有限公司", "江南催收服务有限公司"
LONG_AGO = timedelta(days=100)


@pytest.fixture
def placed(session: Session, cast: Cast, tmp_path: Path) -> Loan:
    """With the agency of its creditor since yesterday, after a notice in October."""
    book = small_book(2)
    book.loans[1]["creditor"] = BUYER
    take(session, book, tmp_path)
    session.execute(update(Creditor).where(Creditor.name == CREDITOR).values(agency=OURS))
    session.execute(update(Creditor).where(Creditor.name == BUYER).values(agency=THEIRS))
    new = NewAgency(
        name=THEIRS, registration_number="9132", phone="400-1", contract_from=date(2026, 1, 1),
        contract_to=date(2027, 1, 1),
    )  # fmt: skip
    register_agency(session, actor_of(cast.sun_hao), new=new, today=TODAY, now=NOW)
    loan = the_loan(session)
    _make_late(session, loan)
    _give_notice(session, loan, NOW - timedelta(days=20))
    run_day(session, FIRST - timedelta(days=1), loan)
    assert placed_with(session, loan) == OURS
    return loan


def _make_late(session: Session, loan: Loan) -> None:
    for row in session.scalars(select(Installment).where(Installment.loan_id == loan.id)):
        row.due_on -= LONG_AGO
    for payment in session.scalars(select(Payment).where(Payment.loan_id == loan.id)):
        payment.paid_on -= LONG_AGO
    session.flush()


def _give_notice(session: Session, loan: Loan, at: datetime) -> None:
    session.add(
        Contact(
            at=at, borrower_id=loan.borrower_id, loan_id=loan.id, purpose="agency_notice", channel="sms",
            number_hash="", number_last4="8009", template_version="1", rule_decision="allowed", result="sent",
            arrived_at=at, actor_kind="system",
        )
    )  # fmt: skip
    session.flush()


def _hand_on(
    session: Session, tmp_path: Path, loan: Loan, *, as_of: date = FIRST, collection_stage: str = ""
) -> None:
    handed = sold(as_of=as_of, collection_stage=collection_stage)
    handed.loans[1].update(creditor=BUYER, collection_stage="")
    for row in handed.installments:
        if row["loan_ref"] == "L0001":
            row["due_on"] = (date.fromisoformat(row["due_on"]) - LONG_AGO).isoformat()
    take(session, handed, tmp_path)
    session.refresh(loan)
    assert loan.creditor == BUYER


def _with_theirs(session: Session) -> int:
    return next(line.loans for line in agency_lines(session, on=TODAY) if line.agency.name == THEIRS)


def test_the_loan_goes_back_to_the_creditor_s_own_people(
    session: Session, placed: Loan, tmp_path: Path
) -> None:
    _hand_on(session, tmp_path, placed)
    assert (placed_with(session, placed), _with_theirs(session)) == (None, 0)
    standing = session.get_one(LoanStanding, placed.id, populate_existing=True)
    assert (standing.stage, standing.stage_basis, standing.stage_since) == (Stage.INTERNAL, "days", TODAY)
    newest = session.scalars(select(LoanStage).order_by(LoanStage.id.desc()).limit(1)).one()
    assert (newest.loan_id, newest.before, newest.stage) == (placed.id, Stage.AGENCY, Stage.INTERNAL)
    stays = session.execute(select(LoanStage.stage, LoanStage.agency).order_by(LoanStage.id)).all()
    assert [tuple(row) for row in stays if row.stage in {Stage.AGENCY, Stage.INTERNAL}][-2:] == [
        (Stage.AGENCY, OURS),
        (Stage.INTERNAL, None),
    ]
    moved = select(Event.fields).where(Event.name == "loan:stage_moved").order_by(Event.id.desc()).limit(1)
    assert session.scalars(moved).one()["to_stage"] == Stage.INTERNAL


def test_the_next_agency_has_it_ten_days_after_its_own_notice_alone(
    session: Session, placed: Loan, tmp_path: Path
) -> None:
    _hand_on(session, tmp_path, placed)
    confirm_notice(session, borrower_of(placed), loan=placed, seen=FIRST, today=TODAY, now=NOW)
    assert placed.assignment_told_on == TODAY
    assert run_day(session, TODAY + timedelta(days=1), placed).stage == Stage.INTERNAL
    assert run_day(session, TODAY + timedelta(days=20), placed).stage == Stage.INTERNAL
    _give_notice(session, placed, NOW + timedelta(days=21))
    assert run_day(session, TODAY + timedelta(days=30), placed).stage == Stage.INTERNAL
    assert run_day(session, TODAY + timedelta(days=31), placed).stage == Stage.AGENCY
    assert (placed_with(session, placed), _with_theirs(session)) == (THEIRS, 1)


def test_what_the_book_says_itself_is_shown_and_counts_no_further_once_it_says_it_no_more(
    session: Session, placed: Loan, tmp_path: Path
) -> None:
    _hand_on(session, tmp_path, placed, collection_stage="agency")
    confirm_notice(session, borrower_of(placed), loan=placed, seen=FIRST, today=TODAY, now=NOW)
    assert placed_with(session, placed) == THEIRS
    stood = run_day(session, TODAY, placed)
    assert (stood.stage, stood.stage_basis) == (Stage.AGENCY, "book")
    _hand_on(session, tmp_path, placed, as_of=FIRST + timedelta(days=1))
    assert run_day(session, TODAY + timedelta(days=1), placed).stage == Stage.INTERNAL


def test_a_notice_that_was_asked_for_by_the_creditor_before_is_not_sent_any_more(
    session: Session, placed: Loan, tmp_path: Path
) -> None:
    """It names the agency of a creditor that has nothing to do with the loan any more."""
    _hand_on(session, tmp_path, placed)
    confirm_notice(session, borrower_of(placed), loan=placed, seen=FIRST, today=TODAY, now=NOW)

    def why(agency: str) -> str | None:
        return why_over(
            session,
            Occasion.AGENCY_NOTICE,
            loan_id=placed.id,
            on=TODAY,
            fields={"agency": agency},
            today=TODAY,
        )

    assert (why(OURS), why(THEIRS)) == ("agency_changed", None)


def _engage(session: Session, agency: str) -> None:
    describe_creditor(
        session,
        SYSTEM,
        creditor_name=CREDITOR,
        phone="400-1",
        address="",
        agency=agency,
        today=TODAY,
        now=NOW,
    )


@pytest.mark.parametrize("by_way_of", [(), ("",)])
def test_what_one_agency_had_is_not_the_next_one_s_before_a_notice_of_it(
    session: Session, placed: Loan, by_way_of: tuple[str, ...]
) -> None:
    for agency in (*by_way_of, "第三方催收服务有限公司"):
        _engage(session, agency)
    assert placed_with(session, placed) is None
    assert run_day(session, TODAY + timedelta(days=20), placed).stage == Stage.INTERNAL
    _give_notice(session, placed, NOW + timedelta(days=21))
    assert run_day(session, TODAY + timedelta(days=31), placed).stage == Stage.AGENCY


def test_saying_the_same_agency_again_or_nothing_of_it_leaves_its_loans_with_it(
    session: Session, placed: Loan
) -> None:
    _engage(session, OURS)
    describe_creditor(
        session, SYSTEM, creditor_name=CREDITOR, phone="400-2", address="", today=TODAY, now=NOW
    )
    assert placed_with(session, placed) == OURS
    assert run_day(session, TODAY + timedelta(days=1), placed).stage == Stage.AGENCY


def test_what_the_book_says_an_agency_has_is_asked_for_without_a_notice_too(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    """The lender placed it itself, and may have told the borrower outside: nobody here could write that down."""
    book = small_book(2)
    book.loans[0]["collection_stage"] = "agency"
    take(session, book, tmp_path)
    loan = the_loan(session)
    _make_late(session, loan)
    assert run_day(session, TODAY, loan).stage == Stage.AGENCY
    for purpose in Purpose:
        assert stops(session, loan, purpose) == []
