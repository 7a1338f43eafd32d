"""The policy's pages: a draft through replay and proposal to approval by another person, with every refusal in words."""

import pytest

from portal.domain.permissions import Role
from portal.models import PolicyVersion, StaffMember
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, post_to
from tests.people import Cast, add_staff
from tests.policies import Change

AMOUNT = "bands-catch_up-max_amount_minor"


@pytest.fixture
def other(writing: Writing) -> StaffMember:
    with writing() as session:
        return add_staff(session, "1009", "xu.jie", "徐洁", Role.SUPERVISOR)


@pytest.fixture
def drafting(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.wu_yan)


@pytest.fixture
def deciding(other: StaffMember, staff_client: StaffClient) -> CheckedClient:
    return staff_client(other)


def begun(client: CheckedClient) -> str:
    answer = post_to(client, "/desk/policy", {})
    assert answer.status_code == 303
    return answer.location.rsplit("/", 1)[0]


def test_pages(drafting: CheckedClient, deciding: CheckedClient, writing: Writing, other, cast) -> None:
    assert drafting.get("/desk/policy").status_code == 200
    with writing() as session:
        change = (
            Change(
                session, session.get(StaffMember, cast.wu_yan.id), bands__catch_up__max_amount_minor=2_000_000
            )
            .write(share_pct=20)
            .replay()
            .propose()
        )
        version = change.row.version
    page = deciding.get(f"/desk/policy/{version}")
    assert page.status_code == 200
    with writing() as session:
        change.session = session
        change.row = session.get(PolicyVersion, change.row.id)
        change.approve(session.get(StaffMember, other.id))
    assert deciding.get(f"/desk/policy/{version}").status_code == 200
    url = begun(drafting)
    assert drafting.get(url + "/write").status_code == 200
    assert drafting.get("/desk/policy/2026-01/to/" + version).status_code == 200
