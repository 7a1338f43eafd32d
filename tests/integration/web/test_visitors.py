"""Visitors who are not signing in leave no row: what their forms need travels in a signed cookie."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.models import WebSession
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.people import Cast

Rows = Callable[[], int]


@pytest.fixture
def rows(writing: Writing) -> Rows:
    def rows() -> int:
        with writing() as session:
            return session.scalar(select(func.count()).select_from(WebSession)) or 0

    return rows


def _cookie(client: CheckedClient, name: str = "__Host-portal") -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("page", ["/sign-in", "/desk/sign-in", "/check", "/no-such-page", "/", "/health"])
def test_looking_around_leaves_no_row(client: CheckedClient, rows: Rows, page: str) -> None:
    client.get(page)
    client.get(page)
    assert rows() == 0


def test_asking_for_a_code_makes_the_first_row(client: CheckedClient, cast: Cast, rows: Rows) -> None:
    answer = client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    assert answer.status_code == 303
    assert rows() == 1


def test_a_form_opened_by_a_visitor_can_be_sent(client: CheckedClient) -> None:
    assert client.submit("/sign-in", {"mobile": "abc"}).status_code == 422


def test_a_visitors_token_opens_no_other_visitors_form(app: Flask) -> None:
    mine, theirs = app.test_client(), app.test_client()
    _, fields = form_of(theirs.get("/sign-in").get_data(as_text=True))
    mine.get("/sign-in")
    assert mine.post("/sign-in", data=fields | {"mobile": "abc"}).status_code == 400


@pytest.mark.parametrize("place", [0, 10, -5])
def test_a_visitors_cookie_with_one_character_changed_is_no_session(
    client: CheckedClient, place: int
) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
    value = _cookie(client)
    changed = chr(ord(value[place]) ^ 1)
    client.set_cookie("__Host-portal", f"{value[:place]}{changed}{value[place:][1:]}")
    assert client.post("/sign-in", data=fields | {"mobile": "abc"}).status_code == 400


def test_a_visitors_cookie_of_one_audience_is_none_of_the_other(client: CheckedClient) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
    client.set_cookie("__Host-desk", _cookie(client))
    answer = client.post("/desk/sign-in", data=fields | {"login": "x"})
    assert answer.status_code == 400


def test_a_visitors_form_can_be_sent_hours_later_but_not_the_next_day(
    client: CheckedClient, clock: HandClock
) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
    clock.move_on(hours=3, minutes=59)
    assert client.post("/sign-in", data=fields | {"mobile": "abc"}).status_code == 422
    clock.move_on(hours=9)
    assert client.post("/sign-in", data=fields | {"mobile": "abc"}).status_code == 400


def test_who_keeps_looking_around_keeps_the_same_token(client: CheckedClient, clock: HandClock) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
    for _ in range(6):
        clock.move_on(hours=2)
        client.get("/sign-in")
    assert client.post("/sign-in", data=fields | {"mobile": "abc"}).status_code == 422


def test_a_session_with_a_row_is_never_made_from_a_visitors_cookie(
    client: CheckedClient, cast: Cast, rows: Rows
) -> None:
    client.get("/sign-in")
    before = _cookie(client)
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    assert _cookie(client) != before
    client.set_cookie("__Host-portal", before)
    assert client.get("/sign-in/code").location == "/sign-in"
