"""Every role at every page of a case."""

import pytest

from portal.models import StaffMember
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import Cast

READERS = {"zhou_min", "wu_yan", "zheng_hao"}
DECIDERS = {"zhou_min", "wu_yan"}
FIRST_PAGES = {"chen_chen": "/desk/service", "sun_hao": "/desk/me", "he_jing": "/desk/calls"}
EVERYBODY = ("chen_chen", "zhou_min", "wu_yan", "zheng_hao", "sun_hao", "he_jing")


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_role_reads_what_it_may(cast: Cast, case: Case, staff_client: StaffClient, who: str) -> None:
    client = staff_client(getattr(cast, who))
    wanted = 200 if who in READERS else 403
    assert client.get("/desk").location == FIRST_PAGES.get(who)
    assert client.get("/desk/seconds").status_code == wanted
    assert client.get(case.url).status_code == wanted
    assert client.get("/desk/me").status_code == 200


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_approvers_act(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing, who: str
) -> None:
    client = staff_client(getattr(cast, who))
    for act in ("release", "heartbeat", "approve", "decline", "reveal", "claim"):
        answer = post_to(client, f"{case.url}/{act}", {"reason": "affordable"})
        assert (answer.status_code == 403) is (who not in DECIDERS), act
    refused = [fields["code"] for fields in events_of(writing, "access:refused")]
    assert refused == ([] if who in DECIDERS else ["permission_missing"] * 6)
    assert status_of(writing, case) == "in_review"


def test_a_role_taken_away_is_gone_at_the_next_request(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    assert client.submit(case.url, action=f"{case.url}/claim").status_code == 303
    with writing() as session:
        session.get_one(StaffMember, cast.zhou_min.id).roles = ["auditor"]
    assert post_to(client, f"{case.url}/approve", {"reason": "affordable"}).status_code == 403
    assert client.get(case.url).status_code == 200
    assert status_of(writing, case) == "in_review"


def test_those_without_cases_land_on_their_account(cast: Cast, staff_client: StaffClient) -> None:
    page = staff_client(cast.sun_hao).get("/desk/me").text
    assert "管理员" in page
    assert "您的角色在本工作台没有案件" in page
    assert 'href="/desk"' not in page


def test_a_form_without_its_token_is_refused(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    for act in ("claim", "release", "heartbeat", "reveal", "approve", "decline"):
        assert client.post(f"{case.url}/{act}", data={"reason": "affordable"}).status_code == 400, act
    assert status_of(writing, case) == "in_review"
    assert events_of(writing, "case:claimed") == []


def test_a_refusal_at_the_desk_looks_like_the_desk(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    answer = staff_client(cast.sun_hao).get(case.url)
    assert answer.status_code == 403
    assert "还款工作台" in answer.text
    assert "孙浩" in answer.text
