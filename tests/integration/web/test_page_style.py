"""Every page tells its style sheet before it begins, and nothing else does."""

import re

import pytest
from flask import Flask

from portal.domain.permissions import Role
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import cells, client_of
from tests.integration.web.worlds import build_world

_SHEET = re.compile(r'<link rel="stylesheet" href="(/static/css/portal\.css[^"]*)">')


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.mark.parametrize("who", ["nobody", "owner", Role.APPROVER])
def test_the_header_names_the_sheet_of_the_page_it_stands_over(
    app: Flask, writing: Writing, who: str
) -> None:
    world = build_world(writing)
    client, pages, faults = client_of(app, world, who), 0, []
    for cell in cells(app, world):
        if cell.method != "GET":
            continue
        answer = client.get(cell.path)
        sheet = _SHEET.search(answer.get_data(as_text=True)) if answer.mimetype == "text/html" else None
        wanted = f"<{sheet[1]}>; rel=preload; as=style" if sheet else None
        pages += sheet is not None
        if answer.headers.get("Link") != wanted:
            faults.append(f"{cell} {answer.status_code}: {answer.headers.get('Link')}")
    assert faults == []
    assert pages > 0


def test_what_is_no_page_names_none(client: CheckedClient) -> None:
    for path in ("/static/js/portal.js", "/healthz", "/"):
        answer = client.get(path)
        assert answer.status_code in {200, 303}
        assert "Link" not in answer.headers


def test_a_page_that_says_that_there_is_none_names_it_as_well(client: CheckedClient) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert re.fullmatch(
        r"</static/css/portal\.css\?v=[0-9a-f]{12}>; rel=preload; as=style", answer.headers["Link"]
    )
