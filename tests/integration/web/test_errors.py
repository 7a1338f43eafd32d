"""Failures as pages: calm, complete, in both languages, even while the database is away."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request
from sqlalchemy import make_url, select, text
from werkzeug.test import TestResponse

from portal.adapters.document_check import LARGEST_MEGABYTES
from portal.db import make_engine, transaction
from portal.models import RateCount
from portal.services.rate_limits import Limit, count_try
from portal.web import writes
from portal.web.access import public_page
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.people import Cast

Away = Callable[[], AbstractContextManager[None]]
LANGUAGES = pytest.mark.parametrize("language", ["zh_CN", "en"])


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def app_with_faults(app: Flask) -> Flask:
    """Views that go wrong in the ways that views can."""

    @public_page
    def broken() -> str:
        if request.method == "POST":
            count_try(writes.database(), Limit("fault", 9, timedelta(hours=1)), now=writes.now())
        raise ZeroDivisionError

    @public_page
    def refused(status: int) -> str:
        abort(status)

    @public_page
    def cut_off() -> str:
        """As if the server of the database had died in the middle of a request."""
        if writes.database().get_bind().dialect.name == "postgresql":
            writes.database().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return str(writes.database().scalar(text("SELECT nothing FROM nowhere")))

    @public_page
    def cut_off_late() -> str:
        """As if it had died after the view had done all that it does, before the transaction was ended."""
        if request.method == "POST":
            count_try(writes.database(), Limit("fault", 9, timedelta(hours=1)), now=writes.now())
        mine = writes.database().scalar(text("SELECT pg_backend_pid()"))
        with transaction(writes.portal().engine) as other:
            other.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
        return "said to be done"

    @public_page
    def uncommittable() -> str:
        writes.database().execute(text("PRAGMA defer_foreign_keys = ON"))
        writes.database().execute(
            text(
                "INSERT INTO consent (borrower_id, kind, text_version, given_at) VALUES (9, 'k', 'v', '2026-01-01')"
            )
        )
        return "said to be done"

    app.add_url_rule("/broken", "broken", broken, methods=["GET", "POST"])
    app.add_url_rule("/refused/<int:status>", "refused", refused)
    app.add_url_rule("/cut-off", "cut_off", cut_off)
    app.add_url_rule("/cut-off-late", "cut_off_late", cut_off_late, methods=["GET", "POST"])
    app.add_url_rule("/uncommittable", "uncommittable", uncommittable, methods=["POST"])
    return app


@pytest.fixture
def away(database: Database) -> Away:
    """While it lasts, nobody can connect to the database."""

    @contextmanager
    def sqlite() -> Iterator[None]:
        file = Path(make_url(database.url).database or "")
        database.engine.dispose()
        kept = file.rename(file.with_suffix(".kept"))
        file.mkdir()
        yield
        database.engine.dispose()
        file.rmdir()
        kept.rename(file)

    @contextmanager
    def postgresql() -> Iterator[None]:
        name = make_url(database.url).database
        database.engine.dispose()
        maintenance = make_engine(database.url.replace(f"/{name}?", "/postgres?"))
        allow = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
        with maintenance.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            server.execute(text(allow.format(name, "false")))
            yield
            server.execute(text(allow.format(name, "true")))
        maintenance.dispose()

    return sqlite if database.kind == "sqlite" else postgresql


def _says_sorry(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "400-000-0000" in answer.get_data(as_text=True)
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@LANGUAGES
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/no-such-page", 404, {"zh_CN": "没有找到", "en": "could not find"}),
        ("/broken", 500, {"zh_CN": "我们这边", "en": "on our side"}),
        ("/refused/503", 503, {"zh_CN": "暂时", "en": "not available"}),
        ("/refused/410", 410, {"zh_CN": "已经结束", "en": "ended"}),
        ("/refused/418", 418, {"zh_CN": "", "en": ""}),
        ("/refused/429", 429, {"zh_CN": "", "en": ""}),
        ("/refused/502", 502, {"zh_CN": "", "en": ""}),
        ("/language", 405, {"zh_CN": "", "en": ""}),
    ],
)
def test_a_failure_is_a_page_in_the_readers_language(
    app_with_faults: Flask, path: str, status: int, said: dict[str, str], language: str
) -> None:
    client = app_with_faults.test_client()
    client.set_cookie("language", language)
    answer = client.get(path)
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert said[language] in page
    assert f'lang="{language.replace("_", "-")}"' in page


def test_each_failure_has_a_number_of_its_own(app_with_faults: Flask) -> None:
    client = app_with_faults.test_client()
    pages = {client.get("/broken").get_data(as_text=True) for _ in range(2)}
    assert len(pages) == 2


@LANGUAGES
@pytest.mark.parametrize("content_type", ["multipart", "urlencoded"])
def test_a_form_that_is_too_large_gets_a_page_that_names_the_limit(
    client: CheckedClient, language: str, content_type: str
) -> None:
    client.set_cookie("language", language)
    _, fields = form_of(client.get("/check").get_data(as_text=True))
    if content_type == "multipart":
        answer = client.post(
            "/check", data=fields | {"file": (_Zeros((LARGEST_MEGABYTES + 1) << 20), "a.pdf")}
        )
    else:
        answer = client.post("/check", data=fields | {"code": "1" * ((LARGEST_MEGABYTES + 1) << 20)})
    assert answer.status_code == 413
    assert f"{LARGEST_MEGABYTES} MB" in answer.get_data(as_text=True)


@pytest.mark.parametrize("parts", [0, 2_000], ids=["too many bytes", "too many parts"])
def test_to_a_borrower_a_form_that_is_too_large_is_no_failure_of_ours(
    borrower_client: BorrowerClient, cast: Cast, parts: int
) -> None:
    li_na = borrower_client(cast.li_na)
    _, fields = form_of(li_na.get("/complain").get_data(as_text=True))
    more: dict[str, Any] = {f"part{number}": "x" for number in range(parts)}
    if not parts:
        more = {"file": (_Zeros((LARGEST_MEGABYTES + 1) << 20), "a.jpg")}
    answer = li_na.post("/complain", data=fields | more, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert f"{LARGEST_MEGABYTES} MB" in answer.get_data(as_text=True)


def test_the_largest_file_that_is_promised_can_be_sent_in_a_form(client: CheckedClient) -> None:
    _, fields = form_of(client.get("/check").get_data(as_text=True))
    answer = client.post(
        "/check", data=fields | {"file": (_Zeros(LARGEST_MEGABYTES << 20), "a" * 200 + ".pdf")}
    )
    assert answer.status_code == 200


@LANGUAGES
def test_who_is_signed_in_gets_a_page_and_keeps_the_session_while_the_database_is_away(
    app: Flask, cast: Cast, borrower_client: BorrowerClient, away: Away, language: str
) -> None:
    client = borrower_client(cast.li_na)
    client.set_cookie("language", language)
    with away():
        for path in ("/", "/no-such-page", "/ready"):
            answer = client.get(path)
            _says_sorry(answer, 503)
            assert answer.headers["Retry-After"] == "10"
    assert client.get("/").status_code == 200


def test_a_visitor_gets_pages_that_need_no_database_while_it_is_away(
    client: CheckedClient, away: Away
) -> None:
    client.get("/sign-in")
    with away():
        assert client.get("/health").status_code == 200
        assert client.get("/no-such-page").status_code == 404
        assert client.get("/sign-in").status_code == 200
        _says_sorry(client.submit("/sign-in", {"mobile": "13800138001"}), 503)
        _says_sorry(client.get("/ready"), 503)


def test_a_database_that_dies_in_the_middle_of_a_request_leaves_a_page(
    app_with_faults: Flask, cast: Cast, borrower_client: BorrowerClient
) -> None:
    client = borrower_client(cast.li_na)
    _says_sorry(client.get("/cut-off"), 503)
    assert client.get("/").status_code == 200


def test_an_error_rolls_everything_back_that_the_request_did(
    app_with_faults: Flask, writing: Writing
) -> None:
    client = app_with_faults.test_client()
    assert isinstance(client, CheckedClient)
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
    _says_sorry(client.post("/broken", data=fields), 500)
    with writing() as session:
        assert session.scalars(select(RateCount)).all() == []


class TestADatabaseThatDiesAsTheTransactionEnds:
    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    @pytest.mark.postgresql
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_leaves_a_page_that_asks_to_come_again(
        self, app_with_faults: Flask, writing: Writing, method: str
    ) -> None:
        client = app_with_faults.test_client()
        assert isinstance(client, CheckedClient)
        _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
        answer = client.open("/cut-off-late", method=method, data=fields if method == "POST" else None)
        _says_sorry(answer, 503)
        assert answer.headers["Retry-After"] == "10"
        with writing() as session:
            assert session.scalars(select(RateCount)).all() == []


class TestWhatCannotBeCommitted:
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    def test_is_never_said_to_be_done(self, app_with_faults: Flask) -> None:
        client = app_with_faults.test_client()
        assert isinstance(client, CheckedClient)
        _, fields = form_of(client.get("/sign-in").get_data(as_text=True))
        _says_sorry(client.post("/uncommittable", data=fields), 500)
        assert client.get("/sign-in").status_code == 200


class _Zeros:
    """A file of so many zero bytes, without keeping them."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        self._left -= size
        return bytes(size)
