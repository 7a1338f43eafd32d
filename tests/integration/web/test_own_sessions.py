"""Where a borrower is signed in, and ending it there; five at once."""

import re

from flask import Flask
from sqlalchemy import select

from portal.models import Event, WebSession
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.worlds import form_token, visit
from tests.people import Cast

PAGE = "/record/sessions"


def handles(page: str) -> list[str]:
    return re.findall(r'name="session" value="(\w+)"', page)


def end(client: CheckedClient, handle: str) -> int:
    data = {"csrf_token": form_token(client, PAGE), "session": handle}
    return client.post("/record/sessions/end", data=data).status_code


def is_in(client: CheckedClient) -> bool:
    return client.get("/record").status_code == 200


def reasons(writing: Writing) -> list[tuple[object, int | None]]:
    with writing() as session:
        events = session.scalars(select(Event).where(Event.name == "session:ended")).all()
        return [(event.fields["reason"], event.borrower_id) for event in events]


def test_one_sees_all_of_them_and_ends_another(app: Flask, cast: Cast, writing: Writing) -> None:
    lost, here = visit(app, borrower=cast.li_na.id), visit(app, borrower=cast.li_na.id)
    stranger = visit(app, borrower=cast.wang_qiang.id)
    page = here.get(PAGE).text
    assert page.count("最近活动") == 2
    (other,) = handles(page)
    assert end(stranger, other) == 303
    assert is_in(lost)
    assert end(here, other) == 303
    assert not is_in(lost)
    assert is_in(here)
    assert is_in(stranger)
    assert reasons(writing) == [("ended_elsewhere", cast.li_na.id)]
    assert "退出登录：您在另一台设备上操作" in here.get("/record").text


def test_all_others_end_and_this_one_stays(app: Flask, cast: Cast) -> None:
    others = [visit(app, borrower=cast.li_na.id) for _ in range(3)]
    here, stranger = visit(app, borrower=cast.li_na.id), visit(app, borrower=cast.wang_qiang.id)
    here.post("/record/sessions/end-others", data={"csrf_token": form_token(here, PAGE)})
    assert [is_in(client) for client in (*others, here, stranger)] == [False] * 3 + [True] * 2
    assert handles(here.get(PAGE).text) == []


def test_a_sixth_sign_in_ends_the_first(app: Flask, cast: Cast, writing: Writing, clock: HandClock) -> None:
    before = [visit(app, borrower=cast.li_na.id) for _ in range(5)]
    client = visit(app)
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    with writing() as session:
        code = code_sent_to(session, cast.li_na.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    assert client.submit("/sign-in/ending", {"ending": cast.li_na.id_last4}).status_code == 303
    assert [is_in(each) for each in (*before, client)] == [False] + [True] * 5
    assert reasons(writing) == [("too_many", cast.li_na.id)]
    assert client.get(PAGE).text.count("最近活动") == 5
    clock.move_on(minutes=21)
    assert client.get(PAGE).status_code == 303


def test_who_signs_in_anew_where_they_are_signed_in_keeps_the_others(
    app: Flask, cast: Cast, writing: Writing
) -> None:
    others = [visit(app, borrower=cast.li_na.id) for _ in range(4)]
    client = visit(app)
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    with writing() as session:
        code = code_sent_to(session, cast.li_na.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    with writing() as session:
        # A second window of this browser was quicker.
        row = session.scalars(select(WebSession).order_by(WebSession.id.desc()).limit(1)).one()
        row.person_id = cast.li_na.id
    assert client.submit("/sign-in/ending", {"ending": cast.li_na.id_last4}).status_code == 303
    assert [is_in(each) for each in (*others, client)] == [True] * 5
    assert reasons(writing) == []


def test_a_session_counts_as_live_for_as_long_as_its_own_view_allows(
    app: Flask, cast: Cast, clock: HandClock
) -> None:
    elder, usual = (visit(app, borrower=cast.li_na.id) for _ in range(2))
    elder.set_cookie("view", "elder")
    assert is_in(elder)
    assert is_in(usual)
    clock.move_on(minutes=11)
    assert not is_in(usual)
    here = visit(app, borrower=cast.li_na.id)
    assert here.get(PAGE).text.count("最近活动") == 2
    assert is_in(elder)


def test_the_browser_is_named_as_its_owner_knows_it(app: Flask, cast: Cast, writing: Writing) -> None:
    client = visit(app)
    client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 17) MicroMessenger/8"
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    with writing() as session:
        code = code_sent_to(session, cast.li_na.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    client.submit("/sign-in/ending", {"ending": cast.li_na.id_last4})
    assert "WeChat · iPhone" in client.get(PAGE).text
