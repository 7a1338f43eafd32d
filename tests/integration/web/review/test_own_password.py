"""One's own new password: the old one and a code change it, and every other place is signed out."""

from typing import Any

import pyotp
import pytest
from werkzeug.test import TestResponse

from portal.services.staff_sign_in import MOST_OF_ACCOUNT_THERE
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import NewClient, StaffClient, events_of, sign_in_data
from tests.people import PASSWORD, TOTP_SECRET, Cast

NEW = "a quiet walk by the river"


@pytest.fixture
def zhou_min(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.zhou_min)


def change(client: CheckedClient, clock: HandClock, **typed: str) -> TestResponse:
    """As it is filled in rightly, but for what is given."""
    clock.move_on(seconds=30)
    right = {"old": PASSWORD, "password": NEW, "again": NEW, "code": pyotp.TOTP(TOTP_SECRET).at(clock.now())}
    return client.submit("/desk/me/password", {**right, **typed})


def signs_in(new_client: NewClient, clock: HandClock, password: str) -> bool:
    clock.move_on(seconds=30)
    sent: dict[str, Any] = {**sign_in_data("zhou.min", clock.now()), "password": password}
    return new_client().submit("/desk/sign-in", sent).status_code == 303


def test_it_is_changed_and_every_other_place_signed_out(
    cast: Cast,
    zhou_min: CheckedClient,
    staff_client: StaffClient,
    new_client: NewClient,
    clock: HandClock,
    writing: Writing,
) -> None:
    elsewhere = staff_client(cast.zhou_min)
    assert change(zhou_min, clock).status_code == 303
    assert zhou_min.get("/desk/me").status_code == 200
    assert elsewhere.get("/desk/me").location.startswith("/desk/sign-in")
    assert [signs_in(new_client, clock, password) for password in (PASSWORD, NEW)] == [False, True]
    assert events_of(writing, "staff:password_changed") == [{"staff_number": "1002"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old": "not the one at all"}, "与现有密码不符"),
        ({"code": "000000"}, "验证码"),
        ({"again": "another walk by the river"}, "两次"),
        ({"password": "short", "again": "short"}, "15"),
        ({"password": PASSWORD, "again": PASSWORD}, "就是现有密码"),
    ],
)
def test_without_the_old_one_or_a_code_nothing_changes(
    zhou_min: CheckedClient, new_client: NewClient, clock: HandClock, typed: dict[str, str], said: str
) -> None:
    answer = change(zhou_min, clock, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert NEW not in answer.text
    assert signs_in(new_client, clock, PASSWORD)


def test_guessing_the_old_one_ends(zhou_min: CheckedClient, clock: HandClock, writing: Writing) -> None:
    for _ in range(MOST_OF_ACCOUNT_THERE):
        assert change(zhou_min, clock, old="not the one at all").status_code == 422
    assert change(zhou_min, clock).status_code == 429
    assert {fields["reason"] for fields in events_of(writing, "staff:sign_in_refused")} == {
        "password",
        "too_many",
    }
