"""Each class of data goes with its time and not a day before; what still serves a debt or a dispute stays, and the preview says why."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.loans import LoanStatus
from portal.domain.permissions import SYSTEM
from portal.domain.retention import RETENTIONS, DataClass, Leaves, Stays
from portal.models import Borrower, Event, Loan, Message, Payment, RetentionRun, ServiceCase, SupportCall
from portal.queries.retention import ROWS, count_kept
from portal.services.holds import start_hold
from portal.services.retention import BATCH, Reached, begin_retention, erase_some, finish_retention
from tests.databases import Database
from tests.kept_rows import add_kept
from tests.people import Cast, add_loan
from tests.races import AT_ONCE, at_once, count

ZONE = ZoneInfo("Asia/Shanghai")
ON = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=ZONE)
BY_ROWS = [data for data in RETENTIONS if data not in {DataClass.FILES, DataClass.PERSONS}]
AFTER_SETTLEMENT = [data for data in BY_ROWS if RETENTIONS[data].after_settlement]


def last_moment(data: DataClass) -> datetime:
    """The last one that is old enough."""
    return datetime.combine(RETENTIONS[data].cutoff(ON), time(), tzinfo=ZONE) - timedelta(minutes=1)


def settled_loan(
    session: Session, cast: Cast, *, borrower: Borrower | None = None, ref: str = "L-1001"
) -> Loan:
    loan = add_loan(session, borrower or cast.li_na, ref=ref, late_days=0)
    loan.status = LoanStatus.CLOSED.value
    session.flush()
    return loan


@pytest.fixture
def settled(session: Session, cast: Cast) -> Loan:
    return settled_loan(session, cast)


@pytest.fixture
def run_id(session: Session) -> int:
    return begin_retention(session, on=ON, now=NOW).id


def erased(session: Session, run_id: int, data: DataClass) -> int:
    """All of it, step by step."""
    total = 0
    after: Reached | None = Reached()
    while after is not None:
        step = erase_some(session, SYSTEM, run_id=run_id, data=data, zone=ZONE, now=NOW, after=after)
        total, after = total + step.rows, step.reached
    return total


def there(session: Session, data: DataClass) -> int:
    return sum(
        session.scalar(select(func.count()).select_from(rows.model).where(rows.is_there)) or 0
        for rows in ROWS[data]
    )


@pytest.mark.parametrize("data", BY_ROWS)
def test_what_is_old_enough_goes_and_what_is_a_day_younger_stays(
    session: Session, settled: Loan, run_id: int, data: DataClass
) -> None:
    add_kept(session, data, settled, at=last_moment(data))
    if data is not DataClass.FIGURES:  # one a borrower
        add_kept(session, data, settled, at=last_moment(data) + timedelta(minutes=1), number=2)
    before = there(session, data)
    counted = count_kept(session, RETENTIONS[data], on=ON, zone=ZONE)
    assert counted.rows == erased(session, run_id, data) > 0
    assert counted.stays.get(Stays.TOO_YOUNG, 0) == there(session, data) == before - counted.rows
    assert erased(session, run_id, data) == 0


@pytest.mark.parametrize("data", AFTER_SETTLEMENT)
def test_whoever_still_owes_keeps_it_and_nobody_else_does(
    session: Session, cast: Cast, settled: Loan, run_id: int, data: DataClass
) -> None:
    other = add_loan(session, cast.wang_qiang, ref="L-2001", late_days=3)
    add_kept(session, data, settled, at=last_moment(data))
    rows = there(session, data)
    add_kept(session, data, other, at=last_moment(data), number=2)
    counted = count_kept(session, RETENTIONS[data], on=ON, zone=ZONE)
    assert (counted.rows, counted.persons, counted.stays) == (rows, 1, {Stays.OWES: rows})
    assert erased(session, run_id, data) == there(session, data) == rows


@pytest.mark.parametrize("data", AFTER_SETTLEMENT)
def test_a_charged_off_loan_is_still_owed(
    session: Session, settled: Loan, run_id: int, data: DataClass
) -> None:
    settled.status = LoanStatus.CHARGED_OFF.value
    add_kept(session, data, settled, at=last_moment(data))
    assert erased(session, run_id, data) == 0


@pytest.mark.parametrize("data", AFTER_SETTLEMENT)
def test_what_is_disputed_stays(session: Session, settled: Loan, run_id: int, data: DataClass) -> None:
    add_kept(session, data, settled, at=last_moment(data))
    start_hold(session, SYSTEM, loan_id=settled.id, kind=HoldKind.COMPLAINT, reason="complained", now=NOW)
    counted = count_kept(session, RETENTIONS[data], on=ON, zone=ZONE)
    assert (counted.rows, set(counted.stays)) == (0, {Stays.DISPUTED})
    assert erased(session, run_id, data) == 0


def test_of_a_conversation_it_stays_that_there_was_one(session: Session, settled: Loan, run_id: int) -> None:
    add_kept(session, DataClass.CONVERSATIONS, settled, at=last_moment(DataClass.CONVERSATIONS))
    erased(session, run_id, DataClass.CONVERSATIONS)
    message, case = session.scalars(select(Message)).one(), session.scalars(select(ServiceCase)).one()
    session.refresh(message)
    session.refresh(case)
    assert (message.body, case.body) == ("", "")
    assert (message.number, message.author, case.topic) == (1, "borrower", "other")


def test_of_a_support_call_the_sought_borrower_goes_and_the_call_stays(
    session: Session, settled: Loan, run_id: int
) -> None:
    add_kept(session, DataClass.SUPPORT_CALLS, settled, at=last_moment(DataClass.SUPPORT_CALLS))
    erased(session, run_id, DataClass.SUPPORT_CALLS)
    call = session.scalars(select(SupportCall)).one()
    session.refresh(call)
    assert (call.sought_borrower_id, call.pairing_seed, call.pairing_hash) == (None, None, None)
    assert call.reason == "other"


def test_each_step_is_told_with_its_class_and_counted_with_the_run(
    session: Session, settled: Loan, run_id: int
) -> None:
    for number in range(BATCH + 1):
        add_kept(session, DataClass.DEVICES, settled, at=last_moment(DataClass.DEVICES), number=number)
    assert erased(session, run_id, DataClass.DEVICES) == BATCH + 1
    told = session.scalars(select(Event).where(Event.name == "retention:erased").order_by(Event.id)).all()
    assert [each.fields["rows"] for each in told] == [BATCH, 1]
    assert {(each.fields["data"], each.fields["run_id"]) for each in told} == {("devices", run_id)}
    run = finish_retention(session, SYSTEM, run_id=run_id, now=NOW)
    assert run.counts == {"devices": BATCH + 1}


@pytest.mark.parametrize("data", [DataClass.TYPED_DRAFTS, DataClass.CONVERSATIONS, DataClass.LOOKS])
def test_a_step_goes_on_after_the_last_row_of_the_one_before(
    session: Session, settled: Loan, run_id: int, data: DataClass
) -> None:
    """Through all tables of the class; what one step left is not met again by the next."""
    add_kept(session, data, settled, at=last_moment(data))
    seen = list[Reached]()
    after: Reached | None = Reached()
    while after is not None and len(seen) < 20:
        seen.append(after)
        with session.begin_nested() as once:
            after = erase_some(
                session, SYSTEM, run_id=run_id, data=data, zone=ZONE, now=NOW, after=after
            ).reached
            once.rollback()  # as if none of it could go
    assert after is None
    assert len(seen) == len(set(seen)) > 1


def test_two_that_begin_at_once_are_one_run(database: Database) -> None:
    begun = at_once(database, lambda session, _number: begin_retention(session, on=ON, now=NOW))
    assert begun == {"done": AT_ONCE}
    assert count(database, RetentionRun.id > 0) == 1


def test_a_run_that_was_stopped_is_gone_on_with(session: Session, settled: Loan, run_id: int) -> None:
    again = begin_retention(session, on=ON + timedelta(days=1), now=NOW)
    assert (again.id, again.business_date) == (run_id, ON + timedelta(days=1))
    finish_retention(session, SYSTEM, run_id=run_id, now=NOW)
    finish_retention(session, SYSTEM, run_id=run_id, now=NOW)
    assert begin_retention(session, on=ON, now=NOW).id != run_id
    assert len(session.scalars(select(Event).where(Event.name == "retention:finished")).all()) == 1
    assert len(session.scalars(select(RetentionRun)).all()) == 2


def paid_on(session: Session, loan: Loan, day: date) -> None:
    """The one payment there was."""
    for payment in session.scalars(select(Payment).where(Payment.loan_id == loan.id)):
        session.delete(payment)
    session.add(
        Payment(
            payment_ref="P-1", loan_id=loan.id, paid_on=day, amount_minor=1, channel="bank", is_reversed=False
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(
    ("paid", "closed"),
    [
        (date(2016, 11, 1), date(2016, 10, 1)),
        (date(2004, 5, 1), date(2016, 11, 1)),  # charged off, and closed by the lender years later
    ],
)
def test_a_person_is_old_enough_ten_years_after_the_last_payment_and_the_closing(
    session: Session, cast: Cast, settled: Loan, paid: date, closed: date
) -> None:
    settled.as_of = date(2026, 11, 1)  # a book may be newer than the settlement
    settled.closed_since = closed
    paid_on(session, settled, paid)
    persons = RETENTIONS[DataClass.PERSONS]
    assert count_kept(session, persons, on=ON, zone=ZONE).rows == 1
    assert count_kept(session, persons, on=date(2026, 11, 1), zone=ZONE).rows == 0


def test_where_nobody_knows_since_when_a_loan_is_closed_it_is_since_its_book(
    session: Session, settled: Loan
) -> None:
    settled.as_of = date(2026, 11, 1)
    paid_on(session, settled, date(2004, 5, 1))
    assert count_kept(session, RETENTIONS[DataClass.PERSONS], on=ON, zone=ZONE).rows == 0


def test_every_class_has_a_term_a_rule_and_a_place() -> None:
    assert set(RETENTIONS) == set(DataClass) == {*ROWS, DataClass.FILES}
    for data, retention in RETENTIONS.items():
        assert retention.rule
        assert retention.years or retention.days
        emptied = [bool(rows.emptied) for rows in ROWS.get(data, ()) if data is not DataClass.PERSONS]
        assert all(each is (retention.leaves is Leaves.BARE_ROW) for each in emptied)
