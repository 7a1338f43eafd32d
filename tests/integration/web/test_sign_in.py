import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.mobiles import parse_mobile
from portal.models import (
    Borrower,
    DemoMessage,
    Event,
    KnownDevice,
    OneTimeCode,
    OutboxItem,
    RateCount,
    WebSession,
)
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.codes import code_sent_to, wrong_code
from tests.integration.web.conftest import SECRET_KEY, BorrowerClient, SignIn, Writing
from tests.people import Cast, add_borrower

NOBODY = "13900139009"


@pytest.fixture
def li_na(cast: Cast) -> Borrower:
    return cast.li_na


def ask_for_code(client: CheckedClient, writing: Writing, mobile: str) -> str:
    assert client.submit("/sign-in", {"mobile": mobile}).location == "/sign-in/code"
    with writing() as session:
        return code_sent_to(session, parse_mobile(mobile), SECRET_KEY)


def text_of(answer: object) -> str:
    return answer.get_data(as_text=True)  # type: ignore[attr-defined,no-any-return]


def test_the_first_page_sends_visitors_to_sign_in(client: CheckedClient) -> None:
    assert client.get("/").location == "/sign-in"


def test_mobile_code_and_ending_sign_a_borrower_in(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    code = ask_for_code(client, writing, "138 0013 8001")
    assert client.submit("/sign-in/code", {"code": code}).location == "/sign-in/ending"
    assert client.get("/").location == "/sign-in"
    assert client.submit("/sign-in/ending", {"ending": li_na.id_last4}).location == "/"
    assert client.get("/sign-in").location == "/"
    with writing() as session:
        started = session.scalars(select(Event).where(Event.name == "session:started")).one()
        assert started.borrower_id == li_na.id
        assert started.fields == {"audience": "borrower", "device_known": False}


def test_sign_in_goes_back_to_the_page_that_was_asked_for(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    client.submit("/sign-in?next=/cases", {"mobile": li_na.mobile})
    with writing() as session:
        code = code_sent_to(session, li_na.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    assert client.submit("/sign-in/ending", {"ending": li_na.id_last4}).location == "/cases"


@pytest.mark.parametrize(
    "wish", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(
    client: CheckedClient, li_na: Borrower, writing: Writing, wish: str
) -> None:
    client.submit("/sign-in", {"mobile": li_na.mobile, "next": wish})
    with writing() as session:
        code = code_sent_to(session, li_na.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    assert client.submit("/sign-in/ending", {"ending": li_na.id_last4}).location == "/"


def test_each_step_gives_the_session_a_new_id(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    seen = set()
    code = ask_for_code(client, writing, li_na.mobile)
    seen.add(_session_cookie(client))
    client.submit("/sign-in/code", {"code": code})
    seen.add(_session_cookie(client))
    client.submit("/sign-in/ending", {"ending": li_na.id_last4})
    seen.add(_session_cookie(client))
    assert len(seen) == 3


def test_a_known_device_is_not_asked_for_the_ending_until_90_days_are_over(
    client: CheckedClient, li_na: Borrower, writing: Writing, sign_in: SignIn, clock: HandClock
) -> None:
    sign_in(client, li_na)
    client.submit("/", action="/sign-out")
    clock.move_on(days=89)
    code = ask_for_code(client, writing, li_na.mobile)
    assert client.submit("/sign-in/code", {"code": code}).location == "/"
    client.submit("/", action="/sign-out")
    clock.move_on(days=2)
    code = ask_for_code(client, writing, li_na.mobile)
    assert client.submit("/sign-in/code", {"code": code}).location == "/sign-in/ending"


def test_an_ending_may_end_in_a_small_x(client: CheckedClient, cast: Cast, writing: Writing) -> None:
    code = ask_for_code(client, writing, cast.wang_qiang.mobile)
    client.submit("/sign-in/code", {"code": code})
    assert client.submit("/sign-in/ending", {"ending": "203x"}).location == "/"


def test_two_borrowers_with_one_mobile_are_told_apart_by_the_ending(
    app: Flask, li_na: Borrower, writing: Writing
) -> None:
    with writing() as session:
        other = add_borrower(session, "李强", mobile=li_na.mobile, id_last4="777X")
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    for borrower in (li_na, other):
        code = ask_for_code(client, writing, li_na.mobile)
        # With both known on one phone the question is asked again: the device cannot tell them apart.
        client.submit("/sign-in/code", {"code": code})
        assert client.submit("/sign-in/ending", {"ending": borrower.id_last4}).location == "/"
        assert _signed_in(writing) == borrower.id
        client.submit("/", action="/sign-out")
        _forget_pauses(writing)
        client.delete_cookie("__Host-device")


def test_two_with_one_mobile_and_one_ending_are_sent_to_a_person(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    with writing() as session:
        add_borrower(session, "李强", mobile=li_na.mobile, id_last4=li_na.id_last4)
    code = ask_for_code(client, writing, li_na.mobile)
    client.submit("/sign-in/code", {"code": code})
    answer = client.submit("/sign-in/ending", {"ending": li_na.id_last4})
    assert answer.status_code == 422
    assert "无法确认这是谁的账户" in text_of(answer)


@pytest.mark.parametrize(
    "mobile",
    [
        "",
        "abc",
        "123",
        "1380013800",
        "138001380011",
        "+86",
        "１３８",
        "<script>",
        "1" * 500,
        "\x07",
        "a\u202eb",
    ],
)
def test_what_is_no_mobile_gets_a_clear_message(client: CheckedClient, cast: Cast, mobile: str) -> None:
    answer = client.submit("/sign-in", {"mobile": mobile})
    assert answer.status_code == 422
    assert "请填写" in text_of(answer)


def test_a_full_width_number_is_a_number(client: CheckedClient, cast: Cast) -> None:
    assert client.submit("/sign-in", {"mobile": "１３８００１３８００１"}).location == "/sign-in/code"


def test_every_page_is_the_same_for_a_number_that_nobody_has(
    app: Flask, li_na: Borrower, writing: Writing
) -> None:
    told = []
    for mobile in (li_na.mobile.removeprefix("+86"), NOBODY):
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        right = ask_for_code(client, writing, mobile)
        pages = [client.get("/sign-in/code")]
        pages += [client.submit("/sign-in/code", {"code": wrong_code(right)}) for _ in range(6)]
        pages.append(client.submit("/sign-in/code", {"code": right}))
        told.append([(page.status_code, _comparable(text_of(page), mobile)) for page in pages])
    assert told[0] == told[1]


def test_a_number_that_nobody_has_leaves_the_same_rows(app: Flask, li_na: Borrower, writing: Writing) -> None:
    left = []
    for mobile in (li_na.mobile.removeprefix("+86"), NOBODY):
        with writing() as session:
            before = [session.scalar(select(func.count()).select_from(table)) or 0 for table in _TABLES]
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        ask_for_code(client, writing, mobile)
        with writing() as session:
            after = [session.scalar(select(func.count()).select_from(table)) or 0 for table in _TABLES]
        left.append([now - then for now, then in zip(after, before, strict=True)])
    assert left[0] == left[1] == [1, 1, 1, 0]


def test_even_a_lucky_code_shows_nothing_of_a_number_that_nobody_has(
    client: CheckedClient, cast: Cast, writing: Writing
) -> None:
    code = ask_for_code(client, writing, NOBODY)
    client.submit("/sign-in/code", {"code": code})
    answer = client.submit("/sign-in/ending", {"ending": "1234"})
    assert answer.status_code == 422
    assert "与登记的信息不一致" in text_of(answer)


def test_a_wrong_code_says_how_many_tries_are_left(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    right = ask_for_code(client, writing, li_na.mobile)
    answer = client.submit("/sign-in/code", {"code": wrong_code(right)})
    assert answer.status_code == 422
    assert "还可以试 4 次" in text_of(answer)
    assert client.submit("/sign-in/code", {"code": right}).location == "/sign-in/ending"


def test_after_five_wrong_tries_even_the_right_code_is_over(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    right = ask_for_code(client, writing, li_na.mobile)
    for _ in range(5):
        client.submit("/sign-in/code", {"code": wrong_code(right)})
    answer = client.submit("/sign-in/code", {"code": right})
    assert answer.status_code == 422
    assert "试的次数太多" in text_of(answer)


def test_an_old_code_is_over(
    client: CheckedClient, li_na: Borrower, writing: Writing, clock: HandClock
) -> None:
    right = ask_for_code(client, writing, li_na.mobile)
    clock.move_on(minutes=5)
    answer = client.submit("/sign-in/code", {"code": right})
    assert answer.status_code == 422
    assert "已经失效" in text_of(answer)


def test_a_new_code_ends_the_one_before(
    client: CheckedClient, li_na: Borrower, writing: Writing, clock: HandClock
) -> None:
    first = ask_for_code(client, writing, li_na.mobile)
    clock.move_on(seconds=61)
    assert client.submit("/sign-in/code", action="/sign-in/resend").location == "/sign-in/code"
    assert "新的验证码已发出" in text_of(client.get("/sign-in/code"))
    assert client.submit("/sign-in/code", {"code": first}).status_code == 422
    with writing() as session:
        second = code_sent_to(session, li_na.mobile, SECRET_KEY)
    assert client.submit("/sign-in/code", {"code": second}).location == "/sign-in/ending"


def test_asking_again_too_early_sends_nothing(
    client: CheckedClient, li_na: Borrower, writing: Writing
) -> None:
    ask_for_code(client, writing, li_na.mobile)
    client.submit("/sign-in/code", action="/sign-in/resend")
    assert "请过一分钟" in text_of(client.get("/sign-in/code"))
    client.submit("/sign-in", {"mobile": li_na.mobile})
    with writing() as session:
        assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 1


def test_a_code_opens_nothing_in_another_session(
    app: Flask, li_na: Borrower, writing: Writing, clock: HandClock
) -> None:
    mine, theirs = app.test_client(), app.test_client()
    assert isinstance(mine, CheckedClient)
    assert isinstance(theirs, CheckedClient)
    ask_for_code(theirs, writing, li_na.mobile)
    clock.move_on(seconds=61)
    right = ask_for_code(mine, writing, li_na.mobile)
    answer = theirs.submit("/sign-in/code", {"code": right})
    assert answer.status_code == 422
    assert mine.submit("/sign-in/code", {"code": right}).location == "/sign-in/ending"


def test_a_used_code_is_over(
    client: CheckedClient, li_na: Borrower, writing: Writing, sign_in: SignIn
) -> None:
    sign_in(client, li_na)
    with writing() as session:
        used = session.scalars(select(OneTimeCode)).one()
        assert used.used_at is not None


def test_too_many_messages_to_one_number_end_in_a_page_that_says_when(
    client: CheckedClient, li_na: Borrower, writing: Writing, clock: HandClock
) -> None:
    for _ in range(10):
        ask_for_code(client, writing, li_na.mobile)
        clock.move_on(seconds=61)
    answer = client.submit("/sign-in", {"mobile": li_na.mobile})
    assert answer.status_code == 429
    assert "2026年11月3日（周二）10:00 之后再试" in text_of(answer)


def test_five_wrong_endings_lock_new_devices_for_a_day_and_no_known_one(
    app: Flask, li_na: Borrower, writing: Writing, borrower_client: BorrowerClient, clock: HandClock
) -> None:
    known = borrower_client(li_na)
    known.submit("/", action="/sign-out")
    clock.move_on(minutes=2)
    thief = app.test_client()
    assert isinstance(thief, CheckedClient)
    code = ask_for_code(thief, writing, li_na.mobile)
    thief.submit("/sign-in/code", {"code": code})
    answers = [thief.submit("/sign-in/ending", {"ending": f"000{n}"}).status_code for n in range(5)]
    assert answers == [422] * 5
    assert thief.submit("/sign-in/ending", {"ending": li_na.id_last4}).status_code == 429
    clock.move_on(minutes=2)
    code = ask_for_code(known, writing, li_na.mobile)
    assert known.submit("/sign-in/code", {"code": code}).location == "/"
    clock.move_on(hours=24)
    code = ask_for_code(thief, writing, li_na.mobile)
    thief.submit("/sign-in/code", {"code": code})
    assert thief.submit("/sign-in/ending", {"ending": li_na.id_last4}).location == "/"


def test_right_endings_take_back_their_own_count_and_no_wrong_one(
    app: Flask, li_na: Borrower, writing: Writing
) -> None:
    def ending_page() -> CheckedClient:
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        code = ask_for_code(client, writing, li_na.mobile)
        client.submit("/sign-in/code", {"code": code})
        _forget_pauses(writing)
        return client

    endings = ("1000", li_na.id_last4, "1001", li_na.id_last4, "1002", "1003", "1004", li_na.id_last4)
    tried = [ending_page().submit("/sign-in/ending", {"ending": ending}).status_code for ending in endings]
    assert tried == [422, 303, 422, 303, 422, 422, 422, 429]


def test_signing_out_ends_the_session_on_the_server(
    client: CheckedClient, li_na: Borrower, sign_in: SignIn, writing: Writing
) -> None:
    sign_in(client, li_na)
    cookie = _session_cookie(client)
    answer = client.submit("/", action="/sign-out")
    assert answer.location == "/sign-in?left=1"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie("__Host-portal", cookie)
    assert client.get("/").location == "/sign-in"
    with writing() as session:
        assert (
            session.scalar(
                select(func.count()).select_from(WebSession).where(WebSession.person_id.isnot(None))
            )
            == 0
        )


def test_a_session_ends_when_it_is_left_alone(
    client: CheckedClient, li_na: Borrower, sign_in: SignIn, clock: HandClock
) -> None:
    sign_in(client, li_na)
    clock.move_on(minutes=9)
    assert client.get("/").status_code == 200
    clock.move_on(minutes=11)
    assert client.get("/").location == "/sign-in"


def test_no_code_stands_in_the_database(client: CheckedClient, li_na: Borrower, writing: Writing) -> None:
    code = ask_for_code(client, writing, li_na.mobile)
    with writing() as session:
        rows = [
            *session.scalars(select(OutboxItem)),
            *session.scalars(select(Event)),
            *session.scalars(select(OneTimeCode)),
        ]
        kept = " ".join(str({c.name: getattr(row, c.name) for c in row.__table__.columns}) for row in rows)
        messages = session.scalars(select(DemoMessage)).all()
    assert code not in kept
    assert messages == []


def test_the_steps_after_the_first_lead_back_to_it(client: CheckedClient) -> None:
    assert client.get("/sign-in/code").location == "/sign-in"
    assert client.get("/sign-in/ending").location == "/sign-in"


_TABLES = (OneTimeCode, OutboxItem, Event, KnownDevice)


def _session_cookie(client: CheckedClient) -> str:
    cookie = client.get_cookie("__Host-portal")
    assert cookie is not None
    return cookie.value


def _signed_in(writing: Writing) -> int | None:
    with writing() as session:
        return session.scalar(select(WebSession.person_id).where(WebSession.person_id.isnot(None)))


def _forget_pauses(writing: Writing) -> None:
    with writing() as session:
        for row in session.scalars(select(RateCount).where(RateCount.bucket.like("code:%"))):
            row.window_started_at -= timedelta(days=2)


def _comparable(page: str, mobile: str) -> str:
    """A page without what belongs to the request: token and the number typed."""
    masked = f"{mobile[:3]}****{mobile[-4:]}"
    page = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page)
    page = re.sub(r'value="[^"]{40,}"', "", page)
    return page.replace(masked, "NUMBER").replace(mobile, "NUMBER")
