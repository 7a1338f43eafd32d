"""Security keys: added by who is signed in, they open the desk and prove who is there; nobody else's, no copy's, no other site's."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.models import Event, RateCount, StaffChange
from portal.services.shared_limits import KEY_QUESTIONS
from portal.web.review import sign_in_key
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import NewClient, StaffClient, events_of, post_to
from tests.integration.web.worlds import form_token
from tests.people import Cast
from tests.soft_key import SoftKey

HOST, ORIGIN = "localhost", "https://localhost"
REMOVE = "/desk/me/keys/remove"


@pytest.fixture
def key() -> SoftKey:
    return SoftKey(origin=ORIGIN, host=HOST)


@pytest.fixture
def zhou_min(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.zhou_min)


def ask(client: CheckedClient, url: str, page: str) -> dict[str, Any]:
    """The question that the page's script gets."""
    token = form_of(client.get(page).text)[1]["csrf_token"]
    answer = client.post(url, headers={"X-CSRFToken": token})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def add(client: CheckedClient, key: SoftKey, name: str = "蓝色钥匙") -> TestResponse:
    said = key.create(ask(client, "/desk/me/keys/ask", "/desk/me/keys"))
    return post_to(client, "/desk/me/keys", {"name": name, "answer": said})


def enter(client: CheckedClient, key: SoftKey, *, said: str | None = None) -> TestResponse:
    asked = ask(client, "/desk/sign-in/key/ask", "/desk/sign-in")
    page = client.get("/desk/sign-in").text
    _, fields = form_of(page, "/desk/sign-in/key")
    return client.post("/desk/sign-in/key", data={**fields, "answer": said or key.get(asked)})


def test_whoever_asks_without_end_is_told_when_to_come_again(
    client: CheckedClient,
    new_client: NewClient,
    clock: HandClock,
    writing: Writing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = form_token(client, "/desk/sign-in")

    def ask_on(asking: CheckedClient, csrf_token: str) -> TestResponse:
        return asking.post("/desk/sign-in/key/ask", data={"csrf_token": csrf_token})

    answers = [ask_on(client, token) for _ in range(122)]
    assert [answer.status_code for answer in answers] == [200] * 120 + [429] * 2
    assert answers[-1].json == {"message": "请稍等一会儿。请在2026年11月2日（周一）10:15 之后再试。"}
    with writing() as session:
        refused = session.scalars(select(Event.fields).where(Event.name == "staff:sign_in_refused"))
        assert [fields["reason"] for fields in refused] == ["too_many"]
    there = new_client()
    there.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert ask_on(there, form_token(there, "/desk/sign-in")).status_code == 200
    monkeypatch.setattr(sign_in_key, "KEY_QUESTIONS", replace(KEY_QUESTIONS, most=300))
    for number in range(1, 40):
        there.environ_base["REMOTE_ADDR"] = f"2001:db8:7:{number:x}::1"
        assert ask_on(there, form_token(there, "/desk/sign-in")).status_code == (429 if number > 30 else 200)
    there.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    monkeypatch.undo()
    with writing() as session:
        session.execute(update(RateCount).where(RateCount.bucket == "key:everywhere").values(count=20_000))
    assert ask_on(there, form_token(there, "/desk/sign-in")).status_code == 429
    clock.move_on(minutes=60)
    assert ask_on(client, form_token(client, "/desk/sign-in")).status_code == 200


def test_a_key_is_added_and_opens_the_desk(
    zhou_min: CheckedClient, new_client: NewClient, key: SoftKey, writing: Writing
) -> None:
    assert add(zhou_min, key).status_code == 303
    assert "蓝色钥匙" in zhou_min.get("/desk/me/keys").text
    there = new_client()
    assert enter(there, key).location == "/desk"
    assert "1002" in there.get("/desk/me").text
    assert len(events_of(writing, "staff:key_added")) == 1


def test_a_removed_key_opens_nothing(
    zhou_min: CheckedClient, new_client: NewClient, key: SoftKey, writing: Writing
) -> None:
    add(zhou_min, key)
    (found,) = re.findall(r'name="key" value="(\w{32})"', zhou_min.get("/desk/me/keys").text)
    for _ in range(2):
        assert post_to(zhou_min, REMOVE, {"key": found}).status_code == 303
    assert enter(new_client(), key).status_code == 422
    assert len(events_of(writing, "staff:key_removed")) == 1
    assert events_of(writing, "staff:sign_in_refused") == [{"reason": "key"}]


def test_nobody_removes_somebody_elses(
    cast: Cast, zhou_min: CheckedClient, staff_client: StaffClient, new_client: NewClient, key: SoftKey
) -> None:
    add(zhou_min, key)
    (found,) = re.findall(r'name="key" value="(\w{32})"', zhou_min.get("/desk/me/keys").text)
    post_to(staff_client(cast.wu_yan), REMOVE, {"key": found})
    assert enter(new_client(), key).status_code == 303


def test_what_is_not_this_key_at_this_site_now_opens_nothing(
    zhou_min: CheckedClient, new_client: NewClient, key: SoftKey
) -> None:
    add(zhou_min, key)
    there = new_client()
    # An answer to an older question.
    old = key.get(ask(there, "/desk/sign-in/key/ask", "/desk/sign-in"))
    assert enter(there, key, said=old).status_code == 422
    # A question is answered once.
    asked = ask(there, "/desk/sign-in/key/ask", "/desk/sign-in")
    fields = form_of(there.get("/desk/sign-in").text, "/desk/sign-in/key")[1]
    assert there.post("/desk/sign-in/key", data={**fields, "answer": "{}"}).status_code == 422
    assert there.post("/desk/sign-in/key", data={**fields, "answer": key.get(asked)}).status_code == 422
    # A false page: the browser writes where it really is.
    key.origin = "https://desk.example"
    assert enter(there, key).status_code == 422
    key.origin = ORIGIN
    # Nobody told it a PIN.
    key.is_verified = False
    assert enter(there, key).status_code == 422
    key.is_verified = True
    # A key that was never added.
    assert enter(there, SoftKey(origin=ORIGIN, host=HOST)).status_code == 422
    assert enter(there, key).status_code == 303


@pytest.mark.parametrize(
    "said", ["[" * 19_000, '{"a":' * 3_900, "\x85" * 10, "9" * 19_000, "null", '{"id": []}']
)
def test_what_is_no_answer_of_any_key_opens_nothing_and_counts(
    new_client: NewClient, cast: Cast, writing: Writing, said: str
) -> None:
    assert enter(new_client(), SoftKey(origin=ORIGIN, host=HOST), said=said).status_code == 422
    with writing() as session:
        assert session.scalars(
            select(RateCount.count).where(RateCount.bucket.like("staff:address:%"))
        ).all() == [1]


@pytest.mark.parametrize("said", ["[" * 19_000, "9" * 19_000])
def test_what_is_no_new_key_is_not_added(zhou_min: CheckedClient, said: str) -> None:
    ask(zhou_min, "/desk/me/keys/ask", "/desk/me/keys")
    assert post_to(zhou_min, "/desk/me/keys", {"name": "x", "answer": said}).status_code == 422


def test_a_copy_of_a_key_is_noticed(zhou_min: CheckedClient, new_client: NewClient, key: SoftKey) -> None:
    add(zhou_min, key)
    assert enter(new_client(), key).status_code == 303
    key.count = 0
    assert enter(new_client(), key).status_code == 422


def test_an_ended_account_has_no_key(
    cast: Cast, zhou_min: CheckedClient, staff_client: StaffClient, new_client: NewClient, key: SoftKey
) -> None:
    add(zhou_min, key)
    assert post_to(staff_client(cast.sun_hao), "/desk/staff/1002/disable").status_code == 303
    assert enter(new_client(), key).status_code == 422


def test_a_reset_takes_the_keys_away_too(
    cast: Cast,
    zhou_min: CheckedClient,
    staff_client: StaffClient,
    new_client: NewClient,
    key: SoftKey,
    writing: Writing,
) -> None:
    add(zhou_min, key)
    assert post_to(staff_client(cast.sun_hao), "/desk/staff/1002/reset").status_code == 303
    with writing() as session:
        change = session.scalars(select(StaffChange.public_id)).one()
    assert enter(new_client(), key).status_code == 303
    assert post_to(staff_client(cast.wu_yan), f"/desk/staff/changes/{change}/agree").status_code == 200
    assert enter(new_client(), key).status_code == 422


def test_it_proves_who_is_there_and_only_ones_own_does(
    cast: Cast,
    staff_client: StaffClient,
    zhou_min: CheckedClient,
    clock: HandClock,
    key: SoftKey,
    writing: Writing,
) -> None:
    sun_hao, others = staff_client(cast.sun_hao), SoftKey(origin=ORIGIN, host=HOST)
    assert add(sun_hao, key).status_code == 303
    assert add(zhou_min, others).status_code == 303
    for _ in range(11):
        clock.move_on(seconds=60)
        sun_hao.get("/desk/me")
    act = {"roles": ["agent"]}
    asked = sun_hao.submit("/desk/staff/1002", act, action="/desk/staff/1002/roles")
    assert "data-key=" in asked.text
    fields = form_of(asked.text, "/desk/staff/1002/roles")[1]
    for shown, status in ((others, 422), (key, 303)):
        said = shown.get(ask(sun_hao, "/desk/me/proof/ask", "/desk/me/keys"))
        answer = sun_hao.post(
            "/desk/staff/1002/roles", data={**fields, **act, "proof_key": said, "proof_code": ""}
        )
        assert answer.status_code == status
    assert events_of(writing, "staff:proven") == [{"way": "key"}]


def test_who_signs_in_by_key_uses_up_no_tries_of_the_address(
    zhou_min: CheckedClient, new_client: NewClient, key: SoftKey, writing: Writing
) -> None:
    add(zhou_min, key)
    assert enter(new_client(), key).status_code == 303
    with writing() as session:
        counts = session.scalars(
            select(RateCount.count).where(RateCount.bucket.like("staff:address:%"))
        ).all()
    assert counts == [0]


def test_a_key_waits_while_who_adds_it_proves_by_another(
    cast: Cast, zhou_min: CheckedClient, clock: HandClock, key: SoftKey
) -> None:
    add(zhou_min, key)
    for _ in range(11):
        clock.move_on(seconds=60)
        zhou_min.get("/desk/me")
    said = SoftKey(origin=ORIGIN, host=HOST).create(ask(zhou_min, "/desk/me/keys/ask", "/desk/me/keys"))
    page = post_to(zhou_min, "/desk/me/keys", {"name": "备用", "answer": said}).text
    fields = form_of(page, "/desk/me/keys")[1]
    proof = key.get(ask(zhou_min, "/desk/me/proof/ask", "/desk/me/keys"))
    assert zhou_min.post("/desk/me/keys", data={**fields, "proof_key": proof}).status_code == 303
    assert "备用" in zhou_min.get("/desk/me/keys").text


def test_at_an_address_of_numbers_no_key_can_be_asked(client: CheckedClient) -> None:
    pages = [
        client.get("/desk/sign-in", headers={"Host": host}).text for host in ("localhost", "127.0.0.1:8000")
    ]
    assert ["data-key=" in page for page in pages] == [True, False]


def test_the_page_says_what_is_wrong(zhou_min: CheckedClient, key: SoftKey) -> None:
    assert "请起个名字" in add(zhou_min, key, name=" ").text
    assert add(zhou_min, key).status_code == 303
    assert "已经添加过" in add(zhou_min, key).text
    assert "未被接受" in post_to(zhou_min, "/desk/me/keys", {"name": "x", "answer": "{}"}).text
