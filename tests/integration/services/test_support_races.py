"""Two windows, two agents, two phones at once, on both databases: a call, its wrap-up, its number, a guide's version are had once."""

from datetime import timedelta

import pytest
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.call_outcomes import TaskState
from portal.domain.guide import Situation
from portal.domain.message_lint import WordingRules
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.support_supervision import Verdict
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import (
    Borrower,
    CallTask,
    Event,
    GuideVersion,
    Loan,
    StaffMember,
    SupportCall,
    SupportEscalation,
    SupportWrapUp,
)
from portal.services.guides import WrittenGuide, write_guide
from portal.services.support_supervision import answer_escalation, read_again
from tests.databases import Database
from tests.people import NOW, TODAY, Cast, add_borrower, add_cast, add_loan, change_policy
from tests.races import AT_ONCE, at_once, count
from tests.support_stories import OnTheLine, staff_actor

CEILING = 3


@pytest.fixture
def cast(database: Database) -> Cast:
    """李娜 has a loan; at most three borrowers a day, and each call is read again."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        add_loan(session, cast.li_na, ref="L-1001")
        support = {**DEFAULT_POLICY["support"], "borrowers_a_day": CEILING, "share_per_mille": 1000}
        change_policy(session, support=support)
    return cast


def line_of(session: Session, cast: Cast, borrower: Borrower | None = None) -> OnTheLine:
    agent = session.get_one(StaffMember, cast.chen_chen.id)
    return OnTheLine(session, agent, session.get_one(Borrower, (borrower or cast.li_na).id))


def call_of(session: Session) -> SupportCall:
    return session.scalars(select(SupportCall)).one()


def test_of_an_agents_windows_one_starts_a_call(database: Database, cast: Cast) -> None:
    found = at_once(database, lambda session, _number: line_of(session, cast).start())
    assert found.pop("done") == 1
    assert found.keys() <= {"support_call_open", "support_wrap_up_missing"}
    assert count(database, Event.name == "support:opened") == count(database, SupportCall.id > 0) == 1


def test_a_call_is_wrapped_up_once_with_one_promise(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        line_of(session, cast).proven()

    def wrap_up(session: Session, number: int) -> None:
        line_of(session, cast).wrap_up(
            call_of(session),
            SupportOutcome.PROMISE,
            follows=frozenset({Follow.PROMISE}),
            loan_id=session.scalars(select(Loan.public_id)).one(),
            amount=f"{10 + number}",
            due_on=TODAY + timedelta(days=2),
        )

    assert at_once(database, wrap_up) == {"done": 1, "support_wrapped_up": AT_ONCE - 1}
    assert count(database, SupportWrapUp.call_id > 0) == count(database, CallTask.id > 0) == 1
    assert count(database, Event.name == "support:wrapped_up") == 1
    assert count(database, Event.name == "call:promised") == 1
    assert count(database, CallTask.state == TaskState.OPEN.value) == 1


def test_no_more_borrowers_a_day_than_the_ceiling(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        others = [
            add_borrower(session, f"第{number}位", mobile=f"+86139001390{number:02}", id_last4="3003")
            for number in range(AT_ONCE)
        ]

    def call_all(session: Session, number: int) -> None:
        line = line_of(session, cast, others[number])
        line.wrap_up(line.start())

    found = at_once(database, call_all)
    for _ in range(AT_ONCE):
        found += at_once(database, call_all)
    assert found["done"] >= CEILING
    assert "support_ceiling_reached" in found
    with transaction(database.engine, writes=False) as session:
        borrowers = session.scalar(select(func.count(distinct(SupportCall.sought_borrower_id))))
    assert borrowers == CEILING
    assert count(database, Event.name == "support:ceiling_reached") == 1


def test_a_pairing_number_is_entered_once(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        line = line_of(session, cast)
        call = line.start()
        line.say(call)
        number = line.number(call)
    said: list[str | None] = []

    def enter(session: Session, _number: int) -> None:
        said.append(line_of(session, cast).enter(number))

    assert at_once(database, enter) == {"done": AT_ONCE}
    assert said.count(None) == 1
    assert count(database, Event.name == "support:entered") == 1


def test_two_borrowers_who_enter_it_have_no_call(database: Database, cast: Cast) -> None:
    """Whoever is first: the second ends it, and neither sees the other's."""
    with transaction(database.engine) as session:
        line = line_of(session, cast)
        call = line.start(typed="")
        line.say(call)
        number = line.number(call)
    both = (cast.li_na, cast.wang_qiang)

    def enter(session: Session, which: int) -> None:
        line_of(session, cast, both[which % 2]).enter(number)

    at_once(database, enter)
    with transaction(database.engine, writes=False) as session:
        call = call_of(session)
        assert call.ended_by == "other_borrower"
        assert call.level == "none"
    assert count(database, Event.name == "support:ended") == 1


def test_a_version_of_the_guide_is_written_by_one(database: Database, cast: Cast) -> None:
    def write(session: Session, number: int) -> None:
        written = WrittenGuide(
            stage="any",
            situation=Situation.UPSET,
            says={
                "zh_CN": f"您慢慢说，我在听（{number}）。",
                "en": f"Take your time, I am listening ({number}).",
            },
            avoids={"zh_CN": "不催促。", "en": "Do not hurry anybody."},
            steps=["draft_plan"],
            after=0,
        )
        write_guide(
            session,
            staff_actor(cast.wu_yan),
            written=written,
            rules=WordingRules(forbidden=[], private=[], opt_out=[]),
            now=NOW,
        )

    assert at_once(database, write) == {"done": 1, "guide_moved": AT_ONCE - 1}
    assert count(database, GuideVersion.id > 0) == count(database, Event.name == "guide:written") == 1


def test_an_escalation_is_answered_and_a_call_read_again_by_one(database: Database, cast: Cast) -> None:
    with transaction(database.engine) as session:
        line = line_of(session, cast)
        said = {"escalation": "settlement", "explanation": "想一次结清一部分。"}
        line.wrap_up(line.proven(), SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **said)

    def answer(session: Session, number: int) -> None:
        escalation = session.scalars(select(SupportEscalation)).one()
        answer_escalation(
            session,
            staff_actor(cast.wu_yan),
            escalation=escalation,
            answer=f"已经联系（{number}）。",
            now=NOW,
        )

    def read(session: Session, number: int) -> None:
        read_again(
            session,
            staff_actor(cast.wu_yan),
            call=call_of(session),
            verdict=Verdict.IMPROVE.value,
            remark=f"第{number}遍",
            now=NOW,
        )

    assert at_once(database, answer) == {"done": 1, "escalation_answered": AT_ONCE - 1}
    assert at_once(database, read) == {"done": 1, "read_already": AT_ONCE - 1}
    assert count(database, Event.name == "support:escalation_answered") == 1
    assert count(database, Event.name == "support:read_again") == 1
