"""Read-only: every act is put off with a calm page that keeps what was typed; reading goes on; workers take nothing."""

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import select, update
from wtforms import PasswordField
from wtforms.fields.core import UnboundField

from portal.commands.work import Workshop, run_once
from portal.domain.permissions import SYSTEM, Role
from portal.models import Event, OutboxItem
from portal.services.read_only import make_read_only, open_again
from portal.web.read_only import SECRET
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import ROLES, cells
from tests.integration.web.worlds import World, build_world, changed, form_token, snapshot, visit
from tests.people import NOW, Cast

REASON = "the database is moved"
TYPED = "我十月份失业了，预计明年三月起可以每个月还一点，请帮我安排"


@pytest.fixture
def shut(writing: Writing) -> None:
    with writing() as session:
        make_read_only(session, SYSTEM, reason=REASON, now=NOW)


class TestEveryUnsafeRoute:
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    def test_is_put_off_and_changes_nothing(self, app: Flask, writing: Writing, database: Database) -> None:
        world, faults = build_world(writing), []
        acts = [cell for cell in cells(app, world) if cell.method not in {"GET", "HEAD", "OPTIONS"}]
        staff, borrower = (
            visit(app, staff=world.staff[Role.APPROVER]),
            visit(app, borrower=world.cast.li_na.id),
        )
        tokens = {door: form_token(client, door) for door, client in (("/desk", staff), ("/", borrower))}
        with writing() as session:
            make_read_only(session, SYSTEM, reason=REASON, now=NOW)
        before = snapshot(database.engine, but=frozenset({"web_session"}))
        for cell in acts:
            at_desk = cell.path.startswith("/desk") or cell.endpoint in ROLES
            client, door = (staff, "/desk") if at_desk else (borrower, "/")
            for data in ({"csrf_token": tokens[door], "body": TYPED}, {}):
                answer = client.open(cell.path, method=cell.method, data=data)
                if answer.status_code != 503 or answer.headers.get("Retry-After") != "300":
                    faults.append(f"{cell}: {answer.status_code}")
        assert len(acts) > 100
        assert faults == []
        assert changed(before, snapshot(database.engine, but=frozenset({"web_session"}))) == []


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "暂时只能查看"), ("en", "Only reading works")])
def test_the_page_is_calm_and_keeps_what_was_typed(
    app: Flask, cast: Cast, writing: Writing, language: str, said: str
) -> None:
    client = visit(app, borrower=cast.li_na.id)
    client.set_cookie("language", language)
    _, fields = form_of(client.get("/complain").get_data(as_text=True))
    with writing() as session:
        make_read_only(session, SYSTEM, reason=REASON, now=NOW)
    page = client.post("/complain", data={**fields, "body": TYPED}).get_data(as_text=True)
    assert said in page
    assert REASON not in page
    action, kept = form_of(page, "/complain")
    assert kept["body"] == TYPED
    with writing() as session:
        open_again(session, SYSTEM, now=NOW)
    assert client.post(action, data=kept).status_code != 503


def test_a_strangers_form_gets_nothing_back_and_secrets_are_not_written_down(
    client: CheckedClient, shut: None
) -> None:
    page = client.post("/complain", data={"body": TYPED}).get_data(as_text=True)
    assert TYPED not in page
    token = form_token(client, "/desk")
    answer = client.post(
        "/desk/sign-in", data={"csrf_token": token, "login": "a.b", "password": "a long secret phrase"}
    )
    assert answer.status_code == 503
    assert "a long secret phrase" not in answer.get_data(as_text=True)


@pytest.mark.usefixtures("app")
def test_no_password_of_any_form_is_written_down() -> None:
    """With the app all forms are loaded."""
    forms, found = [FlaskForm], set[str]()
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        for name in dir(form):
            field = getattr(form, name, None)
            if isinstance(field, UnboundField) and issubclass(field.field_class, PasswordField):
                found.add(name)
    assert {"old", "password", "again"} <= found
    assert found <= SECRET


def test_a_proof_is_asked_for_anew_and_the_act_kept(app: Flask, cast: Cast, shut: None) -> None:
    desk = visit(app, staff=cast.sun_hao.id)
    token = form_token(desk, "/desk")
    sent = {"csrf_token": token, "proof_code": "482913", "name": "新同事要一个账号"}
    page = desk.post("/desk/staff/invite", data=sent).get_data(as_text=True)
    assert "482913" not in page
    assert form_of(page, "/desk/staff/invite")[1]["name"] == sent["name"]


def test_reading_goes_on_and_staff_are_told_why(app: Flask, cast: Cast, shut: None) -> None:
    mine = visit(app, borrower=cast.li_na.id).get("/")
    assert mine.status_code == 200
    assert REASON not in mine.get_data(as_text=True)
    desk = visit(app, staff=cast.wu_yan.id).get("/desk/team")
    assert desk.status_code == 200
    assert REASON in desk.get_data(as_text=True)


def test_workers_take_nothing_until_it_is_over(app: Flask, writing: Writing) -> None:
    portal, done = app.extensions["portal"], []
    world: World = build_world(writing)
    assert world.things
    shop = Workshop(portal.config, portal.engine, portal.clock, *([None] * 3))  # type: ignore[arg-type]
    with writing() as session:
        session.execute(update(OutboxItem).values(kind="noted", state="open"))
        make_read_only(session, SYSTEM, reason=REASON, now=NOW)
    handlers = {"noted": lambda _shop, job: done.append(job.id)}
    assert not run_once(shop, handlers)
    with writing() as session:
        open_again(session, SYSTEM, now=NOW)
        names = session.scalars(select(Event.name).where(Event.name.startswith("portal:")).order_by(Event.id))
        assert names.all() == ["portal:made_read_only", "portal:opened_again"]
    assert run_once(shop, handlers)
    assert len(done) == 1
