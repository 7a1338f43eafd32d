"""Whether somebody is known can be told neither by what an answer costs nor by how long it takes.

What it costs, statement by statement, is compared always; time only in the long form, by the area under the curve that sorts times
into two kinds: known and unknown are asked in turns, so that what else the machine does meets both alike, and 0.5 is a coin.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event

from portal.adapters.passwords import Argon2Passwords
from portal.models import RateCount, StaffMember
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import form_token, visit
from tests.people import NOW, PASSWORD, Cast

PAIRS = 600
FULL = {"": 0, "code:everywhere": 50_000, "code:nobody": 50_000}
"""The budgets of codes: none used up, the one of real numbers, and the one of numbers that nobody has."""
BAND = 0.05
DOORS = {"borrowers": "/sign-in", "staff": "/desk/sign-in"}
PAGES = {**DOORS, "numbers": "/new-number"}


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


class CountedPasswords(Argon2Passwords):
    """Notes each comparison among what an answer costs."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self.said = said

    def verify(self, kept: str | None, password: str) -> bool:
        self.said.append("a password is compared")
        return super().verify(kept, password)


def typed(where: str, cast: Cast, *, is_known: bool) -> Mapping[str, str]:
    """The same two at every turn: a number that was asked for before has an earlier code to be replaced, whoever it belongs to."""
    if where == "borrowers":
        return {"mobile": cast.li_na.mobile.removeprefix("+86") if is_known else "13800000000"}
    login = "zhou.min" if is_known else "nobody.s"
    return {"login": login, "password": "not the password at all", "code": "123456"}


def send(client: CheckedClient, where: str, data: Mapping[str, str], token: str) -> None:
    """Past the client's own reading of the page, which takes longer for a page that it has not seen: one with another login typed."""
    answer = FlaskClient.open(client, PAGES[where], method="POST", data={**data, "csrf_token": token})
    assert answer.status_code in {303, 422, 429}


def work_of(
    app: Flask, database: Database, client: CheckedClient, where: str, data: Mapping[str, str]
) -> list[str]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(
            statement.replace("ROLLBACK TO", "RELEASE")
        )  # either ends what is kept for the time being

    token = form_token(client, PAGES[where])
    app.extensions["portal"] = replace(app.extensions["portal"], passwords=CountedPasswords(said))
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        send(client, where, data, token)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return said


@pytest.mark.parametrize("where", DOORS)
def test_an_answer_costs_the_same_for_a_known_number_and_an_unknown_one(
    app: Flask, cast: Cast, database: Database, where: str
) -> None:
    known, unknown = (
        work_of(app, database, visit(app), where, typed(where, cast, is_known=is_known))
        for is_known in (True, False)
    )
    assert len(known) > 3
    assert known.count("a password is compared") == (where == "staff")
    assert known == unknown


@pytest.mark.parametrize("budget", FULL)
def test_an_order_of_a_code_costs_the_same_whichever_budget_is_used_up(
    app: Flask, cast: Cast, database: Database, writing: Writing, budget: str
) -> None:
    with writing() as session:
        session.add(RateCount(bucket=budget or "x", window_started_at=NOW, count=FULL[budget] + 1))
    known, unknown = (
        work_of(app, database, visit(app), "borrowers", typed("borrowers", cast, is_known=is_known))
        for is_known in (True, False)
    )
    assert known == unknown


@pytest.mark.parametrize("budget", FULL)
def test_a_wish_for_a_number_costs_the_same_for_a_right_ending_and_a_wrong_one(
    app: Flask, cast: Cast, database: Database, writing: Writing, budget: str
) -> None:
    with writing() as session:
        session.add(RateCount(bucket=budget or "x", window_started_at=NOW, count=FULL[budget] + 1))
    given = (
        (cast.li_na.mobile, cast.li_na.id_last4),
        (cast.li_na.mobile, "0000"),
        ("+8613800000000", cast.li_na.id_last4),
    )
    right, wrong, unknown = (
        work_of(
            app,
            database,
            visit(app),
            "numbers",
            {"old": old, "ending": ending, "new": f"1370013700{number}"},
        )
        for number, (old, ending) in enumerate(given)
    )
    assert len(right) > 5
    assert right == wrong == unknown


def area(known: list[float], unknown: list[float]) -> float:
    """The share of pairs in which the known one took longer."""
    longer = sum((one > other) + 0.5 * (one == other) for one in known for other in unknown)
    return longer / (len(known) * len(unknown))


def test_the_area_tells_a_difference() -> None:
    assert area([2.0, 3.0], [1.0, 1.5]) == pytest.approx(1.0)
    assert area([1.0, 2.0], [1.0, 2.0]) == pytest.approx(0.5)


@pytest.mark.parametrize("where", DOORS)
def test_the_time_of_an_answer_tells_no_known_number_from_an_unknown_one(
    app: Flask, cast: Cast, writing: Writing, clock: HandClock, where: str, is_long: bool
) -> None:
    if not is_long:
        pytest.skip("time is measured by bin/test --slow alone")
    with writing() as session:
        session.get_one(StaffMember, cast.zhou_min.id).password_hash = Argon2Passwords().hash(PASSWORD)
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(PAIRS):
        for is_known in (True, False) if turn % 2 else (False, True):
            client = visit(app)
            token = form_token(client, DOORS[where])
            began = time.perf_counter()
            send(client, where, typed(where, cast, is_known=is_known), token)
            took[is_known].append(time.perf_counter() - began)
        clock.move_on(seconds=timedelta(days=1).total_seconds())
        with writing() as session:
            session.execute(delete(RateCount))
    assert abs(area(took[True], took[False]) - 0.5) <= BAND
