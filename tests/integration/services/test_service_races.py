"""Two at once, on both databases: one takes a case on, one decides it, one ends a hold; the others learn it."""

import time
from threading import Event as Moment
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.case_handling import CaseReason, CorrectionAnswer, HandOverReason, Outcome
from portal.domain.holds import EndReason, Evidence, HoldKind
from portal.domain.permissions import SYSTEM, ActorKind
from portal.models import (
    CaseDecision,
    CorrectionRequest,
    Event,
    Hold,
    Loan,
    Message,
    ServiceCase,
    StaffMember,
)
from portal.queries.staff_accounts import get_account
from portal.services import threads
from portal.services.case_decisions import ask_second_look
from portal.services.case_handling import hand_over_service_case
from portal.services.corrections import answer_request
from portal.services.next_service_cases import take_next_service_case
from portal.services.staff import disable_staff_member
from portal.services.staff_holds import HoldWish, confirm_hold_end, end_hold_by_hand, set_hold
from portal.services.threads import WrittenMessage
from tests.databases import Database
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.races import AT_ONCE, at_once, count, two_before_either_commits, two_that_hold_a_lock_each
from tests.service_cases import NOT_FOUND, Handler, bring_up, staff_actor
from tests.stories import ZONE, borrower_actor


@pytest.fixture
def cast(database: Database) -> Cast:
    """李娜 has brought up a dispute about one loan."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        bring_up(session, cast.li_na, add_loan(session, cast.li_na))
    return cast


def case_of(session: Session) -> ServiceCase:
    return session.scalars(select(ServiceCase).order_by(ServiceCase.id)).first()  # type: ignore[return-value]


def one_of(cast: Cast, number: int) -> StaffMember:
    return (cast.zhou_min, cast.wu_yan)[number % 2]


def test_of_two_who_take_it_on_one_gets_it(database: Database, cast: Cast) -> None:
    found = at_once(
        database, lambda session, number: Handler(session, one_of(cast, number), case_of(session)).take()
    )
    assert found == {"done": AT_ONCE // 2, "case_owned_by_other": AT_ONCE // 2}
    assert count(database, Event.name == "service:taken") == 1


def test_who_ask_for_the_next_one_at_once_get_different_ones(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        for number in range(AT_ONCE - 1):
            bring_up(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{number}"))
    found = at_once(
        database,
        lambda session, number: take_next_service_case(session, staff_actor(one_of(cast, number)), now=NOW),
    )
    assert found == {"done": AT_ONCE}
    taken = count(database, ServiceCase.owner_id.is_not(None))
    assert taken == count(database, Event.name == "service:taken")
    assert taken >= 2


def test_of_two_deciders_one_decides(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        Handler(session, cast.zhou_min, case_of(session)).take()

    def decide(session: Session, number: int) -> None:
        words = NOT_FOUND if number % 2 else "我们又核对了一遍。"
        handler = Handler(session, cast.zhou_min, case_of(session))
        handler.decide(Outcome.NOT_UPHELD, CaseReason.PAYMENT_NOT_FOUND, words, row_version=2)

    found = at_once(database, decide)
    assert found == {"done": AT_ONCE // 2, "case_closed": AT_ONCE // 2}
    assert count(database, CaseDecision.id.is_not(None)) == 1
    assert count(database, Event.name == "service:decided") == 1
    assert count(database, Event.name == "hold:ended") == 1
    assert count(database, Message.author == "staff") == 1


def test_of_two_last_decisions_at_once_the_later_one_ends_the_pause(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        bring_up(session, cast.li_na, session.scalars(select(Loan)).one())
        cases = list(session.scalars(select(ServiceCase).order_by(ServiceCase.id)))
        for number, case in enumerate(cases):
            Handler(session, one_of(cast, number), case).take()
        ids = [case.id for case in cases]

    def decide(session: Session, number: int) -> None:
        case = session.get_one(ServiceCase, ids[number])
        Handler(session, one_of(cast, number), case).decide()

    assert count(database, Hold.ended_at.is_(None)) == 1
    assert two_before_either_commits(database, decide) == ["done", "done"]
    assert count(database, Hold.ended_at.is_(None)) == 0


def test_a_second_look_is_asked_for_once(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        Handler(session, cast.zhou_min, case_of(session)).take().decide()
    found = at_once(
        database,
        lambda session, _: ask_second_look(
            session, borrower_actor(cast.li_na), case=case_of(session), today=TODAY, zone=ZONE, now=NOW
        ),
    )
    assert found == {"done": AT_ONCE}
    assert count(database, Event.name == "service:second_look_asked") == 1
    assert count(database, Hold.ended_at.is_(None)) == 1


def test_the_lender_s_answer_is_noted_once(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        Handler(session, cast.zhou_min, case_of(session)).take().ask_lender(
            session.scalars(select(Loan)).one()
        )

    def answer(session: Session, number: int) -> None:
        said = (CorrectionAnswer.CORRECTED, CorrectionAnswer.REFUSED)[number % 2]
        request = session.scalars(select(CorrectionRequest)).one()
        answer_request(session, SYSTEM, request=request, answer=said, words="", now=NOW)

    assert at_once(database, answer) == {"done": AT_ONCE // 2, "request_answered": AT_ONCE // 2}
    assert count(database, Event.name == "correction:answered") == 1


def test_of_two_last_answers_at_once_the_later_one_ends_the_wait(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        zhou_min, loan = (
            Handler(session, cast.zhou_min, case_of(session)).take(),
            session.scalars(select(Loan)).one(),
        )
        ids = [zhou_min.ask_lender(loan, should_be=text).id for text in ("300.00", "400.00")]

    def answer(session: Session, number: int) -> None:
        request = session.get_one(CorrectionRequest, ids[number])
        said = CorrectionAnswer.CORRECTED
        answer_request(session, SYSTEM, request=request, answer=said, words="", now=NOW)

    assert two_before_either_commits(database, answer) == ["done", "done"]
    assert count(database, ServiceCase.waits_for == "us") == 1


def test_a_hold_that_takes_two_is_ended_by_two_whoever_is_quick(database: Database, cast: Cast) -> None:
    wish = HoldWish(kind=HoldKind.DECEASED, evidence=Evidence.PAPER_SEEN.value, note="看到了证明。")
    with transaction(database.engine) as session:
        loan = session.scalars(select(Loan)).one()
        set_hold(session, staff_actor(cast.zhou_min), loan=loan, wish=wish, today=TODAY, now=NOW)

    def hold_of(session: Session) -> Hold:
        return session.scalars(select(Hold).where(Hold.kind == HoldKind.DECEASED.value)).one()

    def ask(session: Session, number: int) -> None:
        actor = staff_actor(one_of(cast, number))
        end_hold_by_hand(session, actor, hold=hold_of(session), reason=EndReason.OVER, now=NOW)

    def agree(session: Session, number: int) -> None:
        confirm_hold_end(session, staff_actor(one_of(cast, number)), hold=hold_of(session), now=NOW)

    assert at_once(database, ask) == {"done": AT_ONCE // 2, "hold_end_asked_already": AT_ONCE // 2}
    found = at_once(database, agree)
    assert found["done"] == AT_ONCE // 2
    assert set(found) <= {"done", "hold_end_needs_another", "hold_over"}
    with transaction(database.engine, writes=False) as session:
        hold = hold_of(session)
        assert hold.ended_by is not None
        assert hold.ended_by != hold.end_asked_by
    assert count(database, Event.name == "hold:ended") == 1


def test_a_borrower_writes_while_the_case_is_decided(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both write case and thread: who comes second waits, and a decision that did not know the message is not made."""
    with transaction(database.engine) as session:
        Handler(session, cast.zhou_min, case_of(session)).take()
    case_is_locked, turn = Moment(), threads._turn

    def turn_slowly(*given: Any) -> None:
        if given[1].kind is ActorKind.BORROWER:
            case_is_locked.wait(1)
        turn(*given)

    monkeypatch.setattr(threads, "_turn", turn_slowly)

    def lock(session: Session) -> ServiceCase:
        case = case_of(session)
        session.refresh(case, with_for_update=True)
        case_is_locked.set()
        return case

    def decide(session: Session, _: object) -> None:
        time.sleep(0.3)
        Handler(session, cast.zhou_min, lock(session)).decide(
            Outcome.NOT_UPHELD, CaseReason.PAYMENT_NOT_FOUND, NOT_FOUND, row_version=2
        )

    def write(session: Session, _: object) -> None:
        written = WrittenMessage(form_key="", body="我又找到了一张凭证。")
        threads.post_message(
            session, borrower_actor(cast.li_na), about=case_of(session), written=written, now=NOW
        )

    done = two_that_hold_a_lock_each(database, (lambda _: None, decide), (lambda _: None, write))
    assert done in (["case_moved", "done"], ["done", "done"])


def test_nobody_is_given_a_case_whose_account_is_being_ended(database: Database, cast: Cast) -> None:
    """Read before, as the page does; the account ends in between."""
    with transaction(database.engine) as session:
        Handler(session, cast.zhou_min, case_of(session)).take()

    def hand_over(session: Session, to: StaffMember) -> None:
        hand_over_service_case(
            session,
            staff_actor(cast.zhou_min),
            case=case_of(session),
            to=to,
            reason=HandOverReason.BETTER_PLACED,
            now=NOW,
        )

    done = two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_account(session, cast.wu_yan.number, is_locked=True),
            lambda session, _: disable_staff_member(session, SYSTEM, login="wu.yan", now=NOW),
        ),
        (lambda session: session.get_one(StaffMember, cast.wu_yan.id), hand_over),
    )
    assert done in (["done", "colleague_cannot_handle"], ["done", "done"])
    assert count(database, ServiceCase.owner_id == cast.wu_yan.id) == 0
