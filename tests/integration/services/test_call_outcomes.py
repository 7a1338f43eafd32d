"""Every outcome of a call with all that follows from it; promises as payments tell; the next call."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.call_notes import Sensitive, SensitiveNoteError
from portal.domain.call_outcomes import (
    HOLDS,
    NEEDS_NO_TICKS,
    STOPS_NUMBER,
    CallOutcome,
    TaskState,
    result_of,
)
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.models import (
    CallTask,
    Contact,
    Event,
    Hold,
    Loan,
    Payment,
    Representative,
    ServiceCase,
    StoppedNumber,
)
from portal.queries.call_list import CallFilter, call_page
from portal.services.call_list import give_back
from portal.services.call_outcomes import set_next_call
from portal.services.call_promises import settle_promise, settle_promises
from portal.services.representatives import note_representative, remove_representative
from tests.callers import AT_TEN, Caller, fill_list, item_of
from tests.people import TODAY, Cast, add_loan

TYPED: dict[CallOutcome, dict[str, Any]] = {
    CallOutcome.PROMISE: {"amount": "500", "due_on": TODAY + timedelta(days=5)},
    CallOutcome.CALL_BACK: {"call_back_at": AT_TEN.replace(hour=15)},
    CallOutcome.DISPUTE: {"topic": "payment_missing", "told": "十月五日转过 800 元"},
}


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    """李娜's, 42 days late, on the list; she has another one."""
    found = add_loan(session, cast.li_na)
    add_loan(session, cast.li_na, ref="L-2", late_days=33)
    fill_list(session)
    return found


@pytest.fixture
def lin_yue(session: Session, cast: Cast) -> Caller:
    return Caller(session, cast.lin_yue)


def events(session: Session, name: str) -> list[dict[str, Any]]:
    wanted = select(Event.fields).where(Event.name == name).order_by(Event.id)
    return [dict(each) for each in session.scalars(wanted)]


def first_listed(session: Session, caller: Caller) -> int | None:
    wanted = CallFilter(staff_id=caller.member.id, is_agencys=False, now=caller.now)
    rows = call_page(session, wanted).rows
    return rows[0].loan_id if rows else None


def task_of(session: Session) -> CallTask:
    return session.scalars(select(CallTask).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("outcome", [each for each in CallOutcome if each is not CallOutcome.NOT_KNOWN])
def test_every_outcome_is_noted_with_what_follows_from_it(
    session: Session, cast: Cast, loan: Loan, lin_yue: Caller, outcome: CallOutcome
) -> None:
    call = lin_yue.call(loan, outcome, **TYPED.get(outcome, {}))
    contact = session.get_one(Contact, call.contact_id)
    assert contact.result == result_of(outcome).value
    assert events(session, "call:ended") == [
        {
            "contact_id": contact.id,
            "purpose": "collection_call",
            "result": contact.result,
            "outcome": outcome.value,
        }
    ]
    held = {(hold.loan_id, hold.kind) for hold in session.scalars(select(Hold))}
    kind = HOLDS.get(outcome)
    loans = [] if kind is None else [loan.id] if outcome is CallOutcome.DISPUTE else [loan.id, loan.id + 1]
    assert held == {(loan_id, kind.value) for loan_id in loans if kind}
    assert bool(session.scalars(select(StoppedNumber)).all()) is (outcome in STOPS_NUMBER)
    wanted = {CallOutcome.PROMISE: ["promise"], CallOutcome.CALL_BACK: ["call_back"]}.get(outcome, [])
    assert [task.kind for task in session.scalars(select(CallTask))] == wanted
    item = item_of(session, loan)
    assert (item.leased_by, item.rests_until > AT_TEN) == (None, True)


def test_nothing_is_noted_twice(session: Session, loan: Loan, lin_yue: Caller) -> None:
    call = lin_yue.call(loan, CallOutcome.NO_ANSWER)
    with pytest.raises(Conflict, match="call_over"):
        lin_yue.note(call, CallOutcome.REACHED)


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_only_what_says_nothing_of_the_debt_needs_no_ticks(
    session: Session, loan: Loan, lin_yue: Caller, outcome: CallOutcome
) -> None:
    lin_yue.take(loan)
    call = lin_yue.open(loan).call
    assert call is not None
    if outcome in NEEDS_NO_TICKS:
        lin_yue.note(call, outcome)
        return
    with pytest.raises(DomainError, match="statements_missing"):
        lin_yue.note(call, outcome, **TYPED.get(outcome, {}))


def test_a_representative_told_of_in_a_call_is_on_record_and_ends_as_any_other(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    lin_yue.call(
        loan,
        CallOutcome.REPRESENTED,
        speaker_kind="lawyer",
        speaker_name="赵律师",
        speaker_contact="021-5555 0000",
    )
    noted = session.scalars(select(Representative)).one()
    assert (noted.borrower_id, noted.kind, noted.name, noted.contact, noted.status) == (
        loan.borrower_id,
        "lawyer",
        "赵律师",
        "021-5555 0000",
        "named",
    )
    case = session.get_one(ServiceCase, noted.case_id)
    assert (case.kind, case.topic) == ("represented", "lawyer")
    assert events(session, "representative:noted") == [{"representative_id": noted.id, "kind": "lawyer"}]
    assert {hold.kind for hold in session.scalars(select(Hold))} == {"represented"}
    borrower = Actor(ActorKind.BORROWER, loan.borrower_id)
    assert remove_representative(session, borrower, now=AT_TEN)
    assert session.scalars(select(Hold).where(Hold.ended_at.is_(None))).all() == []


def test_a_second_naming_leaves_the_first(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.call(loan, CallOutcome.REPRESENTED, speaker_name="赵律师")
    first = session.scalars(select(Representative)).one()
    assert not note_representative(
        session,
        lin_yue.actor,
        case=session.get_one(ServiceCase, first.case_id),
        kind="helper",
        name="别人",
        now=AT_TEN,
    )
    assert [each.name for each in session.scalars(select(Representative))] == ["赵律师"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount": ""}, "amount_missing"),
        ({"amount": "-5"}, "amount_negative"),
        ({"amount": "0"}, "amount_not_positive"),
        ({"amount": "99999"}, "promise_above_owed"),
        ({"due_on": None}, "promise_day_missing"),
        ({"due_on": TODAY - timedelta(days=1)}, "promise_day_out_of_range"),
        ({"due_on": TODAY + timedelta(days=31)}, "promise_day_out_of_range"),
    ],
)
def test_a_promise_names_a_sum_and_a_day(
    loan: Loan, lin_yue: Caller, said: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        lin_yue.call(loan, CallOutcome.PROMISE, **{**TYPED[CallOutcome.PROMISE], **said})


def test_until_the_day_of_a_promise_nobody_calls(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.call(loan, CallOutcome.PROMISE, **TYPED[CallOutcome.PROMISE])
    lin_yue.now += timedelta(days=5)
    assert first_listed(session, lin_yue) == loan.id + 1


@pytest.mark.parametrize(
    ("paid", "book_until", "state"),
    [
        ([], 4, "open"),
        ([], 5, "broken"),
        ([(5, 20_000)], 5, "partly"),
        ([(5, 20_000), (3, 30_000)], 5, "kept"),
        ([(6, 50_000)], 6, "broken"),
        ([(-1, 50_000)], 5, "broken"),
        ([(2, 50_000)], 2, "kept"),
    ],
)
def test_payments_tell_whether_a_promise_was_kept(
    session: Session,
    loan: Loan,
    lin_yue: Caller,
    paid: list[tuple[int, int]],
    book_until: int,
    state: str,
) -> None:
    lin_yue.call(loan, CallOutcome.PROMISE, **TYPED[CallOutcome.PROMISE])
    for number, (days, minor) in enumerate(paid):
        session.add(
            Payment(
                payment_ref=f"P{number}",
                loan_id=loan.id,
                paid_on=TODAY + timedelta(days=days),
                amount_minor=minor,
                channel="bank",
                is_reversed=False,
            )
        )
    loan.as_of = TODAY + timedelta(days=book_until)
    session.flush()
    lin_yue.now += timedelta(days=6)
    settle_promise(session, lin_yue.actor, task=task_of(session), now=lin_yue.now)
    assert task_of(session).state == state
    assert [each["state"] for each in events(session, "call:promise_ended")] == (
        [] if state == "open" else [state]
    )
    comes_first = {"broken": loan.id, "partly": loan.id, "open": loan.id, "kept": loan.id}[state]
    assert first_listed(session, lin_yue) == comes_first
    assert (item_of(session, loan).promised_kind is None) is (state == "kept")


def test_nobody_is_called_about_a_promise_before_the_book_tells_of_it(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    """The run of the day may not have settled it: whoever would call does."""
    lin_yue.call(loan, CallOutcome.PROMISE, **TYPED[CallOutcome.PROMISE])
    lin_yue.now += timedelta(days=6)
    taken = lin_yue.next().item
    assert taken is not None
    assert taken.loan_id == loan.id + 1
    give_back(session, lin_yue.actor, item=taken, reason="skipped", now=lin_yue.now)
    loan.as_of = TODAY + timedelta(days=6)
    session.flush()
    lin_yue.now += timedelta(days=1)
    assert lin_yue.next().item == item_of(session, loan)


def test_a_call_back_comes_first_at_its_time_and_is_done_by_the_call(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    late = AT_TEN.replace(hour=15)
    lin_yue.call(loan, CallOutcome.CALL_BACK, call_back_at=late)
    lin_yue.now = late - timedelta(seconds=1)
    assert first_listed(session, lin_yue) == loan.id + 1
    lin_yue.now = late
    assert first_listed(session, lin_yue) == loan.id
    lin_yue.call(loan, CallOutcome.NO_ANSWER)
    assert task_of(session).state == "done"
    assert item_of(session, loan).promised_at is None


@pytest.mark.parametrize(
    ("hour", "days", "code"),
    [
        (22, 0, "call_back_not_allowed"),
        (7, 1, "call_back_not_allowed"),
        (9, 0, "call_back_out_of_range"),
        (12, 15, "call_back_out_of_range"),
        (21, 0, None),
        (8, 1, None),
    ],
)
def test_a_call_back_is_promised_only_where_the_guard_would_agree(
    session: Session, loan: Loan, lin_yue: Caller, hour: int, days: int, code: str | None
) -> None:
    at = AT_TEN.replace(hour=hour) + timedelta(days=days)
    if code is None:
        lin_yue.call(loan, CallOutcome.CALL_BACK, call_back_at=at)
        assert task_of(session).due_at == at
        return
    with pytest.raises(DomainError, match=code):
        lin_yue.call(loan, CallOutcome.CALL_BACK, call_back_at=at)


def test_the_fourth_conversation_of_a_day_is_not_promised(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    for _ in range(2):
        lin_yue.call(loan, CallOutcome.REACHED)
    with pytest.raises(DomainError, match="call_back_not_allowed") as refused:
        lin_yue.call(loan, CallOutcome.CALL_BACK, call_back_at=AT_TEN.replace(hour=15))
    assert refused.value.rule == "C03"


def test_a_newer_promise_takes_the_place_of_the_older(session: Session, loan: Loan, lin_yue: Caller) -> None:
    for days in (2, 4):
        lin_yue.call(loan, CallOutcome.PROMISE, amount="300", due_on=TODAY + timedelta(days=days))
    assert [task.state for task in session.scalars(select(CallTask).order_by(CallTask.id))] == [
        "replaced",
        "open",
    ]


def test_a_dispute_is_the_borrowers_case_with_its_hold(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.call(loan, CallOutcome.DISPUTE, **TYPED[CallOutcome.DISPUTE])
    case = session.scalars(select(ServiceCase)).one()
    assert (case.kind, case.topic, case.borrower_id, case.loan_id) == (
        "dispute",
        "payment_missing",
        loan.borrower_id,
        loan.id,
    )
    assert case.body == "十月五日转过 800 元"
    assert case.answer_by.date() > date(2026, 11, 10)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"topic": "service"}, "topic_missing"),
        ({"told": " "}, "text_missing"),
        ({"told": "警察会来"}, "forbidden_phrase"),
    ],
)
def test_a_dispute_says_what_is_disputed(
    loan: Loan, lin_yue: Caller, said: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        lin_yue.call(loan, CallOutcome.DISPUTE, **{**TYPED[CallOutcome.DISPUTE], **said})


def test_a_note_is_warned_of_and_kept_where_it_has_to_stay(loan: Loan, lin_yue: Caller) -> None:
    words = {"note": "她说正在住院"}
    lin_yue.take(loan)
    call = lin_yue.open(loan).call
    assert call is not None
    lin_yue.say(call)
    with pytest.raises(SensitiveNoteError) as warned:
        lin_yue.note(call, CallOutcome.REACHED, **words)
    assert warned.value.kinds == {Sensitive.HEALTH}
    lin_yue.note(call, CallOutcome.REACHED, keeps_note=True, **words)
    assert call.note == "她说正在住院"


def test_a_threat_is_no_note(loan: Loan, lin_yue: Caller) -> None:
    with pytest.raises(DomainError, match="forbidden_phrase"):
        lin_yue.call(loan, CallOutcome.REACHED, note="说了会上门", keeps_note=True)


def test_the_next_call_is_set_to_one_of_the_offered_days(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    lin_yue.call(loan, CallOutcome.REACHED)
    item = item_of(session, loan)
    with pytest.raises(DomainError, match="next_call_unknown"):
        set_next_call(session, lin_yue.actor, item=item, days=2, now=AT_TEN)
    assert set_next_call(session, lin_yue.actor, item=item, days=7, now=AT_TEN) == TODAY + timedelta(days=7)
    lin_yue.now += timedelta(days=6)
    assert first_listed(session, lin_yue) == loan.id + 1


def test_a_stopped_number_is_never_called_again(session: Session, loan: Loan, lin_yue: Caller) -> None:
    lin_yue.call(loan, CallOutcome.NUMBER_UNWANTED)
    lin_yue.now += timedelta(days=30)
    taken = lin_yue.next()
    assert taken.item is None
    assert taken.refused is not None
    assert (taken.refused.rule, taken.refused.opens_at) == ("C11", None)


def test_the_nights_run_settles_promises_from_where_it_stopped(
    session: Session, loan: Loan, lin_yue: Caller
) -> None:
    second = session.get_one(Loan, loan.id + 1)
    for each in (loan, second):
        lin_yue.call(each, CallOutcome.PROMISE, **TYPED[CallOutcome.PROMISE])
    loan.as_of = TODAY + timedelta(days=6)
    session.flush()
    first_id, second_id = session.scalars(select(CallTask.id).order_by(CallTask.id)).all()
    settle = partial(settle_promises, session, SYSTEM, now=AT_TEN + timedelta(days=6))
    states, last = settle(after=0)
    assert (states, last) == ({TaskState.BROKEN: 1, TaskState.OPEN: 1}, second_id)
    assert settle(after=second_id) == ({}, None)
    ended = session.scalars(select(Event).where(Event.name == "call:promise_ended")).one()
    assert (ended.borrower_id, ended.loan_id, ended.fields["task_id"]) == (
        loan.borrower_id,
        loan.id,
        first_id,
    )
