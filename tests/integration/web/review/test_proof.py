"""Acts that give power ask once more who is there; what was typed goes on with the proof."""

from collections.abc import Mapping
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.models import StaffMember
from portal.services.staff_sign_in import MOST_OF_ACCOUNT_THERE
from portal.web.access import Audience, marker_of
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of
from tests.people import TOTP_SECRET, Cast

ROLES = "/desk/staff/1002/roles"
WANTED = ["agent", "caller"]


@pytest.fixture
def sun_hao(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.sun_hao)


def roles_of(writing: Writing, member: StaffMember) -> list[str]:
    with writing() as session:
        return list(session.get_one(StaffMember, member.id).roles)


def code_at(clock: HandClock) -> str:
    return pyotp.TOTP(TOTP_SECRET).at(clock.now())


def ask_late(client: CheckedClient, clock: HandClock) -> str:
    """Eleven minutes after the sign-in; the page that asks."""
    for _ in range(11):
        clock.move_on(seconds=60)
        client.get("/desk/me")
    asked = client.submit("/desk/staff/1002", {"roles": WANTED}, action=ROLES)
    assert asked.status_code == 403
    return asked.text


def send_again(client: CheckedClient, page: str, proof: Mapping[str, Any]) -> TestResponse:
    """The page that asked, filled in and sent."""
    target, fields = form_of(page, ROLES)
    return client.post(target, data={**fields, **proof})


def test_within_ten_minutes_of_the_sign_in_nothing_is_asked(
    cast: Cast, sun_hao: CheckedClient, writing: Writing
) -> None:
    assert sun_hao.submit("/desk/staff/1002", {"roles": WANTED}, action=ROLES).status_code == 303
    assert roles_of(writing, cast.zhou_min) == WANTED


def test_later_the_act_waits_for_a_code_and_keeps_what_was_typed(
    cast: Cast, sun_hao: CheckedClient, clock: HandClock, writing: Writing
) -> None:
    before = roles_of(writing, cast.zhou_min)
    page = ask_late(sun_hao, clock)
    assert "请再次证明是您本人" in page
    assert [f'name="roles" value="{role}"' in page for role in WANTED] == [True, True]
    assert roles_of(writing, cast.zhou_min) == before
    wrong = send_again(sun_hao, page, {"proof_code": "000000", "roles": WANTED})
    assert wrong.status_code == 422
    assert roles_of(writing, cast.zhou_min) == before
    sent = {"proof_code": code_at(clock), "roles": WANTED}
    assert send_again(sun_hao, wrong.text, sent).status_code == 303
    assert roles_of(writing, cast.zhou_min) == WANTED
    assert events_of(writing, "staff:proven") == [{"way": "code"}]
    # Ten minutes from then on.
    again = sun_hao.submit("/desk/staff/1002", {"roles": ["agent"]}, action=ROLES)
    assert again.status_code == 303


def test_a_code_proves_once(cast: Cast, sun_hao: CheckedClient, clock: HandClock, writing: Writing) -> None:
    before = roles_of(writing, cast.zhou_min)
    page = ask_late(sun_hao, clock)
    with writing() as session:
        session.get_one(StaffMember, cast.sun_hao.id).totp_last_step = int(clock.now().timestamp()) // 30
    used = send_again(sun_hao, page, {"proof_code": code_at(clock), "roles": WANTED})
    assert (used.status_code, roles_of(writing, cast.zhou_min)) == (422, before)


def test_a_proof_is_used_up_and_on_record_though_the_act_leads_nowhere(
    cast: Cast, sun_hao: CheckedClient, clock: HandClock, writing: Writing
) -> None:
    page = ask_late(sun_hao, clock)
    _, fields = form_of(page, ROLES)
    proof = {"proof_code": code_at(clock), "roles": WANTED}
    nobody = sun_hao.post(ROLES.replace("1002", "9999"), data={**fields, **proof})
    assert nobody.status_code == 404
    assert events_of(writing, "staff:proven") == [{"way": "code"}]
    with writing() as session:
        used = session.get_one(StaffMember, cast.sun_hao.id).totp_last_step
    assert used == int(clock.now().timestamp()) // 30


def test_guessing_ends_after_ten_even_for_the_right_code(
    cast: Cast, sun_hao: CheckedClient, clock: HandClock, writing: Writing
) -> None:
    before = roles_of(writing, cast.zhou_min)
    page = ask_late(sun_hao, clock)
    for _ in range(MOST_OF_ACCOUNT_THERE):
        answer = send_again(sun_hao, page, {"proof_code": "000000", "roles": WANTED})
        assert answer.status_code == 422
    right = send_again(sun_hao, page, {"proof_code": code_at(clock), "roles": WANTED})
    assert (right.status_code, roles_of(writing, cast.zhou_min)) == (429, before)


def test_every_act_that_gives_power_or_sets_rules_asks(app: Flask) -> None:
    """Whoever adds one has to say here whether it does."""
    asking = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if (marker := marker_of(view)) is not None and marker.audience is Audience.STAFF and marker.proven
    }
    assert asking == {
        f"review.{name}"
        for name in (
            "send_invitation", "renew_invitation", "set_staff_roles", "disable_staff", "enable_staff", "end_staff_sessions",
            "reset_staff", "agree_staff_change", "act_on_policy", "decide_policy", "end_policy_trial", "answer_policy_trial",
            "add_own_key", "remove_own_key", "answer_incident_notice", "send_agency", "renew_agency", "stop_agency",
        )
    }  # fmt: skip
