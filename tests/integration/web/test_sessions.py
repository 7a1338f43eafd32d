"""Sessions: a new id at every change of rights, two limits of time, and an end that holds on the server."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.config import Config
from portal.models import WebSession
from portal.web.sessions import LIMITS
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.worlds import visit
from tests.people import PASSWORD, TOTP_SECRET, Cast


def _cookie(client: CheckedClient, name: str) -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


def _sign_in_staff(client: CheckedClient, clock: HandClock) -> None:
    code = pyotp.TOTP(TOTP_SECRET).at(clock.now())
    answer = client.submit("/desk/sign-in", {"login": "zhou.min", "password": PASSWORD, "code": code})
    assert answer.status_code == 303


def test_staff_get_a_new_id_and_a_new_token_when_they_sign_in(
    client: CheckedClient, cast: Cast, clock: HandClock
) -> None:
    _, before = form_of(client.get("/desk/sign-in").get_data(as_text=True))
    old = _cookie(client, "__Host-desk")
    _sign_in_staff(client, clock)
    assert _cookie(client, "__Host-desk") != old
    answer = client.post("/desk/sign-out", data={"csrf_token": before["csrf_token"]})
    assert answer.status_code == 400


def test_staff_sign_out_ends_the_session_on_the_server(
    client: CheckedClient, cast: Cast, clock: HandClock, writing: Writing
) -> None:
    _sign_in_staff(client, clock)
    kept = _cookie(client, "__Host-desk")
    answer = client.submit("/desk/me", action="/desk/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie("__Host-desk", kept)
    assert client.get("/desk").location == "/desk/sign-in?next=/desk"
    with writing() as session:
        assert session.scalars(select(WebSession).where(WebSession.audience == "staff")).all() == []


@pytest.mark.parametrize(("audience", "page"), [("borrower", "/cases"), ("staff", "/desk/me")])
def test_a_session_lives_on_while_it_is_used_but_not_for_ever(
    app: Flask, cast: Cast, clock: HandClock, audience: str, page: str
) -> None:
    client = visit(app, **{audience: cast.li_na.id if audience == "borrower" else cast.zhou_min.id})
    limits = LIMITS[audience]
    step = (limits.idle * 0.9).total_seconds()
    until, used = clock.now() + limits.absolute, 0
    while clock.now().timestamp() + step < until.timestamp():
        clock.move_on(seconds=step)
        assert client.get(page).status_code == 200
        used += 1
    assert used > 4
    clock.move_on(seconds=step)
    assert client.get(page).status_code == 303


@pytest.mark.parametrize(("audience", "page"), [("borrower", "/cases"), ("staff", "/desk/me")])
def test_a_session_that_is_left_alone_ends(
    app: Flask, cast: Cast, clock: HandClock, audience: str, page: str
) -> None:
    client = visit(app, **{audience: cast.li_na.id if audience == "borrower" else cast.zhou_min.id})
    client.get(page)
    clock.move_on(seconds=LIMITS[audience].idle.total_seconds() - 60)
    assert client.get(page).status_code == 200
    clock.move_on(seconds=LIMITS[audience].idle.total_seconds())
    assert client.get(page).status_code == 303


def test_the_limits_are_those_that_are_promised() -> None:
    minutes = {
        audience: (limits.idle.total_seconds() / 60, limits.absolute.total_seconds() / 60)
        for audience, limits in LIMITS.items()
    }
    assert minutes == {"borrower": (10, 60), "staff": (15, 600)}


def test_a_session_of_one_audience_is_none_of_the_other(app: Flask, cast: Cast) -> None:
    staff = visit(app, staff=cast.zhou_min.id)
    staff.set_cookie("__Host-portal", _cookie(staff, "__Host-desk"))
    assert staff.get("/cases").status_code == 303
    borrower = visit(app, borrower=cast.li_na.id)
    borrower.set_cookie("__Host-desk", _cookie(borrower, "__Host-portal"))
    assert borrower.get("/desk/me").status_code == 303


def test_both_can_be_open_in_one_browser_and_end_apart(app: Flask, cast: Cast) -> None:
    client = visit(app, borrower=cast.li_na.id, staff=cast.zhou_min.id)
    client.submit("/", action="/sign-out")
    assert client.get("/").status_code == 303
    assert client.get("/desk/me").status_code == 200


def test_only_the_hash_of_a_token_is_kept(
    borrower_client: BorrowerClient, cast: Cast, writing: Writing
) -> None:
    token = _cookie(borrower_client(cast.li_na), "__Host-portal")
    with writing() as session:
        rows = session.scalars(select(WebSession)).all()
        kept = " ".join(f"{row.token_hash} {row.data}" for row in rows)
    assert token not in kept
    assert re.fullmatch(r"[0-9a-f]{64}", rows[0].token_hash)


@pytest.mark.parametrize("planted", ["x" * 43, "A" * 43, "", "a.b.c", "0", "x" * 8000])
def test_a_planted_cookie_is_nobody_and_is_not_taken_over(
    client: CheckedClient, cast: Cast, writing: Writing, planted: str
) -> None:
    client.set_cookie("__Host-portal", planted)
    assert client.get("/cases").status_code == 303
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    assert _cookie(client, "__Host-portal") != planted


def test_a_session_says_who_by_its_row_and_not_by_its_contents(
    app: Flask, cast: Cast, writing: Writing
) -> None:
    client = visit(app, borrower=cast.li_na.id)
    with writing() as session:
        row = session.scalars(select(WebSession)).one()
        row.data = {**row.data, "_user_id": f"borrower:{cast.wang_qiang.id}"}
    assert client.get("/cases").status_code == 303


def test_looking_twice_within_a_minute_writes_the_session_once(
    app: Flask, cast: Cast, writing: Writing, clock: HandClock
) -> None:
    client = visit(app, borrower=cast.li_na.id)
    client.get("/cases")

    def seen_at() -> str:
        with writing() as session:
            return session.scalars(select(WebSession.seen_at)).one().isoformat()

    first = seen_at()
    clock.move_on(seconds=30)
    client.get("/cases")
    assert seen_at() == first
    clock.move_on(seconds=60)
    client.get("/cases")
    assert seen_at() > first


def _opening(client: CheckedClient) -> list[str]:
    """Which language and view a page is in."""
    return re.findall(r"<(?:html|body)[^>]*>", client.get("/sign-in").text)


class TestCookies:
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    def _set(self, client: CheckedClient, path: str) -> Mapping[str, str]:
        headers = client.get(path).headers.getlist("Set-Cookie")
        return {header.partition("=")[0]: header for header in headers}

    @pytest.mark.parametrize(
        ("path", "name"), [("/sign-in", "__Host-portal"), ("/desk/sign-in", "__Host-desk")]
    )
    def test_are_as_safe_as_browsers_allow(self, client: CheckedClient, path: str, name: str) -> None:
        header = self._set(client, path)[name]
        for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert flag in header.split("; ")
        assert "Domain" not in header

    def test_of_the_known_device_and_the_language_are_no_less_safe(
        self, borrower_client: BorrowerClient, cast: Cast
    ) -> None:
        client = borrower_client(cast.li_na)
        for name, cookie in {
            "device": client.get_cookie("__Host-device"),
            "session": client.get_cookie("__Host-portal"),
        }.items():
            assert cookie is not None, name
            assert (cookie.secure, cookie.http_only, cookie.path) == (True, True, "/")
        answer = client.submit("/", {"language": "en"}, action="/language")
        assert "Secure; HttpOnly; Path=/; SameSite=Lax" in answer.headers["Set-Cookie"]
        assert answer.headers["Set-Cookie"].startswith("__Host-language=en;")

    @pytest.mark.parametrize(
        ("name", "chosen", "other"), [("language", "en", "zh_CN"), ("view", "elder", "usual")]
    )
    def test_of_a_choice_made_under_the_earlier_name_holds_until_another_is_made(
        self, client: CheckedClient, name: str, chosen: str, other: str
    ) -> None:
        usual = _opening(client)
        client.set_cookie(name, chosen)
        assert _opening(client) != usual
        _, fields = form_of(client.get("/sign-in").text, "/language")
        client.post(f"/{name}", data=fields | {name: other})
        assert client.get_cookie(name) is None
        kept = client.get_cookie(f"__Host-{name}")
        assert kept is not None
        assert (kept.value, kept.secure, kept.path) == (other, True, "/")
        client.set_cookie(name, chosen)
        assert _opening(client) == usual

    def test_of_a_signed_in_session_end_with_the_browser(
        self, borrower_client: BorrowerClient, cast: Cast
    ) -> None:
        cookie = borrower_client(cast.li_na).get_cookie("__Host-portal")
        assert cookie is not None
        assert (cookie.max_age, cookie.expires) == (None, None)

    def test_have_plain_names_where_a_demo_runs_without_https(
        self, database: Database, clock: HandClock, config: Config
    ) -> None:

        app = create_app(replace(config, secure_cookies=False), engine=database.engine, clock=clock)
        app.test_client_class = CheckedClient
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        header = self._set(client, "/sign-in")["portal"]
        assert "Secure" not in header
        assert "HttpOnly" in header
