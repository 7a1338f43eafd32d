"""Many decide at once who have all read the case before one of them wrote: each of the two guards is enough without the other.

As the portal is, nobody writes upon such a view: PostgreSQL holds the loan's row from the reading on, SQLite lets one write at a time
(`test_race.py`). Here the reading is taken out of that order, so that the guards behind it are alone.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from portal.db import POOL_SIZE, transaction
from portal.models import Agreement, Decision, Proposal
from portal.queries.proposals import CaseToDecide, find_case_to_decide
from portal.services import counters, deciding, decisions, proposals, questions
from portal.services.deciding import CaseInHand
from portal.services.moves import move_proposal
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, status_of
from tests.integration.web.review.test_race import approval, cookie_of, count, events
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast
from tests.stories import send_out
from tests.wire import Shot, answering, fire_all

pytestmark = pytest.mark.slow
AT_ONCE, LONG_AT_ONCE = 24, 100
WHO_AND_WHEN = ("此件已有审批结果", "2026年11月2日 10:0")


class ReadBefore:
    """The case as it stood before anybody decided, given to everybody who opens it."""

    def __init__(self, engine: Engine, proposal_id: int, *, do_meet: bool) -> None:
        with transaction(engine, writes=True) as session:
            found = find_case_to_decide(session, proposal_id)
            assert found is not None
            session.expunge_all()
        self._found: CaseToDecide = found
        self._meeting = Barrier(POOL_SIZE) if do_meet else None
        self.met = 0

    def open(self, session: Session, *_: Any) -> CaseInHand:
        """Stands for ``open_for_decision``; where several may write at once, the first come are all there before one goes on."""
        case = self._found
        assert case.version is not None
        assert case.item is not None
        if self._meeting is not None:
            with suppress(BrokenBarrierError):
                self._meeting.wait(5)
                self.met += 1
        return CaseInHand(
            session.merge(case.proposal, load=False),
            session.merge(case.version, load=False),
            session.merge(case.loan, load=False),
            session.merge(case.item, load=False),
        )

    def move(self, session: Session, _: Proposal, *line: Any, **values: Any) -> Any:
        """Stands for ``move_proposal`` where a borrower takes the proposal back."""
        return move_proposal(session, session.merge(self._found.proposal, load=False), *line, **values)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    with answering(app) as port:
        yield port


@pytest.fixture
def read_before(
    database: Database, case: Case, holder: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> ReadBefore:
    """From here on nobody sees what became of the case; ``holder`` has taken it."""
    view = ReadBefore(database.engine, case.id, do_meet=database.kind == "postgresql")
    for module in (decisions, counters, questions):
        monkeypatch.setattr(module, "open_for_decision", view.open)
    monkeypatch.setattr(proposals, "move_proposal", view.move)
    return view


def declining(holder: CheckedClient, case: Case, port: int) -> Shot:
    _, fields = form_of(holder.get(f"{case.url}/decline").text)
    typed = {**fields, "reason": "term_too_long", "would_accept": "分 12 期"}
    return Shot(port, f"{case.url}/decline", cookie_of(holder), typed)


def without_the_constraint(database: Database) -> None:
    with transaction(database.engine) as session:
        session.execute(text("DROP INDEX uq_decision_round"))


def live(writing: Writing) -> int:
    with writing() as session:
        states = ["waits_second", "held", "sent"]
        return (
            session.scalar(select(func.count()).select_from(Decision).where(Decision.state.in_(states))) or 0
        )


@pytest.mark.parametrize("guard", ["the version", "the constraint"])
def test_of_many_who_decline_upon_an_old_view_one_decides_by_either_guard_alone(
    database: Database,
    case: Case,
    holder: CheckedClient,
    read_before: ReadBefore,
    port: int,
    writing: Writing,
    monkeypatch: pytest.MonkeyPatch,
    is_long: bool,
    guard: str,
) -> None:
    many, shot = LONG_AT_ONCE if is_long else AT_ONCE, declining(holder, case, port)
    if guard == "the version":
        without_the_constraint(database)
    else:
        monkeypatch.setattr(deciding, "keep_still", lambda *_, **__: None)
    answers = fire_all([shot] * many)
    assert Counter(status for status, _ in answers) == {303: 1, 409: many - 1}
    assert all(words in body for status, body in answers if status == 409 for words in WHO_AND_WHEN)
    assert count(writing, Decision) == events(writing, "decision:held") == 1
    assert events(writing, "decision:refused") == many - 1
    assert read_before.met >= (POOL_SIZE if database.kind == "postgresql" else 0)


def test_of_many_who_approve_upon_an_old_view_one_decides_by_the_version_alone(
    database: Database,
    case: Case,
    holder: CheckedClient,
    read_before: ReadBefore,
    port: int,
    writing: Writing,
    is_long: bool,
) -> None:
    many, shot = LONG_AT_ONCE if is_long else AT_ONCE, approval(holder, case, port)
    without_the_constraint(database)
    answers = fire_all([shot] * many)
    assert Counter(status for status, _ in answers) == {303: 1, 409: many - 1}
    assert count(writing, Agreement) == count(writing, Decision) == events(writing, "plan:approved") == 1
    assert read_before.met >= (POOL_SIZE if database.kind == "postgresql" else 0)


def test_of_four_ways_upon_an_old_view_one_is_gone(
    app: Flask,
    database: Database,
    cast: Cast,
    case: Case,
    holder: CheckedClient,
    read_before: ReadBefore,
    port: int,
    writing: Writing,
    is_long: bool,
) -> None:
    approve, decline = approval(holder, case, port), declining(holder, case, port)
    counter_fields = form_of(holder.get(f"{case.url}/counter").text)[1]
    typed = {**counter_fields, "installments": "12", "reason": "smaller_payments", "letter": "您好。"}
    counter = Shot(port, f"{case.url}/counter", approve.cookie, typed)
    li_na, path = visit(app, borrower=cast.li_na.id), f"/proposals/{case.public_id}/withdraw"
    withdraw_fields = form_of(li_na.get(path).text)[1]
    cookie = li_na.get_cookie("__Host-portal")
    assert cookie is not None
    withdraw = Shot(port, path, f"__Host-portal={cookie.value}", withdraw_fields)
    many = LONG_AT_ONCE if is_long else AT_ONCE
    answers = fire_all([approve, decline, counter, withdraw] * (many // 4))
    assert {status for status, _ in answers} <= {303, 409}
    with writing() as session:
        send_out(session, now=NOW + timedelta(hours=1))
    end = status_of(writing, case)
    ends = ("plan:approved", "plan:declined", "plan:countered", "plan:withdrawn")
    assert {name for name in ends if events(writing, name)} == {f"plan:{end}"}
    assert sum(events(writing, name) for name in ends) == 1
    assert count(writing, Agreement) == (end == "approved")
    assert live(writing) == count(writing, Decision) == (end != "withdrawn")
