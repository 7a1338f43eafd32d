"""A book hands a loan on: nothing is claimed before its borrower was told (rule C21)."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from portal.domain.arrears import LatenessRules
from portal.domain.assignments import ToldBy
from portal.domain.contact_guard import ask_guard
from portal.domain.contact_packs import pack_on
from portal.domain.contact_requests import ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.limitation import Cause
from portal.domain.loans import Stage
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.domain.stage_packs import stage_pack_on
from portal.models import Event, Installment, Loan, LoanStanding, OutboxItem, Payment, StaffMember
from portal.queries.contact_facts import Reached, contact_facts_of
from portal.queries.contacts import contact_facts
from portal.queries.occasions import why_over
from portal.queries.policies import business_calendar
from portal.queries.situations import interruptions_of, situation_of
from portal.queries.standings import LoanRange
from portal.services.assignments import confirm_notice, note_told, tell_of_all
from portal.services.creditor_names import rename_creditor
from portal.services.creditors import describe_creditor
from portal.services.day_loans import DayRules, follow_loans
from portal.services.stages import StageRules
from tests.books import Book, small_book
from tests.callers import actor_of
from tests.integration.services.test_loan_book import take
from tests.integration.web.worlds import round_trips
from tests.people import CREDITOR, NOW, TODAY, Cast
from tests.stories import ZONE, Story

BUYER = "江南资产管理有限公司"
LAST, FIRST = date(2026, 11, 1), date(2026, 11, 2)


def sold(creditor: str = BUYER, *, as_of: date = FIRST, **others: str) -> Book:
    """As ``small_book``, a day on; the first loan has another creditor."""
    book = small_book(2, as_of=as_of)
    book.loans[0].update(creditor=creditor, **others)
    return book


@pytest.fixture
def loan(session: Session, cast: Cast, tmp_path: Path) -> Loan:
    """Late since 12 October, and handed on by today's book."""
    take(session, small_book(2), tmp_path)
    take(session, sold(), tmp_path)
    return the_loan(session)


def the_loan(session: Session) -> Loan:
    wanted = select(Loan).where(Loan.loan_ref == "L0001").execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def kept(session: Session) -> tuple[str | None, date | None, date | None, date | None]:
    loan = the_loan(session)
    return loan.former_creditor, loan.former_until, loan.assigned_on, loan.assignment_told_on


def events(session: Session, name: str) -> list[dict[str, object]]:
    return list(session.scalars(select(Event.fields).where(Event.name == name).order_by(Event.id)))


def asked(session: Session) -> list[tuple[str, int]]:
    rows = session.scalars(select(OutboxItem).where(OutboxItem.kind == "message:occasion"))
    return [(row.payload["occasion"], row.payload["loan_id"]) for row in rows]


def borrower_of(loan: Loan) -> Actor:
    return Actor(ActorKind.BORROWER, loan.borrower_id)


def stops(session: Session, loan: Loan, purpose: Purpose = Purpose.COLLECTION) -> list[str]:
    """Rules that stop a text message at noon, one by one and of a page of loans."""
    at = NOW.astimezone(ZONE).replace(hour=12)
    alone = contact_facts(session, borrower_id=loan.borrower_id, loan_id=loan.id, number="n", now=at)
    many = contact_facts_of(session, [Reached(loan.id, loan.borrower_id, "n")], now=at)
    assert many[loan.id] == alone
    request = ContactRequest(at=at, channel=Channel.SMS, purpose=purpose, number="n", debt=loan.id)
    return [stop.rule for stop in ask_guard(request, alone, pack_on("CN", at.date())).stops]


def run_day(session: Session, on: date, loan: Loan) -> LoanStanding:
    rules = DayRules(
        lateness=LatenessRules(),
        stages=StageRules(on=on, zone=ZONE, pack=stage_pack_on("CN", on), agencies={}),
        calendar=business_calendar(session),
    )
    follow_loans(session, SYSTEM, LoanRange(loan.id - 1, loan.id), rules=rules, now=NOW)
    return session.get_one(LoanStanding, loan.id, populate_existing=True)


def note(
    session: Session, member: StaffMember, loan: Loan, told_on: date = TODAY, named: str = BUYER
) -> None:
    note_told(
        session,
        actor_of(member),
        loan=loan,
        told_on=told_on,
        told_by=ToldBy.LETTER,
        named=named,
        proof="EMS-0001",
        today=TODAY,
        now=NOW,
    )


def test_a_book_with_another_creditor_is_remembered_and_told_to_the_borrower(
    session: Session, loan: Loan
) -> None:
    assert kept(session) == (CREDITOR, LAST, FIRST, None)
    assert asked(session) == [("creditor_changed", loan.id)]
    [noted] = events(session, "loan:assigned")
    assert (noted["former_until"], noted["assigned_on"], noted["told_on"]) == ("2026-11-01", "2026-11-02", "")


def test_a_loan_that_stays_where_it_is_remembers_nothing(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    take(session, small_book(2), tmp_path)
    take(session, sold(CREDITOR), tmp_path)
    assert kept(session) == (None, None, None, None)
    assert stops(session, the_loan(session)) == []
    assert (asked(session), events(session, "loan:assigned")) == ([], [])


def test_nothing_is_claimed_until_the_borrower_has_the_notice(session: Session, loan: Loan) -> None:
    assert stops(session, loan) == ["C21"]
    assert stops(session, loan, Purpose.PLAN_REMINDER) == ["C21"]
    assert stops(session, loan, Purpose.NOTICE) == []
    assert stops(session, loan, Purpose.ANSWER) == []
    confirm_notice(session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY, now=NOW)
    assert stops(session, loan) == []


def test_another_loan_of_the_book_is_none_of_it(session: Session, loan: Loan) -> None:
    other = session.scalars(select(Loan).where(Loan.loan_ref == "L0002")).one()
    assert stops(session, other) == []


def test_the_day_takes_it_no_further_and_asks_for_no_reminder(session: Session, loan: Loan) -> None:
    """35 days late: the internal team's, and a demand is due, but for the notice."""
    on = date(2026, 11, 16)
    stood = run_day(session, on, loan)
    assert (stood.stage, asked(session)) == (None, [("creditor_changed", loan.id)])
    confirm_notice(session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY, now=NOW)
    stood = run_day(session, on + timedelta(days=1), loan)
    assert stood.stage == Stage.INTERNAL


def test_an_agency_that_was_asked_for_before_is_not_announced_any_more(session: Session, loan: Loan) -> None:
    def why(occasion: Occasion) -> str | None:
        return why_over(session, occasion, loan_id=loan.id, on=TODAY, fields={}, today=TODAY)

    assert (why(Occasion.AGENCY_NOTICE), why(Occasion.CREDITOR_CHANGED)) == ("C21", None)
    confirm_notice(session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY, now=NOW)
    assert (why(Occasion.AGENCY_NOTICE), why(Occasion.CREDITOR_CHANGED)) == (None, "read_already")


def test_nobody_is_written_to_about_a_loan_that_is_paid(session: Session, cast: Cast, tmp_path: Path) -> None:
    take(session, small_book(2), tmp_path)
    take(session, sold(status="closed"), tmp_path)
    assert (kept(session)[0], asked(session)) == (CREDITOR, [])


def test_confirming_counts_from_that_day_and_once(session: Session, loan: Loan) -> None:
    confirm_notice(session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY, now=NOW)
    confirm_notice(
        session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY + timedelta(days=3), now=NOW
    )
    assert kept(session)[3] == TODAY
    assert events(session, "loan:assignment_told") == [
        {"assigned_on": "2026-11-02", "told_on": "2026-11-02", "told_by": "page", "proof": ""}
    ]


def test_nobody_confirms_for_the_borrower(session: Session, cast: Cast, loan: Loan) -> None:
    for actor in (SYSTEM, actor_of(cast.wu_yan), Actor(ActorKind.BORROWER, cast.wang_qiang.id)):
        with pytest.raises(AccessRefused, match="only_the_borrower"):
            confirm_notice(session, actor, loan=loan, seen=FIRST, today=TODAY, now=NOW)


def test_staff_write_down_a_notice_on_paper_once(session: Session, cast: Cast, loan: Loan) -> None:
    note(session, cast.zhou_min, loan, LAST)
    assert kept(session)[3] == LAST
    assert events(session, "loan:assignment_told") == [
        {"assigned_on": "2026-11-02", "told_on": "2026-11-01", "told_by": "letter", "proof": "EMS-0001"}
    ]
    assert stops(session, loan) == []
    with pytest.raises(Conflict, match="told_already"):
        note(session, cast.wu_yan, loan)


def test_who_collects_does_not_say_that_the_borrower_was_told(
    session: Session, cast: Cast, loan: Loan
) -> None:
    for member in (cast.lin_yue, cast.he_jing, cast.chen_chen, cast.zheng_hao):
        with pytest.raises(AccessRefused, match="permission_missing"):
            note(session, member, loan)
    with pytest.raises(DomainError, match="date_in_future"):
        note(session, cast.zhou_min, loan, TODAY + timedelta(days=1))


def test_a_letter_from_before_the_last_book_of_the_creditor_before_was_about_something_else(
    session: Session, cast: Cast, loan: Loan
) -> None:
    with pytest.raises(DomainError, match="told_before_assignment"):
        note(session, cast.zhou_min, loan, LAST - timedelta(days=1))
    assert kept(session)[3] is None


NEXT_BUYER = "沿海资产管理有限公司"


def test_in_a_chain_each_assignment_needs_a_notice_of_its_own(
    session: Session, cast: Cast, loan: Loan, tmp_path: Path
) -> None:
    """The letter about the first sale came after the last book that named the creditor that the borrower knows."""
    with pytest.raises(Conflict, match="assigned_again"):
        confirm_notice(session, borrower_of(loan), loan=loan, seen=LAST, today=TODAY, now=NOW)
    resold = FIRST + timedelta(days=1)
    take(session, sold(NEXT_BUYER, as_of=resold), tmp_path)
    with pytest.raises(DomainError, match="told_of_another"):
        note(session, cast.zhou_min, loan, FIRST, BUYER)
    with pytest.raises(Conflict, match="assigned_again"):
        confirm_notice(session, borrower_of(loan), loan=loan, seen=FIRST, today=TODAY, now=NOW)
    assert describe(session, FIRST, NEXT_BUYER) == 0
    assert stops(session, the_loan(session)) == ["C21"]
    note(session, cast.zhou_min, loan, FIRST, NEXT_BUYER)
    assert stops(session, the_loan(session)) == []
    assert events(session, "loan:assignment_told")[0]["assigned_on"] == resold.isoformat()


def describe(session: Session, assigned_on: date, creditor: str = BUYER, book: date | None = FIRST) -> int:
    return describe_creditor(
        session, SYSTEM, creditor_name=creditor, phone="400-1", address="", assigned_on=assigned_on,
        assigned_book=book, today=TODAY, now=NOW,
    )  # fmt: skip


def test_the_operator_says_it_of_all_borrowers_of_an_assignment(session: Session, loan: Loan) -> None:
    assert describe(session, LAST - timedelta(days=1)) == 0
    assert describe(session, FIRST, book=None) == describe(session, FIRST, book=LAST) == 0
    assert stops(session, loan) == ["C21"]
    assert (describe(session, FIRST), describe(session, FIRST)) == (1, 0)
    assert (kept(session)[3], stops(session, loan)) == (FIRST, [])
    assert events(session, "loan:assignment_told")[0]["told_by"] == "creditor"


def tell(session: Session) -> int:
    return tell_of_all(session, SYSTEM, creditor=BUYER, assigned_on=FIRST, noticed_on=FIRST, now=NOW)


def test_saying_it_of_many_takes_no_more_statements_than_of_one(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    """A creditor buys tens of thousands at once."""
    take(session, small_book(5), tmp_path)
    book = small_book(5, as_of=FIRST)
    for row in book.loans:
        row["creditor"] = BUYER
    take(session, book, tmp_path)
    sent = []
    for untold in (1, 5):
        session.execute(
            update(Loan).values(assignment_told_on=case((Loan.id > 5 - untold, None), else_=FIRST))
        )
        with round_trips(session.get_bind().engine) as said:
            assert tell(session) == untold
        sent.append(len(said))
    assert sent[0] == sent[1]
    assert len(events(session, "loan:assignment_told")) == 6


def test_what_was_said_before_the_book_came_was_about_another_assignment(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    book = small_book(2)
    book.loans[1]["creditor"] = BUYER
    take(session, book, tmp_path)
    describe(session, FIRST)
    handed = sold()
    handed.loans[1]["creditor"] = BUYER
    take(session, handed, tmp_path)
    assert (kept(session)[3], stops(session, the_loan(session))) == (None, ["C21"])
    assert describe(session, FIRST) == 1
    assert (kept(session)[3], stops(session, the_loan(session))) == (FIRST, [])


def test_the_limitation_period_starts_anew_from_the_loan_s_own_notice(
    session: Session, cast: Cast, loan: Loan
) -> None:
    """A notice to the creditor's borrowers of before was not about it."""
    for row in session.scalars(select(Installment).where(Installment.loan_id == loan.id)):
        row.due_on -= timedelta(days=400)
    session.execute(delete(Payment).where(Payment.loan_id == loan.id))
    loan.disbursed_on -= timedelta(days=400)
    describe(session, LAST, book=None)

    def cause() -> Cause | None:
        return situation_of(session, loan, on=TODAY, answers={}).limitation.restarted_by

    assert cause() is None
    assert run_day(session, TODAY, loan).limitation_cause is None
    note(session, cast.zhou_min, loan)
    assert cause() is Cause.ASSIGNMENT_NOTICE
    assert run_day(session, TODAY, loan).limitation_cause == "assignment_notice"


def test_the_notice_of_an_assignment_before_counts_once_the_loan_is_handed_on_again(
    session: Session, cast: Cast, loan: Loan, tmp_path: Path
) -> None:
    for row in session.scalars(select(Installment).where(Installment.loan_id == loan.id)):
        row.due_on -= timedelta(days=400)
    session.execute(delete(Payment).where(Payment.loan_id == loan.id))
    note(session, cast.zhou_min, loan)
    loan.former_creditor, loan.creditor = BUYER, CREDITOR
    loan.assigned_on, loan.assignment_told_on = TODAY, None
    session.flush()
    found = situation_of(session, loan, on=TODAY, answers={})
    assert (found.limitation.restarted_by, found.limitation.runs_from) == (Cause.ASSIGNMENT_NOTICE, TODAY)
    assert interruptions_of(session, loan, zone=ZONE) == found.acts
    assert run_day(session, TODAY, loan).limitation_cause == "assignment_notice"


def test_back_with_a_creditor_that_took_another_name_meanwhile_is_back(
    session: Session, loan: Loan, tmp_path: Path
) -> None:
    rename_creditor(session, SYSTEM, name=CREDITOR, new_name="新名称公司", now=NOW)
    take(session, sold("新名称公司", as_of=TODAY + timedelta(days=1)), tmp_path)
    assert kept(session) == (None, None, None, None)


def test_back_with_the_creditor_of_before_nothing_stands_against_claims(
    session: Session, loan: Loan, tmp_path: Path
) -> None:
    take(session, sold(CREDITOR, as_of=TODAY + timedelta(days=1)), tmp_path)
    assert kept(session) == (None, None, None, None)
    assert len(events(session, "loan:assignment_undone")) == 1
    assert stops(session, the_loan(session)) == []


def test_whoever_signs_an_offer_has_the_notice_of_the_creditor_that_it_names(
    session: Session, story: Story
) -> None:
    story.loan.former_creditor, story.loan.former_until, story.loan.assigned_on = "前任债权人", LAST, FIRST
    story.submit()
    assert session.get_one(Loan, story.loan.id).assignment_told_on == FIRST
    assert [fields["told_by"] for fields in events(session, "loan:assignment_told")] == ["signature"]


def test_a_signature_about_a_loan_that_was_told_already_or_never_handed_on_tells_nothing(
    session: Session, story: Story
) -> None:
    story.submit()
    assert not events(session, "loan:assignment_told")
    assert story.loan.assignment_told_on is None


def two_of_one() -> Book:
    """Both loans are the first borrower's, as yesterday's book has them."""
    book = small_book(2)
    book.borrowers.pop()
    book.loans[1]["borrower_ref"] = "B0001"
    return book


def test_loans_that_are_sold_together_are_one_message_and_it_goes_while_one_of_them_waits(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    take(session, two_of_one(), tmp_path)
    both = two_of_one()
    for row in both.loans:
        row.update(creditor=BUYER, as_of=FIRST.isoformat())
    take(session, both, tmp_path)
    first, second = session.scalars(select(Loan).order_by(Loan.id))
    assert len(asked(session)) == 1

    def why() -> str | None:
        wanted = {"loan_id": first.id, "on": TODAY, "fields": {}, "today": TODAY}
        return why_over(session, Occasion.CREDITOR_CHANGED, **wanted)  # type: ignore[arg-type]

    confirm_notice(session, borrower_of(first), loan=first, seen=FIRST, today=TODAY, now=NOW)
    assert why() is None
    confirm_notice(session, borrower_of(second), loan=second, seen=FIRST, today=TODAY, now=NOW)
    assert why() == "read_already"


def test_of_a_loan_that_went_back_nobody_is_told(session: Session, loan: Loan, tmp_path: Path) -> None:
    take(session, sold(CREDITOR, as_of=FIRST + timedelta(days=1)), tmp_path)
    loan = the_loan(session)
    wanted = {"loan_id": loan.id, "on": TODAY, "fields": {}, "today": TODAY}
    assert why_over(session, Occasion.CREDITOR_CHANGED, **wanted) == "creditor_back"  # type: ignore[arg-type]
