"""Many sign in at once: nobody who reads waits for them, and whoever does not fit is asked to wait."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, QueuePool, select

from portal.adapters.passwords import Argon2Passwords
from portal.models import RateCount
from portal.web.review.sign_in import RETRY_SECONDS
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import NewClient, events_of, sign_in_data
from tests.people import Cast

PAGE = "/desk/sign-in"


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


def with_passwords(app: Flask, passwords: Argon2Passwords) -> None:
    app.extensions["portal"] = replace(app.extensions["portal"], passwords=passwords)


@pytest.mark.parametrize("login", ["zhou.min", "nobody"])
def test_a_full_line_is_told_calmly_and_costs_no_try(
    app: Flask, new_client: NewClient, cast: Cast, clock: HandClock, writing: Writing, login: str
) -> None:
    usual = app.extensions["portal"].passwords
    with_passwords(app, Argon2Passwords(at_once=0, in_line=0))
    client = new_client()
    answer = client.submit(PAGE, sign_in_data(login, clock.now()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, RETRY_SECONDS)
    assert "现在登录的人很多" in answer.text
    with writing() as session:
        assert session.scalars(select(RateCount.bucket).where(RateCount.bucket.like("staff:%"))).all() == []
    assert events_of(writing, "staff:sign_in_refused") == []
    with_passwords(app, usual)
    status = client.submit(PAGE, sign_in_data(login, clock.now())).status_code
    assert status == (303 if login == "zhou.min" else 422)


class WatchedPasswords(Argon2Passwords):
    """Notes how many connections are in use while it compares."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._pool, self.in_use = engine.pool, list[int]()

    def verify(self, kept: str | None, password: str) -> bool:
        assert isinstance(self._pool, QueuePool)
        self.in_use.append(self._pool.checkedout())
        return super().verify(kept, password)


def test_nothing_of_the_database_is_held_while_a_password_is_compared(
    app: Flask, client: CheckedClient, cast: Cast, clock: HandClock, database: Database
) -> None:
    watched = WatchedPasswords(database.engine)
    with_passwords(app, watched)
    before = database.engine.pool.checkedout()  # type: ignore[attr-defined]
    assert client.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 303
    assert watched.in_use == [before]
