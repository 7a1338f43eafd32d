"""A sitting: how long it lasts, staying, and what is typed meanwhile; nothing is lost when it ends."""

import json

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.models import TypedDraft
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.worlds import form_token, visit
from tests.people import Cast
from tests.plan_walks import MONTHLY, Walk, page_of


def left(client: CheckedClient) -> int:
    answer = client.get("/session/left").get_json()
    return int(answer["ends_in"])


def send(client: CheckedClient, to: str, **fields: str) -> TestResponse:
    return client.post(to, data={"csrf_token": form_token(client, "/"), **fields})


def keep(client: CheckedClient, path: str, **typed: str) -> TestResponse:
    return send(client, "/session/typed", path=path, typed=json.dumps(typed))


def test_a_page_says_until_when_the_sitting_lasts(borrower_client: BorrowerClient, cast: Cast) -> None:
    page = page_of(borrower_client(cast.li_na).get("/"))
    assert 'id="session-end"' in page
    assert "data-ends-in=" in page


def test_strangers_are_told_of_no_sitting(client: CheckedClient) -> None:
    assert "session-end" not in page_of(client.get("/sign-in"))


def test_asking_lengthens_nothing(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    client.get("/")
    for minute in range(1, 10):
        clock.move_on(minutes=1)
        assert left(client) <= 600 - 60 * minute
    clock.move_on(minutes=1)
    assert client.get("/session/left").status_code == 303


def test_staying_lengthens_truly_and_up_to_the_hour(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    for _ in range(6):
        clock.move_on(minutes=9)
        answer = send(client, "/session/stay")
        assert answer.get_json()["ends_in"] == min(600, answer.get_json()["last_in"])
    assert client.get("/").status_code == 200
    clock.move_on(minutes=6)
    assert client.get("/").status_code == 303


def test_staying_holds_within_the_first_minute_too(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    clock.move_on(seconds=30)
    assert send(client, "/session/stay").get_json()["ends_in"] == 600
    assert left(client) == 600


def test_what_the_page_says_is_when_it_ends(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    clock.move_on(minutes=2)
    page = page_of(client.get("/"))
    seconds = int(page.split('data-ends-in="')[1].split('"')[0])
    clock.move_on(seconds=seconds - 1)
    assert client.get("/session/left").status_code == 200
    clock.move_on(seconds=1)
    assert client.get("/session/left").status_code == 303


def test_what_is_typed_comes_back_on_any_device_until_it_is_sent(walk: Walk, writing: Writing) -> None:
    walk.start()
    walk.say_reason()
    assert keep(walk.client, walk.url("need"), need="monthly", monthly="17").status_code == 200
    walk.wait(minutes=30)
    page = page_of(walk.client.get(walk.url("need")))
    assert "data-typed=" in page
    assert "17" in page.split("data-typed=")[1].split(">")[0]
    walk.say_need(MONTHLY)
    assert "data-typed=" not in page_of(walk.client.get(walk.url("need")))
    with writing() as session:
        assert session.scalars(select(TypedDraft)).all() == []


def test_what_was_refused_is_kept_all_the_same(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    keep(walk.client, walk.url("need"), monthly="zwölf")
    assert walk.say_need({**MONTHLY, "monthly": "zwölf"}).status_code == 422
    assert "data-typed=" in page_of(walk.client.get(walk.url("need")))


def test_nobody_finds_what_somebody_else_typed(app: Flask, cast: Cast) -> None:
    keep(visit(app, borrower=cast.li_na.id), "/complaints/new", body="geheim")
    other = visit(app, borrower=cast.wang_qiang.id)
    keep(other, "/complaints/new", body="anders")
    assert "geheim" not in page_of(other.get("/"))


@pytest.mark.parametrize("name", ["csrf_token", "code", "password", "consents", "terms", "ending"])
def test_secrets_and_consents_are_never_kept(app: Flask, cast: Cast, writing: Writing, name: str) -> None:
    keep(visit(app, borrower=cast.li_na.id), "/x", body="words", **{name: "123456"})
    with writing() as session:
        assert [each.fields for each in session.scalars(select(TypedDraft))] == [{"body": "words"}]


@pytest.mark.parametrize(
    "typed", ["", "[]", "3", '{"a": 1}', "{", "[" * 19_000, '{"a":' * 9_000, json.dumps({"a": "x" * 30_000})]
)
def test_what_is_no_form_is_refused(app: Flask, cast: Cast, writing: Writing, typed: str) -> None:
    answer = send(visit(app, borrower=cast.li_na.id), "/session/typed", path="/x", typed=typed)
    assert answer.status_code == 422
    with writing() as session:
        assert session.scalars(select(TypedDraft)).all() == []


def test_what_was_left_for_a_week_is_gone_and_only_so_many_pages_are_kept(
    app: Flask, cast: Cast, clock: HandClock, writing: Writing
) -> None:
    keep(visit(app, borrower=cast.li_na.id), "/old", body="x")
    clock.move_on(days=8)
    client = visit(app, borrower=cast.li_na.id)
    for number in range(25):
        keep(client, f"/page/{number}", body="x")
        clock.move_on(seconds=1)
    with writing() as session:
        paths = set(session.scalars(select(TypedDraft.path)))
    assert len(paths) <= 21
    assert "/page/24" in paths
    assert "/old" not in paths


def test_after_signing_in_again_one_is_on_the_same_page(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    clock.move_on(minutes=11)
    assert client.get("/cases").location == "/sign-in?next=/cases"


def test_the_elder_view_has_twice_the_time(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    client.set_cookie("view", "elder")
    clock.move_on(minutes=2)
    assert send(client, "/session/stay").get_json()["ends_in"] == 1200


def test_a_form_that_is_sent_too_late_leads_to_signing_in_and_back_to_its_page(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    page = page_of(walk.client.get(walk.url("need")))
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    walk.clock.move_on(minutes=11)
    answer = walk.client.post(walk.url("need"), data={**MONTHLY, "csrf_token": token})
    assert answer.location == f"/sign-in?next={walk.url('need')}"
    walk.wait()
    assert walk.client.get(walk.url("need")).status_code == 200


def test_a_form_that_is_sent_after_signing_out_in_another_window_leads_to_signing_in_and_says_why(
    walk: Walk,
) -> None:
    walk.start()
    walk.say_reason()
    token = form_token(walk.client, walk.url("need"))
    walk.client.submit("/", action="/sign-out")
    answer = walk.client.post(walk.url("need"), data={**MONTHLY, "csrf_token": token})
    assert answer.location == f"/sign-in?next={walk.url('need')}&unsent=1"
    said = walk.client.get(answer.location).get_data(as_text=True)
    assert "没有提交成功" in said
    assert "回到原来的页面" in said
    answer = walk.client.post(walk.url("discard"), data={"csrf_token": token})
    assert answer.location == "/sign-in?unsent=1"
    said = walk.client.get(answer.location).get_data(as_text=True)
    assert "没有提交成功" in said
    assert "回到原来的页面" not in said
