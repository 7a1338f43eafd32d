"""Logs tell what happened to which request, and nothing about people."""

import io
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text, update

from portal.adapters.logs import configure_logs
from portal.commands.work import Job, Workshop, run_once
from portal.domain.permissions import Role
from portal.models import Borrower, OutboxItem
from portal.web import writes
from portal.web.access import public_page
from tests.checked_client import CheckedClient
from tests.codes import code_sent_to
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.test_access import cells
from tests.integration.web.worlds import World, build_world, form_token, visit
from tests.spelt_words import words_in

TYPED = "我叫李娜，电话 13800138001，卡号 6222021234567890123"


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that was logged, as a server would write it: our lines, and those of every library down to its debugging."""
    stream = io.StringIO()
    configure_logs(stream)
    caplog.set_level(logging.DEBUG)

    def logged() -> str:
        # pytest listens to Flask's own logger too; nobody else does, for it hands nothing on.
        others = [caplog.handler.format(record) for record in caplog.records if record.name != "portal"]
        return "\n".join([stream.getvalue(), *others])

    return logged


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _says(code: str, said: str) -> bool:
    """Whether the code is said, and not drawn once more by a moment's microseconds or within a longer number."""
    return re.search(rf"(?<![\w.]){code}(?!\w)", said) is not None


def test_each_request_is_one_line_with_an_id_of_its_own(
    client: CheckedClient, logged: Callable[[], str]
) -> None:
    client.get("/sign-in")
    client.get("/no-such-page")
    lines = [line for line in _lines(logged()) if line["event"] == "request"]
    assert [(line["method"], line["endpoint"], line["status"]) for line in lines] == [
        ("GET", "borrower.sign_in", 200),
        ("GET", None, 404),
    ]
    assert all(re.fullmatch(r"R[2-9A-Z]{8}", line["request_id"]) for line in lines)
    assert lines[0]["request_id"] != lines[1]["request_id"]


def test_the_number_on_an_error_page_is_that_of_its_lines(app: Flask, logged: Callable[[], str]) -> None:
    @public_page
    def broken() -> str:
        raise ZeroDivisionError(TYPED)

    app.add_url_rule("/broken", "broken", broken)
    page = app.test_client().get("/broken").get_data(as_text=True)
    failed, request = _lines(logged())
    assert failed["event"] == "request_failed"
    assert failed["request_id"] == request["request_id"]
    assert failed["request_id"] in page
    assert "test_logs.py" in failed["exception"]
    assert failed["exception"].endswith("builtins.ZeroDivisionError")


def test_a_line_says_neither_path_nor_query(app: Flask, world: World, logged: Callable[[], str]) -> None:
    client = visit(app, borrower=world.cast.li_na.id)
    client.get(f"/loans/{world.things['loan']}?code=123456")
    client.get("/check?code=7K3M-9QXR-04TW-HZ5C4")
    said = logged()
    assert world.things["loan"] not in said
    assert not _says("123456", said)
    assert "7K3M" not in said


def test_a_line_says_nothing_that_was_typed_into_an_address(
    app: Flask, world: World, logged: Callable[[], str]
) -> None:
    desk, case = visit(app, staff=world.staff[Role.APPROVER]), world.things["waiting"]
    for typed in ("李娜", "13800138001", "110101199003071024", f"{case}李娜", case):
        assert desk.get(f"/desk/cases/{typed}").status_code == (200 if typed == case else 404)
    desk.open("/sign-in", method="13800138001")
    said = logged()
    assert [line["case"] for line in _lines(said) if "case" in line] == [case]
    assert words_in(said, "李娜", "13800138001", "110101199003071024") == []
    assert [line["method"] for line in _lines(said) if line["status"] == 405] == ["other"]


def test_no_failure_of_the_database_tells_what_was_in_the_row(
    app: Flask, logged: Callable[[], str], database: Database
) -> None:
    @public_page
    def unfit() -> str:
        values = {"name_sealed": TYPED, "mobile_sealed": "+8613800138001", "locale": "zh_CN"}
        writes.database().execute(insert(Borrower).values(**values, public_id="p", borrower_ref=None))
        return "done"

    @public_page
    def unfit_code() -> str:
        values = "'sign_in', 't', '13800138001', 's', 'x', now(), now(), -1"
        writes.database().execute(text(f"INSERT INTO one_time_code VALUES ({values})"))
        return "done"

    for view in (unfit, unfit_code):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view)
    for view in (unfit, unfit_code):
        assert app.test_client().get(f"/{view.__name__}").status_code in {500, 503}
    said = logged()
    assert any(kind in said for kind in ("IntegrityError", "OperationalError", "InternalError"))
    assert words_in(said, "13800138001", "李娜") == []


def test_a_whole_day_leaves_nothing_about_anybody_in_the_logs(
    app: Flask, world: World, writing: Writing, logged: Callable[[], str]
) -> None:
    cast, planted = world.cast, {"李娜", "王强", "13800138001", "13800138002", "6222021234567890123", "203X"}
    stranger = app.test_client()
    assert isinstance(stranger, CheckedClient)
    stranger.submit("/sign-in", {"mobile": cast.wang_qiang.mobile})
    with writing() as session:
        code = code_sent_to(session, cast.wang_qiang.mobile, SECRET_KEY)
    for typed in ("000000", code):
        stranger.submit("/sign-in/code", {"code": typed})
    for ending in ("9999", cast.wang_qiang.id_last4):
        stranger.submit("/sign-in/ending", {"ending": ending})
    everybody = [
        visit(app, borrower=cast.li_na.id),
        visit(app, staff=world.staff[Role.APPROVER]),
        stranger,
    ]
    for client in everybody:
        for cell in cells(app, world):
            token = form_token(client, cell.path)
            names = {
                "csrf_token": token,
                "body": TYPED,
                "reason_text": TYPED,
                "mobile": TYPED,
                "login": TYPED,
            }
            if cell.method == "POST":
                client.post(cell.path, data={**names, "next": f"/x?{TYPED}", "code": code, "amount": TYPED})
            else:
                client.open(cell.path, method=cell.method, query_string={"q": TYPED})
    said = logged()
    assert len(_lines(said)) > 200
    assert words_in(said, *planted) == []
    assert not _says(code, said)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('{"code": "042087"}', True),
        ("POST /sign-in/code?code=042087&next=", True),
        ("your code is 042087.", True),
        ('{"timestamp": "2026-11-27T06:30:12.042087Z"}', False),
        ('{"digest": "1e042087ff"}', False),
    ],
)
def test_a_code_is_told_from_the_microseconds_of_a_moment(said: str, found: bool) -> None:
    assert _says("042087", said) == found


def test_a_piece_of_work_that_fails_tells_nothing_about_anybody(
    app: Flask, world: World, writing: Writing, logged: Callable[[], str], database: Database
) -> None:
    def fails(_shop: Workshop, job: Job) -> None:
        raise ValueError(TYPED, job)

    portal = app.extensions["portal"]
    shop = Workshop(portal.config, portal.engine, portal.clock, *([None] * 3))  # type: ignore[arg-type]
    with writing() as session:
        session.execute(update(OutboxItem).values(kind="fails", state="open"))
    assert run_once(shop, {"fails": fails})
    said = logged()
    assert "work_failed" in said
    assert words_in(said, "13800138001", "李娜") == []


def test_what_the_web_framework_says_is_told_as_a_line_of_ours(app: Flask, logged: Callable[[], str]) -> None:
    @app.after_request
    def fail(_response: object) -> None:
        raise KeyError(TYPED)

    client = app.test_client()
    assert client.get(f"/sign-in?{TYPED}").status_code == 500
    said = logged()
    assert not app.logger.propagate
    assert '"event": "flask"' in said
    assert "KeyError" in said
    assert words_in(said, "13800138001", "李娜") == []
