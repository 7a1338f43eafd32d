"""No act can be sent in somebody's name from elsewhere; and none is stopped where a browser strips the Referer."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.domain.permissions import Role
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import ROLES, Cell, cells
from tests.integration.web.worlds import World, build_world, changed, form_token, snapshot, visit

Attack = Callable[[CheckedClient, Cell, str, str], TestResponse]

FOREIGN = {
    "another origin": {"Origin": "https://evil.example"},
    "a name that begins like ours": {"Origin": "https://localhost.evil.example"},
    "another port": {"Origin": "http://localhost:9999"},
    "no address at all": {"Origin": "http://["},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "another origin that says it is the same": {
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "same-origin",
    },
}
OUR_OWN = {
    "no header at all": {},
    "no referer, our origin": {"Origin": "http://localhost"},
    "a referer cut to the origin": {"Referer": "http://localhost/"},
    "a browser that says same-origin": {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
}


OF_NO_SESSION = frozenset({"public.sms_receipts"})
"""Called by a machine that nobody is signed in at: a key in the address lets it in (``test_receipts.py``)."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


def _acts(app: Flask, world: World) -> list[Cell]:
    return [
        cell for cell in cells(app, world) if cell.method == "POST" and cell.endpoint not in OF_NO_SESSION
    ]


def _client_for(app: Flask, world: World, cell: Cell) -> CheckedClient:
    """Somebody to whom the view opens, with a new session."""
    if cell.endpoint in ROLES:
        return visit(app, staff=world.staff[Role.APPROVER])
    return visit(app, borrower=world.cast.li_na.id)


def _send(client: CheckedClient, cell: Cell, token: str | None, **headers: str) -> TestResponse:
    data = {} if token is None else {"csrf_token": token}
    return client.post(cell.path, data=data, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("kind", ["no token", "an empty token", "a wrong token", "another session's token"])
def test_without_the_sessions_own_token_nothing_is_done(
    app: Flask, world: World, database: Database, kind: str
) -> None:
    faults = []
    before = snapshot(database.engine, but=frozenset({"web_session"}))
    for cell in _acts(app, world):
        client = _client_for(app, world, cell)
        own = form_token(client, cell.path)
        tokens = {
            "no token": None,
            "an empty token": "",
            "a wrong token": own[:9] + ("A" if own[9] != "A" else "B") + own[10:],
            "another session's token": form_token(_client_for(app, world, cell), cell.path),
        }
        answer = _send(client, cell, tokens[kind])
        if answer.status_code != 400:
            faults.append(f"{cell}: {answer.status_code}")
    assert faults == []
    assert changed(before, snapshot(database.engine, but=frozenset({"web_session"}))) == []


@pytest.mark.parametrize("kind", FOREIGN)
def test_from_elsewhere_nothing_is_done_even_with_the_right_token(
    app: Flask, world: World, database: Database, kind: str
) -> None:
    faults = []
    before = snapshot(database.engine, but=frozenset({"web_session"}))
    for cell in _acts(app, world):
        client = _client_for(app, world, cell)
        answer = _send(client, cell, form_token(client, cell.path), **FOREIGN[kind])
        if answer.status_code != 400:
            faults.append(f"{cell}: {answer.status_code}")
    assert faults == []
    assert changed(before, snapshot(database.engine, but=frozenset({"web_session"}))) == []


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("path", ["/support-call/end", "/desk/calls/next"])
def test_from_elsewhere_nobody_is_led_to_the_sign_in(app: Flask, world: World, kind: str, path: str) -> None:
    """A browser leaves the cookie out: to us it is a form that nobody is signed in for."""
    answer = visit(app).post(f"{path}?a=b", data={"words": "of the other site"}, headers=FOREIGN[kind])
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "of the other site" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", OUR_OWN)
def test_from_our_own_pages_it_is_let_in_with_and_without_a_referer(
    app: Flask, world: World, kind: str
) -> None:
    faults = []
    for cell in _acts(app, world):
        client = _client_for(app, world, cell)
        answer = _send(client, cell, form_token(client, cell.path), **OUR_OWN[kind])
        if answer.status_code == 400:
            faults.append(str(cell))
    assert faults == []


def test_over_https_no_referer_is_asked_for_either(app: Flask, world: World) -> None:
    client = visit(app, borrower=world.cast.li_na.id)
    token = form_token(client, "/")
    answer = client.post(
        "/language", data={"csrf_token": token, "language": "en"}, base_url="https://localhost"
    )
    assert answer.status_code == 303


def test_the_token_stands_in_the_form_and_nowhere_else(app: Flask, world: World) -> None:
    client = visit(app, borrower=world.cast.li_na.id)
    token = form_token(client, "/")
    assert client.post(f"/language?csrf_token={token}", data={"language": "en"}).status_code == 400


def test_the_scripts_of_a_page_may_send_it_in_a_header(app: Flask, world: World) -> None:
    client = visit(app, staff=world.staff[Role.APPROVER])
    path = f"/desk/cases/{world.things['waiting']}/heartbeat"
    answer = client.post(path, headers={"X-CSRFToken": form_token(client, path)})
    assert answer.status_code == 409
