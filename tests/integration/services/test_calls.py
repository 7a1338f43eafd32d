"""A call: the guard before the number, the three statements, the day's limits over all callers, and a page that was closed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.call_outcomes import CallOutcome, Statement
from portal.domain.claims import LEASE
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.one_time_codes import keyed_hash
from portal.models import Borrower, Call, CallRefusal, Contact, Event, Loan, StaffMember
from portal.queries.call_list import CallFilter, call_page
from portal.queries.calls import calls_by_caller, refusals_by_rule, unfinished_calls
from portal.services.call_guard import ask_about_call, ask_about_rows
from portal.services.call_list import renew_lease
from portal.services.call_outcomes import set_next_call
from portal.services.calls import Attempt, end_lapsed_calls, has_lapsed_calls
from tests.callers import AT_TEN, Caller, fill_list, item_of
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY
from tests.people import Cast, add_borrower, add_cast, add_loan


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    """李娜's, 42 days late, on the list."""
    found = add_loan(session, cast.li_na)
    fill_list(session)
    return found


@pytest.fixture
def lin_yue(session: Session, cast: Cast, loan: Loan) -> Caller:
    """She has taken the loan."""
    caller = Caller(session, cast.lin_yue)
    caller.take(loan)
    return caller


def opened(attempt: Attempt) -> Call:
    assert attempt.call is not None
    return attempt.call


def events(session: Session, name: str) -> list[dict[str, Any]]:
    wanted = select(Event.fields).where(Event.name == name).order_by(Event.id)
    return [dict(each) for each in session.scalars(wanted)]


def add_calls(session: Session, borrower: Borrower, result: str, count: int) -> None:
    """By others, an hour ago."""
    number = keyed_hash(borrower.mobile, SECRET_KEY, purpose="number")
    for _ in range(count):
        session.add(
            Contact(
                borrower_id=borrower.id,
                purpose="collection_call",
                channel="phone",
                number_hash=number,
                number_last4=borrower.mobile[-4:],
                template_version="call_script@2026-01",
                rule_decision="let through",
                result=result,
                actor_kind="staff",
                at=AT_TEN - timedelta(hours=1),
            )
        )
    session.flush()


def test_the_attempt_is_kept_before_the_number_shows(session: Session, loan: Loan, lin_yue: Caller) -> None:
    call = opened(lin_yue.open(loan))
    contact = session.get_one(Contact, call.contact_id)
    assert (contact.result, contact.channel, contact.purpose) == ("dialling", "phone", "collection_call")
    assert contact.rule_decision == "let through: no rule says no (CN-2026-01)"
    assert (contact.actor_id, contact.number_last4) == (lin_yue.member.id, "8001")
    assert events(session, "call:opened") == [
        {"contact_id": contact.id, "purpose": "collection_call", "override_id": None}
    ]
    assert item_of(session, loan).last_called_at == AT_TEN


@pytest.mark.parametrize(
    ("result", "count", "rule"),
    [
        ("answered", 2, None),
        ("answered", 3, "C03"),
        ("other_person", 3, "C03"),
        ("wrong_number", 3, "C03"),
        ("no_answer", 5, None),
        ("no_answer", 6, "C04"),
        ("busy", 6, "C04"),
        ("not_noted", 2, None),
        ("not_noted", 3, "C03"),
        ("dialling", 3, "C03"),
    ],
)
def test_the_days_calls_of_all_callers_count(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller, result: str, count: int, rule: str | None
) -> None:
    add_calls(session, cast.li_na, result, count)
    attempt = lin_yue.open(loan)
    assert (attempt.call is None, attempt.verdict.rule) == (rule is not None, rule)


def test_a_refused_call_leaves_its_rule_and_no_call(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    add_calls(session, cast.li_na, "answered", 3)
    verdict = lin_yue.open(loan).verdict
    tomorrow = AT_TEN.replace(hour=8) + timedelta(days=1)
    assert verdict.opens_at == tomorrow
    assert session.scalars(select(Call)).all() == []
    assert [(each.rule, each.because) for each in session.scalars(select(CallRefusal))] == [
        ("C03", "conversations_a_day")
    ]
    assert events(session, "contact:refused") == [{"rule": "C03", "purpose": "collection_call"}]
    assert item_of(session, loan).rests_until == AT_TEN.replace(hour=0) + timedelta(days=1)


def test_a_debt_that_may_be_time_barred_is_not_called_about(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    old = add_loan(session, cast.wang_qiang, ref="OLD", late_days=1500, paid=3)
    item = item_of(session, loan)
    item.loan_id, item.borrower_id = old.id, cast.wang_qiang.id
    session.flush()
    verdict = lin_yue.open(old).verdict
    assert (verdict.rule, verdict.opens_at) == ("L02", None)


def test_without_the_lease_none_is_opened(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.now += LEASE
    with pytest.raises(Conflict, match="lease_needed"):
        lin_yue.open(loan)


def test_one_call_at_a_time_and_the_last_ones_outcome_first(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    opened(lin_yue.open(loan))
    with pytest.raises(Conflict, match="call_unfinished"):
        lin_yue.open(loan)


def test_sums_wait_for_three_statements_each_on_record_once(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    call = opened(lin_yue.open(loan))
    with pytest.raises(DomainError, match="statement_missing"):
        lin_yue.say(call, [])
    lin_yue.say(call, [Statement.IDENTITY, Statement.RECORDING])
    half = call.is_explained
    lin_yue.say(call)
    assert (half, call.is_explained) == (False, True)
    assert [each["statement"] for each in events(session, "call:said")] == [
        "identity",
        "recording",
        "purpose",
    ]


def test_nobody_ticks_or_notes_in_anothers_call(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    call = opened(lin_yue.open(loan))
    cast.chen_chen.roles = ["caller"]
    other = Caller(session, cast.chen_chen)
    with pytest.raises(Conflict, match="call_over"):
        other.say(call)
    with pytest.raises(Conflict, match="call_over"):
        other.note(call, CallOutcome.NO_ANSWER)


@pytest.mark.parametrize("state", ["taken", "open", "noted"])
@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "wu_yan", "zheng_hao", "sun_hao"])
def test_who_is_no_caller_does_nothing_in_any_state(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller, who: str, state: str
) -> None:
    call = opened(lin_yue.open(loan))
    if state == "noted":
        lin_yue.note(call, CallOutcome.NO_ANSWER)
    elif state == "taken":
        lin_yue.now += LEASE
        end_lapsed_calls(session, now=lin_yue.now)
        session.expire_all()
        lin_yue.take(loan)
    other = Caller(session, getattr(cast, who))
    acts: list[Callable[[], object]] = [
        other.next,
        lambda: other.take(loan),
        lambda: other.open(loan),
        lambda: other.say(call),
        lambda: other.note(call, CallOutcome.BUSY),
        lambda: set_next_call(session, other.actor, item=item_of(session, loan), days=1, now=other.now),
    ]
    for act in acts:
        with pytest.raises(AccessRefused):
            act()


def test_a_closed_page_ends_as_not_noted_and_is_asked_for_later(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    call = opened(lin_yue.open(loan))
    assert end_lapsed_calls(session, now=AT_TEN + LEASE - timedelta(seconds=1)) == 0
    lin_yue.now += LEASE
    assert end_lapsed_calls(session, now=lin_yue.now) == 1
    assert end_lapsed_calls(session, now=lin_yue.now) == 0
    session.expire_all()
    assert session.get_one(Contact, call.contact_id).result == "not_noted"
    assert [each.is_over for each in unfinished_calls(session, now=lin_yue.now)] == [True]
    with pytest.raises(Conflict, match="call_over"):
        lin_yue.say(call)
    lin_yue.note(call, CallOutcome.NOT_KNOWN)
    assert unfinished_calls(session, now=lin_yue.now) == []
    assert [each["outcome"] for each in events(session, "call:ended")] == [None, "not_known"]


def test_what_is_noted_later_is_the_result(session: Session, loan: Loan, lin_yue: Caller) -> None:
    call = opened(lin_yue.open(loan))
    lin_yue.now += LEASE
    end_lapsed_calls(session, now=lin_yue.now)
    session.expire_all()
    lin_yue.note(call, CallOutcome.NO_ANSWER)
    assert session.get_one(Contact, call.contact_id).result == "no_answer"


def test_an_open_page_keeps_the_call(session: Session, loan: Loan, lin_yue: Caller) -> None:
    call = opened(lin_yue.open(loan))
    later = AT_TEN + timedelta(minutes=10)
    assert renew_lease(session, lin_yue.actor, item=item_of(session, loan), now=later) == later + LEASE
    assert end_lapsed_calls(session, now=AT_TEN + LEASE) == 0
    session.refresh(call)
    assert call.lapses_at == later + LEASE
    assert renew_lease(session, lin_yue.actor, item=item_of(session, loan), now=later + LEASE) is None


def test_the_days_figures_are_exact(session: Session, cast: Cast, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.note(opened(lin_yue.open(loan)), CallOutcome.NO_ANSWER)
    for outcome in (CallOutcome.REACHED, CallOutcome.SOMEBODY_ELSE):
        lin_yue.call(loan, outcome)
    lin_yue.now = AT_TEN.replace(hour=23)
    lin_yue.take(loan)
    assert lin_yue.open(loan).call is None
    day = AT_TEN.replace(hour=0)
    span = {"since": day, "until": day + timedelta(days=1)}
    (line,) = calls_by_caller(session, **span)
    assert (line.staff_number, line.attempts) == ("1007", 3)
    assert line.by_result == {"no_answer": 1, "answered": 1, "other_person": 1}
    assert refusals_by_rule(session, **span) == [("C01", "quiet_hours", 1)]
    assert calls_by_caller(session, since=span["until"], until=span["until"] + timedelta(days=1)) == []


def test_the_database_keeps_two_open_calls_of_a_borrower_out(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    call = opened(lin_yue.open(loan))
    contact = Contact(
        **{
            column.name: getattr(session.get_one(Contact, call.contact_id), column.name)
            for column in Contact.__table__.columns
            if column.name != "id"
        }
    )
    session.add(contact)
    session.flush()
    again = {"loan_id": loan.id, "borrower_id": loan.borrower_id, "opened_at": AT_TEN, "lapses_at": AT_TEN}
    session.add(Call(contact_id=contact.id, staff_id=cast.chen_chen.id, **again))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_of_two_calls_where_one_is_left_of_the_days_three_one_is_opened(database: Database) -> None:
    """Two callers, each with another loan of one person; two conversations were had today."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        cast.chen_chen.roles = ["caller"]
    for number in range(5):
        held = _held_by_two(database, (cast.lin_yue, cast.chen_chen), number)
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(partial(_race, database, start), *zip(*held, strict=True)))
        assert codes.count("opened") == 1
        assert set(codes) <= {"opened", "borrower_on_call", "C03"}


def test_unanswered_dials_of_a_number_count_whoever_of_its_borrowers_was_called(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    sharing = add_borrower(session, "李父", mobile=cast.li_na.mobile, id_last4="5678")
    add_calls(session, sharing, "no_answer", 5)
    add_calls(session, cast.wang_qiang, "no_answer", 6)
    call = opened(lin_yue.open(loan))
    lin_yue.note(call, CallOutcome.NO_ANSWER)
    lin_yue.take(loan)
    attempt = lin_yue.open(loan)
    assert (attempt.call, attempt.verdict.rule) == (None, "C04")


def test_what_was_said_to_another_at_a_number_counts_for_them_alone(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    sharing = add_borrower(session, "李父", mobile=cast.li_na.mobile, id_last4="5678")
    add_calls(session, sharing, "answered", 3)
    opened(lin_yue.open(loan))


def test_of_two_calls_to_one_number_where_one_dial_is_left_one_is_opened(database: Database) -> None:
    """Two callers, each with a loan of another borrower; both borrowers have one number, and five dials of it were not answered."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        cast.chen_chen.roles = ["caller"]
    for number in range(5):
        held = _sharing_held_by_two(database, (cast.lin_yue, cast.chen_chen), number)
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            codes = list(
                pool.map(
                    partial(_race, database, start, noted=CallOutcome.NO_ANSWER), *zip(*held, strict=True)
                )
            )
        assert sorted(codes) == ["C04", "opened"]


def _sharing_held_by_two(
    database: Database, members: tuple[StaffMember, StaffMember], number: int
) -> list[tuple[StaffMember, int]]:
    with transaction(database.engine) as session:
        mobile = f"+86139{number:08}"
        people = [add_borrower(session, "债", mobile=mobile, id_last4=end) for end in ("1234", "5678")]
        loans = [add_loan(session, each, ref=f"L-{number}-{each.id}") for each in people]
        fill_list(session)
        add_calls(session, people[0], "no_answer", 3)
        add_calls(session, people[1], "no_answer", 2)
        return _lease_to(session, members, loans)


def _held_by_two(
    database: Database, members: tuple[StaffMember, StaffMember], number: int
) -> list[tuple[StaffMember, int]]:
    """Both leases stand, as if they had been taken before it showed that it is one person."""
    with transaction(database.engine) as session:
        borrower = add_borrower(session, "债", mobile=f"+86139{number:08}", id_last4="1234")
        loans = [add_loan(session, borrower, ref=f"L-{number}-{each}") for each in (1, 2)]
        fill_list(session)
        add_calls(session, borrower, "answered", 2)
        return _lease_to(session, members, loans)


def _lease_to(
    session: Session, members: tuple[StaffMember, StaffMember], loans: list[Loan]
) -> list[tuple[StaffMember, int]]:
    for member, loan in zip(members, loans, strict=True):
        item = item_of(session, loan)
        item.leased_by, item.leased_until = member.id, AT_TEN + LEASE
    return [(member, loan.id) for member, loan in zip(members, loans, strict=True)]


def _race(
    database: Database,
    start: threading.Barrier,
    member: StaffMember,
    loan_id: int,
    *,
    noted: CallOutcome = CallOutcome.REFUSED_TO_TALK,
) -> str:
    start.wait()
    try:
        with transaction(database.engine) as session:
            caller = Caller(session, member)
            attempt = caller.open(session.get_one(Loan, loan_id))
            if attempt.call is None:
                return str(attempt.verdict.rule)
            caller.note(attempt.call, noted)
    except Conflict as error:
        return error.code
    return "opened"


def test_a_lapsed_call_is_looked_for_to_the_instant(session: Session, loan: Loan, lin_yue: Caller) -> None:
    """And what has ended is none, however long ago."""
    assert not has_lapsed_calls(session, now=AT_TEN + LEASE)
    lin_yue.open(loan)
    assert not has_lapsed_calls(session, now=AT_TEN + LEASE - timedelta(seconds=1))
    assert has_lapsed_calls(session, now=AT_TEN + LEASE)
    end_lapsed_calls(session, now=AT_TEN + LEASE)
    assert not has_lapsed_calls(session, now=AT_TEN + 2 * LEASE)


def test_a_page_asks_about_its_rows_what_each_call_is_asked(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller
) -> None:
    """Three conversations with one of two borrowers: the page says of each what opening a call would say."""
    theirs = add_loan(session, cast.wang_qiang, ref="L-2", late_days=33)
    fill_list(session)
    add_calls(session, cast.li_na, "answered", 3)
    wanted = CallFilter(staff_id=cast.lin_yue.id, is_agencys=False, now=AT_TEN)
    rows = list(call_page(session, wanted).rows)
    assert {row.loan_id for row in rows} == {loan.id, theirs.id}
    page = ask_about_rows(session, rows, key=SECRET_KEY, now=AT_TEN)
    alone = {
        each.id: ask_about_call(session, item_of(session, each), key=SECRET_KEY, at=AT_TEN, now=AT_TEN)
        for each in (loan, theirs)
    }
    assert page == alone
    assert [page[each.id].verdict.is_allowed for each in (loan, theirs)] == [False, True]
