"""The administrator's pages of accounts, and what those whom they are about meet with their next request."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal.adapters.time_codes import PyotpTimeCodes
from portal.domain.permissions import Role
from portal.models import ReviewItem, StaffChange, StaffInvitation, StaffMember, WebSession
from portal.services.refused_tries import HARD, note_refused
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import (
    Case,
    NewClient,
    StaffClient,
    events_of,
    post_to,
    sign_in_data,
)
from tests.people import NOW, Cast, add_staff
from tests.staff_ids import ID_NUMBER

CODES = PyotpTimeCodes()
PASSWORD = "a quiet walk by the river"
NEW = {"name": "新人", "number": "3001", "login": "new.one", "roles": ["agent"], "agency": ""}


@pytest.fixture
def sun_hao(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.sun_hao)


def roles_of(writing: Writing, member: StaffMember) -> list[str]:
    with writing() as session:
        return list(session.get_one(StaffMember, member.id).roles)


def link_on(page: str) -> str:
    found = re.search(r"http[^<]*/desk/join/[\w-]+", page)
    assert found is not None
    return urlsplit(found[0]).path


def code_for(writing: Writing, clock: HandClock) -> str:
    with writing() as session:
        newest = session.scalars(select(StaffInvitation).order_by(StaffInvitation.id.desc())).first()
        secret = newest and newest.totp_secret
    assert secret
    return CODES.code_at(secret, clock.now())


def test_the_list_is_narrowed_by_role_state_and_words(
    cast: Cast, sun_hao: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        session.get_one(StaffMember, cast.lin_yue.id).disabled_at = NOW
    page = sun_hao.get("/desk/staff").text
    assert all(member.name in page for member in cast.staff)
    for query, wanted in (
        ("role=supervisor", {"吴岩"}),
        ("state=disabled", {"林悦"}),
        ("state=away", set()),
        ("words=1002", {"周敏"}),
        ("role=nothing&state=nowhere&words=", {member.name for member in cast.staff}),
    ):
        page = sun_hao.get(f"/desk/staff?{query}").text
        assert {member.name for member in cast.staff if f">{member.name}</td>" in page} == wanted, query
    assert "没有符合条件的账号" in sun_hao.get("/desk/staff?words=nobody").text


def test_a_role_that_goes_ends_an_open_session_s_right_with_the_next_request(
    cast: Cast, case: Case, holder: CheckedClient, sun_hao: CheckedClient, writing: Writing
) -> None:
    assert holder.get(case.url).status_code == 200
    assert (
        sun_hao.submit("/desk/staff/1002", {"roles": ["agent"]}, action="/desk/staff/1002/roles").status_code
        == 303
    )
    assert roles_of(writing, cast.zhou_min) == ["agent"]
    assert holder.get(case.url).status_code == 403
    assert post_to(holder, f"{case.url}/claim").status_code == 403
    with writing() as session:
        assert session.get_one(ReviewItem, case.id).claimed_by is None
    assert events_of(writing, "case:released") == [{"reason": "role_removed"}]


def test_disabling_ends_the_session_and_the_claim_now(
    cast: Cast, case: Case, holder: CheckedClient, sun_hao: CheckedClient, writing: Writing
) -> None:
    for _ in range(2):
        assert post_to(sun_hao, "/desk/staff/1002/disable").status_code == 303
    assert holder.get(case.url).location.startswith("/desk/sign-in")
    with writing() as session:
        assert session.get_one(ReviewItem, case.id).claimed_by is None
        assert session.scalars(select(WebSession).where(WebSession.person_id == cast.zhou_min.id)).all() == []
    assert len(events_of(writing, "staff:disabled")) == 1


def test_sessions_are_ended_without_ending_the_account(
    cast: Cast, holder: CheckedClient, sun_hao: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    assert "最近活动" in sun_hao.get("/desk/staff/1002").text
    assert post_to(sun_hao, "/desk/staff/1002/sessions").status_code == 303
    assert holder.get("/desk").location.startswith("/desk/sign-in")
    assert staff_client(cast.zhou_min).get("/desk").status_code == 200
    assert events_of(writing, "staff:sessions_ended") == [{"staff_number": "1002", "sessions": 1}]


def test_an_account_that_somebody_tries_hard_is_named_to_administrators(
    cast: Cast, sun_hao: CheckedClient, writing: Writing
) -> None:
    assert "有人在反复尝试" not in sun_hao.get("/desk/staff").text
    with writing() as session:
        for _ in range(HARD):
            note_refused(session, login=cast.zhou_min.login, site_key="there", now=NOW)
    page = sun_hao.get("/desk/staff").text
    assert f"{cast.zhou_min.number}：自" in page
    assert f"登录未成功 {HARD} 次，来自 1 处" in page


def test_power_waits_for_a_second_person_on_the_page(
    cast: Cast, sun_hao: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    sent = sun_hao.submit(
        "/desk/staff/1001", {"roles": ["agent", "approver"]}, action="/desk/staff/1001/roles"
    )
    assert sent.status_code == 303
    assert roles_of(writing, cast.chen_chen) == ["agent"]
    with writing() as session:
        change = session.scalars(select(StaffChange.public_id)).one()
    agree = f"/desk/staff/changes/{change}/agree"
    assert agree not in sun_hao.get("/desk/staff").text
    assert post_to(sun_hao, agree).status_code == 303
    assert roles_of(writing, cast.chen_chen) == ["agent"]
    assert events_of(writing, "staff:act_refused") == [{"act": "answer", "code": "staff_change_by_oneself"}]
    wu_yan = staff_client(cast.wu_yan)
    assert agree in wu_yan.get("/desk/staff").text
    for _ in range(2):
        assert post_to(wu_yan, agree).status_code == 303
    assert roles_of(writing, cast.chen_chen) == ["agent", "approver"]
    assert len(events_of(writing, "staff:roles_changed")) == 1


@pytest.mark.parametrize("act", ["roles", "disable", "reset", "enable"])
def test_nobody_does_it_to_themselves(cast: Cast, sun_hao: CheckedClient, writing: Writing, act: str) -> None:
    with writing() as session:
        add_staff(session, "1099", "second", "第二", Role.ADMINISTRATOR)
    assert f"/1005/{act}" not in sun_hao.get("/desk/staff/1005").text
    post_to(sun_hao, f"/desk/staff/1005/{act}", {"roles": "agent"})
    assert events_of(writing, "staff:act_refused") == [{"act": act, "code": "staff_oneself"}]
    assert sun_hao.get("/desk/staff").status_code == 200


def test_somebody_invited_sets_up_an_account_and_signs_in(
    cast: Cast,
    sun_hao: CheckedClient,
    new_client: NewClient,
    client: CheckedClient,
    writing: Writing,
    clock: HandClock,
) -> None:
    shown = sun_hao.submit("/desk/staff/invite", NEW)
    link = link_on(shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    assert link not in sun_hao.get("/desk/staff").text
    before = new_client().submit("/desk/sign-in", {**sign_in_data("new.one", clock.now())})
    assert before.status_code == 422
    assert client.get(link).status_code == 200
    assert client.get(f"{link}/app.svg").data.startswith(b"<svg")
    said = {"password": PASSWORD, "again": PASSWORD, "id_number": ID_NUMBER}
    wrong = client.submit(link, {**said, "code": "000000"})
    assert wrong.status_code == 422
    assert ID_NUMBER not in re.sub(r'value="[^"]*"', "", wrong.text)
    right = {**said, "code": code_for(writing, clock)}
    assert client.submit(link, {**right, "again": "another one entirely"}).status_code == 422
    assert client.submit(link, right).location == "/desk/sign-in"
    assert client.get(link).status_code == 410
    assert "已被使用" in client.get(link).text
    assert client.get(f"{link}/app.svg").status_code == 404
    clock.move_on(seconds=30)
    with writing() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.login == "new.one")).one()
        code = CODES.code_at(member.totp_secret or "", clock.now())
    signed_in = client.submit("/desk/sign-in", {"login": "new.one", "password": PASSWORD, "code": code})
    assert signed_in.location == "/desk/me/relations"
    assert post_to(client, "/desk/me/relations/confirm").location == "/desk/me"
    assert len(events_of(writing, "staff:invitation_refused")) == 2


def test_a_link_that_ran_out_or_was_withdrawn_says_so(
    cast: Cast, sun_hao: CheckedClient, client: CheckedClient, writing: Writing, clock: HandClock
) -> None:
    link = link_on(sun_hao.submit("/desk/staff/invite", NEW).text)
    with writing() as session:
        session.scalars(select(StaffInvitation)).one().expires_at = clock.now()
    assert client.get(link).status_code == 410
    assert "三天" in client.get(link).text
    with writing() as session:
        public_id = session.scalars(select(StaffInvitation.public_id)).one()
    again = link_on(post_to(sun_hao, f"/desk/staff/invitations/{public_id}/link").text)
    assert client.get(link).status_code == 404
    assert client.get(again).status_code == 200
    assert post_to(sun_hao, f"/desk/staff/invitations/{public_id}/withdraw").status_code == 303
    page = client.get(again)
    assert (page.status_code, "撤回" in page.text) == (410, True)


def test_guessing_a_code_of_an_invitation_ends(
    cast: Cast, sun_hao: CheckedClient, client: CheckedClient, writing: Writing
) -> None:
    link = link_on(sun_hao.submit("/desk/staff/invite", NEW).text)
    said = {"password": PASSWORD, "again": PASSWORD, "id_number": ID_NUMBER, "code": "000000"}
    assert [client.submit(link, said).status_code for _ in range(11)] == [422] * 10 + [429]


def test_a_lost_telephone_is_replaced_by_two_and_the_owner(
    cast: Cast,
    sun_hao: CheckedClient,
    staff_client: StaffClient,
    holder: CheckedClient,
    client: CheckedClient,
    writing: Writing,
    clock: HandClock,
) -> None:
    assert post_to(sun_hao, "/desk/staff/1002/reset").status_code == 303
    assert holder.get("/desk").status_code == 200
    with writing() as session:
        change = session.scalars(select(StaffChange.public_id)).one()
    link = link_on(post_to(staff_client(cast.wu_yan), f"/desk/staff/changes/{change}/agree").text)
    assert holder.get("/desk").location.startswith("/desk/sign-in")
    refused = client.submit("/desk/sign-in", sign_in_data("zhou.min", clock.now()))
    assert refused.status_code == 422
    said = {"password": PASSWORD, "again": PASSWORD, "code": code_for(writing, clock)}
    assert client.submit(link, said).location == "/desk/sign-in"
    with writing() as session:
        assert len(session.scalars(select(StaffMember).where(StaffMember.login == "zhou.min")).all()) == 1


def test_declaring_says_the_same_of_whoever_it_is(
    cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    zhou_min = staff_client(cast.zhou_min)
    pages = []
    for number in ("L-1001", "L-9999"):
        sent = zhou_min.submit(
            "/desk/me/relations", {"kind": "spouse", "number": number}, action="/desk/me/relations"
        )
        assert sent.status_code == 303
        pages.append(re.sub(r"\d{2}:\d{2}", "", zhou_min.get("/desk/me/relations").text))
    assert (
        zhou_min.submit("/desk/me/relations", {"kind": "spouse"}, action="/desk/me/relations").status_code
        == 422
    )
    assert (
        zhou_min.submit(
            "/desk/me/relations", {"id_number": ID_NUMBER}, action="/desk/me/relations"
        ).status_code
        == 422
    )
    assert len(events_of(writing, "staff:declared")) == 2


def test_a_year_later_one_is_asked_again(
    cast: Cast, new_client: NewClient, writing: Writing, clock: HandClock
) -> None:
    clock.move_on(days=366)
    client = new_client()
    signed_in = client.submit("/desk/sign-in", sign_in_data("zhou.min", clock.now()))
    assert signed_in.location == "/desk/me/relations"
