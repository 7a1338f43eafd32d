from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import StaffMember, WebSession
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, NewClient, StaffClient, events_of, sign_in_data
from tests.people import Cast

PAGE = "/desk/sign-in"
WRONG = "登录信息对不上"


def test_password_and_code_sign_staff_in(
    client: CheckedClient, cast: Cast, clock: HandClock, writing: Writing
) -> None:
    assert client.submit(PAGE, sign_in_data("Zhou.Min", clock.now())).location == "/desk"
    assert client.get("/desk").status_code == 200
    assert client.get(PAGE).location == "/desk"
    assert events_of(writing, "session:started") == [{"audience": "staff", "device_known": False}]


def test_sign_in_goes_back_to_the_case_that_was_asked_for(
    client: CheckedClient, cast: Cast, case: Case, clock: HandClock
) -> None:
    asked = client.get(case.url)
    assert asked.location == f"{PAGE}?next={case.url}"
    assert client.submit(asked.location, sign_in_data("zhou.min", clock.now())).location == case.url


@pytest.mark.parametrize("wish", ["/", "//evil.example", "https://evil.example/desk", "/cases"])
def test_sign_in_leads_nowhere_outside_the_desk(
    client: CheckedClient, cast: Cast, clock: HandClock, wish: str
) -> None:
    assert client.submit(f"{PAGE}?next={wish}", sign_in_data("zhou.min", clock.now())).location == "/desk"


@pytest.mark.parametrize(
    "changes",
    [
        {"login": "nobody"},
        {"password": "another long pass phrase"},
        {"password": "x" * 4000},
        {"code": "000000"},
        {"code": "abc"},
        {"code": "１２３"},
    ],
    ids=str,
)
def test_whatever_is_wrong_the_answer_is_the_same(
    client: CheckedClient, cast: Cast, clock: HandClock, writing: Writing, changes: dict[str, str]
) -> None:
    answer = client.submit(PAGE, {**sign_in_data("zhou.min", clock.now()), **changes})
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert client.get("/desk").status_code == 303
    assert len(events_of(writing, "staff:sign_in_refused")) == 1


def test_an_empty_form_says_what_is_missing(client: CheckedClient, cast: Cast) -> None:
    answer = client.submit(PAGE)
    assert answer.status_code == 422
    assert "请输入登录名" in answer.text
    assert "请输入密码" in answer.text


def test_a_code_works_once(new_client: NewClient, cast: Cast, clock: HandClock, writing: Writing) -> None:
    data = sign_in_data("zhou.min", clock.now())
    assert new_client().submit(PAGE, data).status_code == 303
    other = new_client()
    assert other.submit(PAGE, data).status_code == 422
    assert events_of(writing, "staff:sign_in_refused") == [{"reason": "code_used"}]


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-60, 422), (60, 422)])
def test_a_clock_may_be_one_step_off(
    client: CheckedClient, cast: Cast, clock: HandClock, seconds: int, status: int
) -> None:
    data = sign_in_data("zhou.min", clock.now() + timedelta(seconds=seconds))
    assert client.submit(PAGE, data).status_code == status


def test_a_disabled_account_cannot_sign_in_and_its_session_ends_at_the_next_request(
    cast: Cast, staff_client: StaffClient, new_client: NewClient, clock: HandClock, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    with writing() as session:
        session.get_one(StaffMember, cast.zhou_min.id).disabled_at = clock.now()
    assert client.get("/desk").location == f"{PAGE}?next=/desk"
    clock.move_on(seconds=30)
    fresh = new_client()
    answer = fresh.submit(PAGE, sign_in_data("zhou.min", clock.now()))
    assert answer.status_code == 422
    assert WRONG in answer.text


def test_too_many_tries_pause_the_account_there_and_the_right_password_too(
    new_client: NewClient, cast: Cast, clock: HandClock
) -> None:
    client = new_client()
    for _ in range(10):
        assert (
            client.submit(
                PAGE, {**sign_in_data("zhou.min", clock.now()), "password": "wrong " * 4}
            ).status_code
            == 422
        )
    assert client.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 429
    assert new_client().submit(PAGE, sign_in_data("wu.yan", clock.now())).status_code == 303
    clock.move_on(minutes=16)
    fresh = new_client()
    assert fresh.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 303


def test_whoever_tries_without_end_from_one_address_shuts_nobody_out_elsewhere(
    new_client: NewClient, cast: Cast, clock: HandClock
) -> None:
    stranger, owner = new_client(), new_client()
    owner.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    wrong = {**sign_in_data("zhou.min", clock.now()), "password": "wrong " * 4}
    answers = [stranger.submit(PAGE, wrong).status_code for _ in range(52)]
    assert answers == [422] * 10 + [429] * 42
    assert owner.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 303


def test_unknown_logins_are_counted_as_known_ones_are(
    client: CheckedClient, cast: Cast, clock: HandClock
) -> None:
    answers = [client.submit(PAGE, sign_in_data("nobody", clock.now())).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


@pytest.mark.parametrize("address", ["2001:db8:7:7::{0:x}", "2001:db8:7:{0:x}::1"])
def test_addresses_that_one_customer_may_have_count_together(
    client: CheckedClient, cast: Cast, clock: HandClock, address: str
) -> None:
    answers = []
    for number in range(1, 12):
        client.environ_base["REMOTE_ADDR"] = address.format(number)
        answers.append(client.submit(PAGE, sign_in_data("nobody", clock.now())).status_code)
    assert answers == [422] * 10 + [429]
    client.environ_base["REMOTE_ADDR"] = "2001:db8:8:7::1"
    assert client.submit(PAGE, sign_in_data("nobody", clock.now())).status_code == 422


def test_a_new_session_id_comes_with_the_sign_in(
    client: CheckedClient, cast: Cast, clock: HandClock, writing: Writing
) -> None:
    client.get(PAGE)
    with writing() as session:
        before = set(session.scalars(select(WebSession.token_hash)))
    client.submit(PAGE, sign_in_data("zhou.min", clock.now()))
    with writing() as session:
        after = set(session.scalars(select(WebSession.token_hash)))
    assert len(after) == 1
    assert not before & after


def test_fifteen_idle_minutes_end_the_session_and_ten_hours_end_it_anyway(
    cast: Cast, staff_client: StaffClient, clock: HandClock
) -> None:
    client = staff_client(cast.zhou_min)
    for _ in range(43):
        clock.move_on(minutes=14)
        answer = client.get("/desk")
        if answer.status_code == 303:
            break
    else:
        pytest.fail("ten hours and more went by")
    idle = staff_client(cast.wu_yan)
    clock.move_on(minutes=15, seconds=1)
    assert idle.get("/desk").status_code == 303


def test_signing_out_ends_the_session_and_gives_cases_back(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    answer = holder.submit("/desk", action="/desk/sign-out")
    assert answer.location == PAGE
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert holder.get("/desk").status_code == 303
    assert events_of(writing, "case:released") == [{"reason": "signed_out"}]


def test_a_form_that_nobody_is_signed_in_for_leads_to_the_sign_in_which_says_that_it_was_not_taken(
    cast: Cast, holder: CheckedClient
) -> None:
    assert "没有提交成功" not in holder.get("/desk/support", follow_redirects=True).get_data(as_text=True)
    holder.submit("/desk", action="/desk/sign-out")
    answer = holder.post("/desk/support", data={"csrf_token": "of the page from before"})
    assert answer.location == f"{PAGE}?next=/desk/support&unsent=1"
    assert "没有提交成功" in holder.get(answer.location).get_data(as_text=True)
    assert "没有提交成功" not in holder.get(PAGE).get_data(as_text=True)


def test_nobody_is_promised_to_come_back_to_a_page_that_only_takes_forms(
    cast: Cast, holder: CheckedClient
) -> None:
    holder.submit("/desk", action="/desk/sign-out")
    answer = holder.post("/desk/next", data={"csrf_token": "of the page from before"})
    assert answer.location == f"{PAGE}?unsent=1"
    said = holder.get(answer.location).get_data(as_text=True)
    assert "没有提交成功" in said
    assert "回到原来的页面" not in said


def test_a_borrowers_cookie_opens_nothing_at_the_desk(client: CheckedClient, cast: Cast) -> None:
    client.get("/sign-in")
    assert client.get("/desk").status_code == 303


def test_whoever_signs_in_reads_how_often_it_was_refused_before(
    new_client: NewClient, cast: Cast, clock: HandClock
) -> None:
    for number in range(5):
        stranger = new_client()
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{number % 2}"
        stranger.submit(PAGE, {**sign_in_data("zhou.min", clock.now()), "password": "wrong " * 4})
    owner = new_client()
    assert owner.submit(PAGE, sign_in_data("Zhou.Min", clock.now())).status_code == 303
    told = "未成功 5 次，来自 2 处"
    assert told in owner.get("/desk/").text
    assert told not in owner.get("/desk/").text
    assert told in owner.get("/desk/me").text
    clock.move_on(seconds=30)
    again = new_client()
    assert again.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 303
    assert "未成功" not in again.get("/desk/me").text


def test_a_try_at_a_full_limit_counts_among_the_refused(
    new_client: NewClient, cast: Cast, clock: HandClock
) -> None:
    stranger = new_client()
    wrong = {**sign_in_data("zhou.min", clock.now()), "password": "wrong " * 4}
    assert [stranger.submit(PAGE, wrong).status_code for _ in range(12)][-1] == 429
    owner = new_client()
    owner.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert owner.submit(PAGE, sign_in_data("zhou.min", clock.now())).status_code == 303
    assert "未成功 12 次，来自 1 处" in owner.get("/desk/me").text
