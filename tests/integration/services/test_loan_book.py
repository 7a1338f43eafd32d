from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.book_order import lines_in_order
from portal.commands.book_run import LOAN_FILES, scan_folder
from portal.db import transaction
from portal.domain.book_borrowers import BookBorrower, read_borrower
from portal.domain.book_columns import BookFile
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import grouped
from portal.domain.holds import HoldKind
from portal.domain.loan_book import read_loan
from portal.domain.permissions import SYSTEM
from portal.domain.proposals import ProposalStatus
from portal.models import (
    Borrower,
    Creditor,
    Event,
    Hold,
    Loan,
    LoanStanding,
    NumberChange,
    Proposal,
    ReviewItem,
)
from portal.services.book_borrowers import import_borrowers
from portal.services.holds import end_hold, start_hold
from portal.services.loan_book import LandedLoans, import_loans
from portal.services.number_changes import apply_number_change
from tests.books import AS_OF, Book, small_book, with_columns
from tests.databases import Database
from tests.people import NOW, TODAY, add_cast
from tests.service_cases import Handler, bring_up


def take(session: Session, book: Book, folder: Path) -> LandedLoans:
    """Import a book through the services alone."""
    files = scan_folder(book.write(folder))
    people = [
        read_borrower(g) for g in grouped({BookFile.BORROWERS: lines_in_order(files[BookFile.BORROWERS])})
    ]
    known = [person for person in people if isinstance(person, BookBorrower)]
    import_borrowers(session, SYSTEM, borrowers=known, now=NOW)
    groups = grouped({file: lines_in_order(files[file]) for file in LOAN_FILES})
    read = [read_loan(group, group.digest()) for group in groups]
    loans = [loan for loan in read if isinstance(loan, BookLoan)]
    return import_loans(session, SYSTEM, loans=loans, today=TODAY, now=NOW)


def add_waiting_proposal(session: Session, loan_ref: str, status: ProposalStatus) -> Proposal:
    loan = session.scalars(select(Loan).where(Loan.loan_ref == loan_ref)).one()
    proposal = Proposal(
        public_id=f"public-{loan_ref}",
        reference=f"F-{loan_ref}",
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        status=status.value,
        version_number=1,
        answers={},
        referral_reasons=[],
        made_at=NOW,
    )
    session.add(proposal)
    session.flush()
    if status is ProposalStatus.IN_REVIEW:
        session.add(
            ReviewItem(
                proposal_id=proposal.id,
                deadline_at=NOW,
                kind="catch_up",
                amount_minor=1,
                currency="CNY",
                dpd=20,
                main_reason="asked_for_a_person",
            )
        )
        session.flush()
    return proposal


def moved_book(day: int = 2) -> Book:
    """As ``small_book``, one day on, and the first loan has paid something."""
    book = small_book(2, as_of=date(2026, 11, day))
    book.installments[1]["principal_paid"] = "100.00"
    return book


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ProposalStatus.SUBMITTED, ProposalStatus.NEEDS_RESIGN),
        (ProposalStatus.IN_REVIEW, ProposalStatus.NEEDS_RESIGN),
        (ProposalStatus.DRAFT, ProposalStatus.DRAFT),
        (ProposalStatus.DECLINED, ProposalStatus.DECLINED),
    ],
)
def test_moved_facts_send_a_waiting_proposal_back_for_signing(
    session: Session, tmp_path: Path, before: ProposalStatus, after: ProposalStatus
) -> None:
    take(session, small_book(2), tmp_path)
    proposal = add_waiting_proposal(session, "L0001", before)
    landed = take(session, moved_book(), tmp_path)
    assert (landed.moved, landed.flagged) == (1, int(after is ProposalStatus.NEEDS_RESIGN))
    session.refresh(proposal)
    assert proposal.status == after.value
    assert session.scalars(select(ReviewItem)).all() == []
    versions = dict(session.execute(select(Loan.loan_ref, Loan.facts_version)).all())
    assert versions == {"L0001": 2, "L0002": 1}


def test_another_creditor_sends_a_waiting_proposal_back_for_signing(session: Session, tmp_path: Path) -> None:
    """What was signed names the one before, and its accounts."""
    take(session, small_book(2), tmp_path)
    proposal = add_waiting_proposal(session, "L0001", ProposalStatus.IN_REVIEW)
    book = small_book(2, as_of=date(2026, 11, 2))
    book.loans[0]["creditor"] = "江南资产管理有限公司"
    landed = take(session, book, tmp_path)
    assert (landed.moved, landed.flagged) == (1, 1)
    session.refresh(proposal)
    assert proposal.status == ProposalStatus.NEEDS_RESIGN
    versions = dict(session.execute(select(Loan.loan_ref, Loan.facts_version)).all())
    assert versions == {"L0001": 2, "L0002": 1}


def test_a_newer_day_and_the_penalty_of_a_day_more_move_nothing(session: Session, tmp_path: Path) -> None:
    take(session, small_book(2), tmp_path)
    proposal = add_waiting_proposal(session, "L0001", ProposalStatus.IN_REVIEW)
    book = small_book(2, as_of=date(2026, 11, 2))
    book.installments[1]["penalty_due"] = "10.35"
    landed = take(session, book, tmp_path)
    assert (len(landed.changed), landed.moved, landed.flagged) == (2, 0, 0)
    session.refresh(proposal)
    assert proposal.status == ProposalStatus.IN_REVIEW.value
    assert session.scalars(select(Event.name).where(Event.name == "loan:changed")).all() == []


@pytest.mark.parametrize(
    ("bend", "is_marked"),
    [
        (lambda _book: None, False),
        (lambda book: book.installments[1].update(penalty_due="10.35"), True),
        (lambda book: book.installments[1].update(principal_paid="100.00"), True),
        (lambda book: book.loans[0].update(status="charged_off"), True),
        (lambda book: book.loans[0].update(collection_stage="legal"), True),
    ],
)
def test_the_next_day_counts_what_the_book_changed_and_a_newer_day_alone_changes_nothing(
    session: Session, tmp_path: Path, bend: object, is_marked: bool
) -> None:
    assert callable(bend)
    take(session, small_book(2), tmp_path)
    for loan in session.scalars(select(Loan)):
        session.add(LoanStanding(loan_id=loan.id, next_on=date(2027, 1, 1)))
    session.flush()
    book = small_book(2, as_of=date(2026, 11, 2))
    bend(book)
    assert len(take(session, book, tmp_path).changed) == 2
    session.expire_all()
    marked = session.scalars(select(LoanStanding.next_on).order_by(LoanStanding.loan_id)).all()
    assert marked == [None if is_marked else date(2027, 1, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("bend", "is_marked"),
    [
        (lambda _book: None, False),
        (lambda book: book.loans[0].update(collection_stage="legal"), False),
        (lambda book: book.loans[0].update(creditor="另一家消费金融有限公司"), True),
        (lambda book: book.loans[0].update(disbursed_on="2026-08-11"), True),
    ],
)
def test_a_loan_that_goes_to_another_creditor_has_its_limitation_period_found_anew(
    session: Session, tmp_path: Path, bend: object, is_marked: bool
) -> None:
    assert callable(bend)
    take(session, small_book(2), tmp_path)
    for loan in session.scalars(select(Loan)):
        session.add(LoanStanding(loan_id=loan.id, limitation_facts=1))
    session.flush()
    book = small_book(2, as_of=date(2026, 11, 2))
    bend(book)
    take(session, book, tmp_path)
    session.expire_all()
    found = session.scalars(select(LoanStanding.limitation_facts).order_by(LoanStanding.loan_id)).all()
    assert found == [0 if is_marked else 1, 1]


@pytest.mark.parametrize(
    "bend",
    [
        lambda book: book.loans[0].update(status="charged_off"),
        lambda book: book.installments[2].update(due_on="2026-11-20"),
        lambda book: book.installments[1].update(fee_due="12.00"),
        lambda book: book.payments[0].update(reversed="true"),
        lambda book: book.payments[0].update(amount="1029.99"),
    ],
)
def test_status_schedule_balance_and_payments_are_facts(
    session: Session, tmp_path: Path, bend: object
) -> None:
    assert callable(bend)
    take(session, small_book(1), tmp_path)
    book = small_book(1)
    bend(book)
    assert take(session, book, tmp_path).moved == 1


def test_an_import_that_another_one_overtook_writes_nothing_old(database: Database, tmp_path: Path) -> None:
    with transaction(database.engine) as session:
        take(session, small_book(1, as_of=date(2026, 11, 3)), tmp_path)
    with transaction(database.engine) as session:
        landed = take(session, small_book(1, as_of=date(2026, 11, 2)), tmp_path)
        assert [violation.error.code for violation in landed.violations] == ["book_is_older"]
        assert session.scalars(select(Loan.as_of)).all() == [date(2026, 11, 3)]


@pytest.mark.parametrize("known", [0, 1], ids=["new", "known"])
def test_a_book_of_a_day_to_come_is_refused_loan_by_loan(
    session: Session, tmp_path: Path, known: int
) -> None:
    take(session, small_book(known), tmp_path)
    book = small_book(2, as_of=TODAY + timedelta(days=1))
    book.loans[0]["as_of"] = "2062-11-01"
    landed = take(session, book, tmp_path)
    assert [(each.column, each.error.code) for each in landed.violations] == [("as_of", "day_to_come")]
    assert landed.violations[0].error.details == {"on": "2062-11-01", "today": TODAY.isoformat()}
    assert dict(session.execute(select(Loan.loan_ref, Loan.as_of)).all()) == {
        "L0002": TODAY + timedelta(days=1),
        **({"L0001": AS_OF} if known else {}),
    }


def test_a_book_of_today_takes_the_place_of_one_of_a_day_to_come(session: Session, tmp_path: Path) -> None:
    take(session, small_book(1), tmp_path)
    session.scalars(select(Loan)).one().as_of = date(2062, 11, 1)
    session.flush()
    assert take(session, small_book(1, as_of=TODAY), tmp_path).violations == []
    assert session.scalars(select(Loan.as_of)).all() == [TODAY]


def test_a_disputed_loan_is_held_once(session: Session, tmp_path: Path) -> None:
    for day in (1, 2):
        book = small_book(2, as_of=date(2026, 11, day))
        with_columns(book.loans, disputed="false")
        book.loans[1]["disputed"] = "true"
        take(session, book, tmp_path)
    holds = session.execute(
        select(Loan.loan_ref, Hold.kind, Hold.ended_at).join(Loan, Loan.id == Hold.loan_id)
    ).all()
    assert holds == [("L0002", "dispute", None)]
    assert session.scalars(select(Event.name).where(Event.name == "hold:started")).all() == ["hold:started"]


def disputed_book(day: int, said: str | None) -> Book:
    """One loan whose book says this under ``disputed``; None for a book without the column."""
    book = small_book(1, as_of=date(2026, 11, day))
    if said is not None:
        with_columns(book.loans, disputed=said)
    return book


@pytest.mark.parametrize(("said", "is_held"), [("false", False), ("", True), (None, True), ("true", True)])
def test_only_a_book_that_says_no_ends_the_pause_that_a_book_set(
    session: Session, tmp_path: Path, said: str | None, is_held: bool
) -> None:
    take(session, disputed_book(1, "true"), tmp_path)
    take(session, disputed_book(2, said), tmp_path)
    held = session.scalars(select(Hold).where(Hold.ended_at.is_(None))).all()
    assert bool(held) is is_held
    ended = session.scalars(select(Event.fields).where(Event.name == "hold:ended")).all()
    assert [(fields["kind"], fields["reason"]) for fields in ended] == (
        [] if is_held else [("dispute", "book_says_no")]
    )


@pytest.mark.parametrize("kind", [HoldKind.DISPUTE, HoldKind.DECEASED, HoldKind.HARDSHIP])
def test_a_book_ends_no_pause_that_it_did_not_set(session: Session, tmp_path: Path, kind: HoldKind) -> None:
    take(session, disputed_book(1, None), tmp_path)
    loan_id = session.scalars(select(Loan.id)).one()
    start_hold(session, SYSTEM, loan_id=loan_id, kind=kind, reason="told", now=NOW)
    take(session, disputed_book(2, "false"), tmp_path)
    assert session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))).all() == [kind]


def test_a_pause_that_a_case_keeps_goes_on_when_the_book_lets_go_and_ends_with_the_case(
    session: Session, tmp_path: Path
) -> None:
    cast = add_cast(session)
    take(session, disputed_book(1, "true"), tmp_path)
    loan = session.scalars(select(Loan)).one()
    case = bring_up(session, session.get_one(Borrower, loan.borrower_id), loan)
    take(session, disputed_book(2, "false"), tmp_path)
    assert session.scalars(select(Hold.ended_at)).all() == [None]
    Handler(session, cast.zhou_min, case).take().decide()
    assert session.scalars(select(Hold.ended_at)).all() != [None]


def test_the_same_book_does_not_bring_back_a_dispute_that_staff_settled(
    session: Session, tmp_path: Path
) -> None:
    book = small_book(1)
    with_columns(book.loans, disputed="true")
    take(session, book, tmp_path)
    loan_id = session.scalars(select(Loan.id)).one()
    end_hold(session, SYSTEM, loan_id=loan_id, kind=HoldKind.DISPUTE, reason="settled", now=NOW)
    take(session, book, tmp_path)
    assert session.scalars(select(Hold.loan_id).where(Hold.ended_at.is_(None))).all() == []


def test_a_creditor_that_is_known_keeps_how_to_reach_it(session: Session, tmp_path: Path) -> None:
    session.add(Creditor(name="安心消费金融有限公司", lender_type="bank", phone="400-1", address="上海"))
    session.flush()
    book = small_book(2)
    book.loans[1]["creditor"] = "另一家公司"
    take(session, book, tmp_path)
    found = session.execute(
        select(Creditor.name, Creditor.lender_type, Creditor.phone).order_by(Creditor.id)
    ).all()
    assert found == [("安心消费金融有限公司", "bank", "400-1"), ("另一家公司", "consumer_finance", "")]


def change_number(session: Session, borrower: Borrower, new: str) -> NumberChange:
    """As staff do who checked a wish for another number."""
    change = NumberChange(
        reference=f"P{new[-6:]}",
        borrower_id=borrower.id,
        old_mobile=borrower.mobile,
        new_mobile=new,
        locale="zh_CN",
        asked_by="public",
        asked_at=NOW,
        not_before=NOW,
    )
    session.add(change)
    session.flush()
    assert apply_number_change(session, SYSTEM, change=change, now=NOW)
    session.refresh(borrower)
    return change


def numbers_kept(session: Session) -> int:
    return len(session.scalars(select(Event.id).where(Event.name == "number:kept")).all())


def test_a_book_with_the_old_number_does_not_set_back_a_number_that_was_changed_here(
    session: Session, tmp_path: Path
) -> None:
    book = small_book(1)
    take(session, book, tmp_path)
    borrower = session.scalars(select(Borrower)).one()
    old = borrower.mobile
    first = change_number(session, borrower, "+8613900000001")
    second = change_number(session, borrower, "+8613900000002")
    book.borrowers[0]["name"] = "李小娜"
    for stated in (old, "+8613900000001", old):
        book.borrowers[0]["mobile"] = stated
        take(session, book, tmp_path)
        assert (borrower.mobile, borrower.name) == ("+8613900000002", "李小娜")
    assert (first.book_differs_since, second.book_differs_since) == (None, NOW)
    assert numbers_kept(session) == 1


def test_a_number_that_is_neither_the_old_nor_the_new_one_is_taken_over_and_ends_the_matter(
    session: Session, tmp_path: Path
) -> None:
    book = small_book(1)
    take(session, book, tmp_path)
    borrower = session.scalars(select(Borrower)).one()
    old = borrower.mobile
    change_number(session, borrower, "+8613900000001")
    for stated in ("+8613900000001", "+8613900000009", old):
        book.borrowers[0]["mobile"] = stated
        take(session, book, tmp_path)
        assert borrower.mobile == stated
    assert numbers_kept(session) == 0


def test_a_loan_knows_since_which_book_it_is_closed(session: Session, tmp_path: Path) -> None:
    days = [("active", None), ("closed", 2), ("closed", 2), ("charged_off", None), ("closed", 5)]
    for day, (status, since) in enumerate(days, start=1):
        book = small_book(1, as_of=date(2026, 10, day))
        book.loans[0]["status"] = status
        take(session, book, tmp_path / f"book-{day}")
        known = session.scalars(select(Loan.closed_since)).one()
        assert known == (since and date(2026, 10, since))


def test_one_that_comes_closed_is_so_since_that_book(session: Session, tmp_path: Path) -> None:
    book = small_book(1, as_of=date(2026, 11, 3))
    book.loans[0]["status"] = "closed"
    take(session, book, tmp_path / "book")
    assert session.scalars(select(Loan.closed_since)).one() == date(2026, 11, 3)
