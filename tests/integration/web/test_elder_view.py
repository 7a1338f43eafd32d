"""The elder view: chosen on any page, without signing in and without scripts; it gives twice the time."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.models import Borrower
from portal.web.errors import error_page
from portal.web.sessions import LIMITS
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.integration.web.conftest import SECRET_KEY, BorrowerClient, Writing
from tests.integration.web.worlds import visit
from tests.people import Cast


def _switch(client: CheckedClient, page: str, view: str) -> str | None:
    _, fields = form_of(client.get(page).get_data(as_text=True), "/language")
    return client.post("/view", data=fields | {"view": view}).location


def _is_elder(client: CheckedClient, page: str) -> bool:
    return 'class="elder"' in client.get(page).get_data(as_text=True)


@pytest.mark.parametrize("page", ["/sign-in", "/check?code=7K3M", "/no-such-page"])
def test_it_is_chosen_on_any_page_before_signing_in_and_stays(client: CheckedClient, page: str) -> None:
    assert not _is_elder(client, page)
    assert _switch(client, page, "elder") == page
    assert _is_elder(client, page)
    assert _switch(client, page, "usual") == page
    assert not _is_elder(client, page)


def test_who_is_signed_in_chooses_it_too(cast: Cast, borrower_client: BorrowerClient) -> None:
    client = borrower_client(cast.li_na)
    assert _switch(client, "/", "elder") == "/"
    assert _is_elder(client, "/")


@pytest.mark.parametrize("view", ["", "huge", "elder; Secure"])
def test_a_view_that_is_not_there_changes_nothing(client: CheckedClient, view: str) -> None:
    _switch(client, "/sign-in", view)
    assert not _is_elder(client, "/sign-in")


def test_the_switch_leads_nowhere_else(client: CheckedClient) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True), "/language")
    answer = client.post("/view", data=fields | {"view": "elder", "next": "//evil.example"})
    assert answer.location == "/"


def test_a_page_that_only_a_form_leads_to_comes_back_to_the_first_page(client: CheckedClient) -> None:
    answer = client.post("/sign-in/resend")
    assert answer.status_code == 400
    _, fields = form_of(answer.get_data(as_text=True), "/language")
    assert fields["next"] == "/"


def test_the_desk_has_none(client: CheckedClient) -> None:
    client.set_cookie("view", "elder")
    page = client.get("/desk/sign-in").get_data(as_text=True)
    assert 'class="elder"' not in page
    assert "/view" not in page


def test_a_failure_keeps_the_view(client: CheckedClient, app: Flask) -> None:
    client.set_cookie("view", "elder")
    with app.test_request_context(headers={"Cookie": "view=elder"}):
        assert 'class="elder"' in error_page(503)[0]


def test_a_session_lives_twice_as_long(app: Flask, cast: Cast, clock: HandClock) -> None:
    limits = LIMITS["borrower"]
    for view, lives in (("elder", True), ("usual", False)):
        client = visit(app, borrower=cast.li_na.id)
        client.set_cookie("view", view)
        assert client.get("/cases").status_code == 200
        clock.move_on(seconds=(limits.idle * 1.9).total_seconds())
        assert (client.get("/cases").status_code == 200) is lives


def test_a_session_in_use_ends_after_twice_the_hour(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, borrower=cast.li_na.id)
    client.set_cookie("view", "elder")
    until = clock.now() + LIMITS["borrower"].absolute * 2
    step = timedelta(minutes=15)
    while clock.now() + step < until:
        clock.move_on(seconds=step.total_seconds())
        assert client.get("/cases").status_code == 200
    clock.move_on(seconds=step.total_seconds())
    assert client.get("/cases").status_code == 303


def test_staff_gain_no_time_by_it(app: Flask, cast: Cast, clock: HandClock) -> None:
    client = visit(app, staff=cast.zhou_min.id)
    client.set_cookie("view", "elder")
    assert client.get("/desk/me").status_code == 200
    clock.move_on(seconds=LIMITS["staff"].idle.total_seconds() + 1)
    assert client.get("/desk/me").status_code == 303


def test_a_code_is_good_for_ten_minutes_and_every_page_says_so(
    client: CheckedClient, cast: Cast, writing: Writing, clock: HandClock
) -> None:
    client.set_cookie("view", "elder")
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    assert "10 分钟" in client.get("/sign-in/code").get_data(as_text=True)
    with writing() as session:
        code = code_sent_to(session, cast.li_na.mobile, SECRET_KEY)
    clock.move_on(minutes=9)
    assert client.submit("/sign-in/code", {"code": code}).location == "/sign-in/ending"
    clock.move_on(minutes=15)
    assert client.submit("/sign-in/ending", {"ending": _ending(cast.li_na)}).location == "/"


def _ending(borrower: Borrower) -> str:
    return borrower.id_last4
