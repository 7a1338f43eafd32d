"""Whatever a field or an address holds, the answer is a page: never a fault of the server."""

import pytest
from flask import Flask

from portal.domain.permissions import Role
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import ANYBODYS, ROLES, Cell, cells, client_of
from tests.integration.web.worlds import World, build_world, form_token

HOSTILE = ("\x00", "sNaN", "9" * 5000, "²", "2026-W45-1", "𠮷\u202e", "{{ 7 * 7 }}")
QUERY = ("next", "code", "after", "before", "kind", "reason", "mine", "page", "v", "on", "sum", "sums")
FIELDS = (
    "plan",
    "code",
    "monthly",
    "amount",
    "reason",
    "choice",
    "next",
    "language",
    "version",
    "content_hash",
    "wish",
    "day",
)


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


def forms(client: CheckedClient, cell: Cell) -> dict[str, str]:
    """The fields of the form that goes to the cell's address, blank where none is shown."""
    names = dict.fromkeys(FIELDS, "")
    page = client.get(cell.path)
    if page.status_code == 200:
        for action in (cell.path, None):
            try:
                return names | form_of(page.get_data(as_text=True), action)[1]
            except AssertionError:
                continue
    return names


def visitor(app: Flask, world: World, cell: Cell) -> CheckedClient:
    """Somebody to whom the page is open."""
    if cell.endpoint in ANYBODYS:
        return client_of(app, world, "nobody")
    return client_of(app, world, Role.SUPERVISOR if cell.endpoint in ROLES else "owner")


def test_no_field_of_any_form_breaks_its_page(app: Flask, world: World) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    faults = []
    for cell in (cell for cell in cells(app, world) if cell.method == "POST"):
        names = forms(visitor(app, world, cell), cell)
        for value in HOSTILE:
            client = visitor(app, world, cell)
            token = {"csrf_token": form_token(client, cell.path)}
            answer = client.post(cell.path, data=dict.fromkeys(names, value) | token)
            if answer.status_code >= 500:
                faults.append(f"{cell}, {value[:20]!r}: {answer.status_code}")
    assert faults == []


def test_no_query_of_any_address_breaks_its_page(app: Flask, world: World) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    faults = []
    for cell in (cell for cell in cells(app, world) if cell.method == "GET"):
        for value in HOSTILE:
            answer = visitor(app, world, cell).get(cell.path, query_string=dict.fromkeys(QUERY, value))
            if answer.status_code >= 500:
                faults.append(f"{cell}, {value[:20]!r}: {answer.status_code}")
    assert faults == []


def test_a_null_character_is_refused_in_whichever_value_of_a_name(app: Flask, world: World) -> None:
    client = client_of(app, world, "nobody")
    token = form_token(client, "/message-check")
    typed = {"csrf_token": token, "message": ["x", "\0"]}
    assert client.post("/message-check", data=typed).status_code == 400
    assert client.get("/check?page=1&page=%00").status_code == 400
