"""The demo's own pages: who can sign in and with what; and that there is none of it elsewhere."""

import re
from pathlib import Path

import pytest
from flask import Flask

from portal import create_app
from portal.adapters.time_codes import PyotpTimeCodes
from portal.config import DEMO_PASSWORD, Config
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.people import TOTP_SECRET, Cast, add_loan


def test_the_first_page_leads_everywhere(client: CheckedClient) -> None:
    page = client.get("/demo/").get_data(as_text=True)
    for place in ("/sign-in", "/desk/sign-in", "/demo/people", "/demo/messages", "/check"):
        assert f'href="{place}"' in page
        assert client.get(place).status_code == 200


def test_the_page_of_people_shows_what_each_needs_to_sign_in(
    client: CheckedClient, cast: Cast, writing: Writing, clock: HandClock
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na, late_days=42)
    page = client.get("/demo/people").get_data(as_text=True)
    assert DEMO_PASSWORD in page
    assert PyotpTimeCodes().code_at(TOTP_SECRET, clock.now()) in page
    rows = (row.partition("</tr>")[0] for row in page.split("<tr>"))
    row = next(row for row in rows if cast.li_na.name in row)
    for said in ("13800138001", cast.li_na.id_last4, "42"):
        assert said in row


def test_the_codes_are_new_when_half_a_minute_has_passed(
    client: CheckedClient, cast: Cast, clock: HandClock
) -> None:
    first = _codes(client)
    clock.move_on(seconds=31)
    assert _codes(client).isdisjoint(first)


@pytest.mark.parametrize("place", ["/demo/", "/demo/people", "/demo/messages"])
def test_elsewhere_there_is_no_such_page(sqlite_database: Database, tmp_path: Path, place: str) -> None:
    app: Flask = create_app(
        Config(database_url=sqlite_database.url, secret_key=SECRET_KEY, data_dir=tmp_path),
        engine=sqlite_database.engine,
    )
    assert app.test_client().get(place).status_code == 404


def _codes(client: CheckedClient) -> set[str]:
    return set(re.findall(r"<code>(\d{6})</code>", client.get("/demo/people").get_data(as_text=True)))
