"""The day's figures of many loans, added up by the database, are those that the rules say of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.domain.arrears import Bucket, LatenessRules, arrears_of
from portal.domain.limitation import Cause, limitation_of
from portal.domain.next_looks import next_look
from portal.domain.permissions import SYSTEM
from portal.domain.stage_packs import stage_pack_on
from portal.models import Event, Installment, Loan, LoanStage, LoanStanding, OutboxItem, Payment
from portal.queries.late_sums import is_simple
from portal.queries.loans import facts_of_loans
from portal.queries.policies import business_calendar
from portal.queries.situations import interruptions_of
from portal.queries.standings import LoanRange
from portal.services.day_loans import DayRules, follow_loans
from portal.services.limitation import record_interruption
from portal.services.stages import StageRules
from portal.services.standings import figures_of, look_again, take_up_loans
from tests.drawn_loans import draw_loans
from tests.people import NOW, TODAY, add_calendar

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
LOANS = 150
EVERYTHING = LoanRange(0, 1 << 40)
AFTER_MIDNIGHT = datetime.combine(TODAY, time(17), tzinfo=UTC)
"""The next day where the lender is."""
INDIA = LatenessRules(
    grace_days=3, due_date_counts=True, buckets=(Bucket("S0", 1, 30), Bucket("S1", 31, None))
)


def rules_on(session: Session, on: date, lateness: LatenessRules | None = None) -> DayRules:
    stages = StageRules(on=on, zone=ZONE, pack=stage_pack_on("CN", on), agencies={})
    return DayRules(lateness=lateness or LatenessRules(), stages=stages, calendar=business_calendar(session))


def follow(session: Session, on: date, lateness: LatenessRules | None = None) -> Mapping[str, int]:
    rules = rules_on(session, on, lateness)
    done = follow_loans(session, SYSTEM, EVERYTHING, rules=rules, now=NOW)
    session.expire_all()
    return done


def kept(session: Session) -> Sequence[LoanStanding]:
    return session.scalars(select(LoanStanding).order_by(LoanStanding.loan_id)).all()


@pytest.fixture
def book(session: Session) -> Session:
    add_calendar(session)
    draw_loans(session, LOANS, today=TODAY)
    return session


@pytest.mark.parametrize("lateness", [LatenessRules(), INDIA])
@pytest.mark.parametrize("days", [(0, 1), (-40, 200)])
def test_the_database_counts_as_the_rules_do_to_the_minor_unit(
    book: Session, lateness: LatenessRules, days: Sequence[int]
) -> None:
    lateness = replace(lateness)
    for ahead in days:
        on = TODAY + timedelta(days=ahead)
        follow(book, on, lateness)
        looks = rules_on(book, on, lateness).looks
        facts = facts_of_loans(book, [row.loan_id for row in kept(book)])
        for row in kept(book):
            arrears = arrears_of(facts[row.loan_id], on=on, rules=lateness)
            wanted = figures_of(arrears)
            days_kept = wanted.pop("delinquent_days")
            assert {name: getattr(row, name) for name in wanted} == wanted
            assert row.next_on is not None
            assert row.next_on > on
            if row.counted_on == on:
                assert row.delinquent_days == days_kept
                assert row.next_on == next_look(
                    facts[row.loan_id], arrears, rules=looks, limitation_ends_on=row.limitation_ends_on
                )


def test_only_loans_of_the_span_are_taken_up_and_each_once(book: Session) -> None:
    ids = book.scalars(select(Loan.id).order_by(Loan.id)).all()
    span = LoanRange(ids[2], ids[6])
    assert [take_up_loans(book, span), take_up_loans(book, span)] == [4, 0]
    assert [row.loan_id for row in kept(book)] == ids[3:7]


def test_both_ways_are_taken_by_many(book: Session) -> None:
    """Else the comparison above would compare the rules with themselves."""
    simple = book.scalar(select(func.count()).select_from(Loan).where(is_simple(Loan.__table__.c.id)))
    assert simple is not None
    assert LOANS * 0.5 < simple < LOANS * 0.95


def test_a_limitation_period_is_that_of_the_rules_also_after_an_act(book: Session) -> None:
    follow(book, TODAY)
    loans = book.scalars(select(Loan).order_by(Loan.id)).all()
    for loan, cause in zip(loans, list(Cause) * 3, strict=False):
        record_interruption(
            book, SYSTEM, borrower_id=loan.borrower_id, loan_id=loan.id, cause=cause.value, now=AFTER_MIDNIGHT
        )
    follow(book, TODAY + DAY)
    calendar = business_calendar(book)
    for loan, row in zip(loans, kept(book), strict=True):
        facts = facts_of_loans(book, [loan.id])[loan.id]
        wanted = limitation_of(facts, interruptions_of(book, loan, zone=ZONE), calendar=calendar)
        found = (row.limitation_from, row.limitation_cause, row.limitation_ends_on)
        assert found == (wanted.runs_from, wanted.restarted_by, wanted.expires_on)
    assert [row.demands for row in kept(book)][: len(Cause)] == [
        int(cause is Cause.DEMAND_DELIVERED) for cause in Cause
    ]


def test_a_row_of_the_book_that_paid_nothing_begins_no_period_anew(book: Session) -> None:
    loan = book.scalars(
        select(Loan).where(Loan.id.in_(select(Installment.loan_id))).order_by(Loan.id).limit(1)
    ).one()
    last = book.scalar(select(func.max(Installment.due_on)).where(Installment.loan_id == loan.id))
    assert last is not None
    book.execute(delete(Payment).where(Payment.loan_id == loan.id))
    for amount in (0, 1):
        paid_on = last + DAY * (amount + 1)
        row = Payment(payment_ref=f"P-{amount}", loan_id=loan.id, paid_on=paid_on, amount_minor=amount)
        row.channel, row.is_reversed = "bank", False
        book.add(row)
        loan.facts_version += 1
        look_again(book, [loan.id])
        follow(book, TODAY + DAY * amount)
        standing = book.get_one(LoanStanding, loan.id)
        assert standing.limitation_from == (paid_on if amount else last)


def state_of(session: Session) -> list[Any]:
    rows = [
        {name: value for name, value in vars(row).items() if not name.startswith("_")}
        for row in kept(session)
    ]
    counts = [session.scalar(select(func.count()).select_from(table)) for table in (Event, LoanStage)]
    return [rows, counts]


def test_a_new_pack_asks_for_nothing_on_days_before_it_was_in_force(book: Session) -> None:
    """Though a loan was counted last long before that day, since nothing happened to it."""
    on = TODAY
    follow(book, on)
    waiting = [
        row for row in kept(book) if row.bucket == "M4+" and row.next_on and row.next_on > on + 20 * DAY
    ]
    assert waiting
    asked = sorted({row.delinquent_days + 10 for row in waiting})
    ahead = on + 20 * DAY
    rules = rules_on(book, ahead)
    pack = replace(rules.stages.pack, version="CN-NEW", demand_days=asked, notice_days=(), reminder_days=())
    stages = replace(rules.stages, pack=pack)
    rules = replace(rules, stages=stages, previous_on=ahead - DAY)
    done = follow_loans(book, SYSTEM, EVERYTHING, rules=rules, now=NOW)
    book.expire_all()
    assert done["changed"] == LOANS
    looked = {row.loan_id: row for row in kept(book)}
    for row in waiting:
        assert looked[row.loan_id].delinquent_days_before == looked[row.loan_id].delinquent_days - 1
    assert not set(demanded(book, ahead)) & {row.loan_id for row in waiting}


def demanded(session: Session, on: date) -> Sequence[int]:
    """Loans that a demand was asked for."""
    rows = session.scalars(select(OutboxItem).where(OutboxItem.kind == "message:occasion")).all()
    told = [row.payload for row in rows]
    return [each["loan_id"] for each in told if each["occasion"] == "demand" and each["on"] == str(on)]


def test_the_same_day_again_writes_nothing(book: Session) -> None:
    first = follow(book, TODAY)
    assert first["changed"] > 0
    before = state_of(book)
    follow(book, TODAY)
    assert state_of(book)[0] == before[0]


def test_only_what_something_happens_to_is_written_and_only_what_moved_is_told(book: Session) -> None:
    follow(book, TODAY)
    due = {row.loan_id for row in kept(book) if row.next_on == TODAY + DAY}
    told = book.scalar(select(func.count()).select_from(Event))
    assert told is not None
    follow(book, TODAY + DAY)
    written = {row.loan_id for row in kept(book) if row.counted_on == TODAY + DAY}
    assert due <= written
    assert len(written) < LOANS / 2
    names = book.scalars(select(Event.name).order_by(Event.id).offset(told)).all()
    assert set(names) <= {"loan:bucket_moved", "loan:stage_moved"}
    assert len(names) < len(written)


def test_a_loan_that_is_paid_leaves_its_bucket_and_its_stage(book: Session) -> None:
    follow(book, TODAY)
    row = next(row for row in kept(book) if row.stage is not None)
    loan = book.get_one(Loan, row.loan_id)
    loan.collection_stage = None
    paid = {
        f"{part}_paid_minor": getattr(Installment, f"{part}_due_minor")
        for part in ("principal", "interest", "fee", "penalty")
    }
    book.execute(update(Installment).where(Installment.loan_id == loan.id).values(paid))
    look_again(book, [loan.id])
    follow(book, TODAY + DAY)
    row = book.get_one(LoanStanding, loan.id)
    assert (row.stage, row.stage_basis, row.bucket, row.delinquent_days) == (None, None, None, 0)
    last = book.scalars(select(LoanStage).where(LoanStage.loan_id == loan.id).order_by(LoanStage.id)).all()[
        -1
    ]
    assert (last.stage, last.basis, last.since) == (None, "cured", TODAY + DAY)


def test_each_move_is_kept_as_it_is_told(book: Session) -> None:
    days = (TODAY, TODAY + 40 * DAY)
    for on in days:
        follow(book, on)
    moves = book.scalars(select(LoanStage).order_by(LoanStage.id)).all()
    events = book.scalars(select(Event).where(Event.name == "loan:stage_moved").order_by(Event.id)).all()
    kept_so = [(move.loan_id, move.before, move.stage, move.basis, move.delinquent_days) for move in moves]
    told_so = [
        (
            event.loan_id,
            *(event.fields[each] for each in ("from_stage", "to_stage", "basis", "delinquent_days")),
        )
        for event in events
    ]
    assert kept_so == told_so
    assert {move.before for move in moves} > {None}
    assert {move.pack_version for move in moves} == {stage_pack_on("CN", TODAY).version}
    by_rule = [move for move in moves if move.basis != "book"]
    assert by_rule
    assert {move.since for move in by_rule} <= set(days)
    last = {move.loan_id: move for move in moves}
    for row in kept(book):
        if row.loan_id in last:
            move = last[row.loan_id]
            since = (row.stage, row.stage_since)
            assert since == (move.stage, move.since if move.stage else None)
