from sqlalchemy import select

from portal.models import ReviewItem, StaffRelation, WebSession
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import NOW, Cast


def held_by(writing: Writing, case: Case) -> int | None:
    with writing() as session:
        return session.get_one(ReviewItem, case.id).claimed_by


def beat(client: CheckedClient, case: Case) -> int:
    """As the page's script does, with the token of the page."""
    page = client.get(case.url).text
    token = page.split('data-token="')[1].split('"')[0]
    return client.post(f"{case.url}/heartbeat", headers={"X-CSRFToken": token}).status_code


def test_taking_a_case_makes_it_ones_own_for_fifteen_minutes(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    page = holder.get(case.url).text
    assert "您正在处理此件" in page
    assert f"{case.url}/approve" in page
    assert held_by(writing, case) == cast.zhou_min.id
    assert len(events_of(writing, "case:claimed")) == 1


def test_somebody_else_is_told_who_holds_it_and_until_when(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    other = staff_client(cast.wu_yan)
    page = other.get(case.url).text
    assert "工号 1002 正在处理此件" in page
    assert f"{case.url}/claim" not in page
    answer = post_to(other, f"{case.url}/claim")
    assert answer.status_code == 409
    assert "工号 1002 正在处理此件" in answer.text
    assert "2026年11月2日 10:15" in answer.text
    assert held_by(writing, case) == cast.zhou_min.id
    assert events_of(writing, "case:claim_refused") == [{"code": "claimed_by_other"}]


def test_a_lease_that_ran_out_frees_the_case(
    cast: Cast,
    case: Case,
    holder: CheckedClient,
    staff_client: StaffClient,
    clock: HandClock,
    writing: Writing,
) -> None:
    clock.move_on(minutes=15, seconds=1)
    other = staff_client(cast.wu_yan)
    assert other.submit(case.url, action=f"{case.url}/claim").status_code == 303
    assert held_by(writing, case) == cast.wu_yan.id


def test_claiming_twice_is_one_claim(case: Case, holder: CheckedClient, cast: Cast, writing: Writing) -> None:
    assert post_to(holder, f"{case.url}/claim").status_code == 303
    assert held_by(writing, case) == cast.zhou_min.id


def test_the_holders_open_page_keeps_the_claim_alive(
    case: Case, holder: CheckedClient, clock: HandClock, cast: Cast, writing: Writing
) -> None:
    for _ in range(3):
        clock.move_on(minutes=10)
        assert beat(holder, case) == 200
    assert held_by(writing, case) == cast.zhou_min.id
    assert "您正在处理此件" in holder.get(case.url).text


def test_a_heartbeat_does_not_keep_an_idle_session_alive(
    case: Case, holder: CheckedClient, clock: HandClock, writing: Writing
) -> None:
    page = holder.get(case.url).text
    token = page.split('data-token="')[1].split('"')[0]
    with writing() as session:
        seen = session.scalars(select(WebSession.seen_at)).one()
    for _ in range(3):
        clock.move_on(minutes=4)
        assert holder.post(f"{case.url}/heartbeat", headers={"X-CSRFToken": token}).status_code == 200
    with writing() as session:
        assert session.scalars(select(WebSession.seen_at)).one() == seen
    clock.move_on(minutes=4)
    late = holder.post(f"{case.url}/heartbeat", headers={"X-CSRFToken": token})
    assert (late.status_code, late.location.split("?")[0]) == (303, "/desk/sign-in")
    assert holder.get(case.url).status_code == 303


def test_the_heartbeat_of_a_claim_that_is_gone_says_so(case: Case, holder: CheckedClient) -> None:
    token = holder.get(case.url).text.split('data-token="')[1].split('"')[0]
    assert post_to(holder, f"{case.url}/release").status_code == 303
    assert holder.post(f"{case.url}/heartbeat", headers={"X-CSRFToken": token}).status_code == 409


def test_giving_back_frees_the_case_and_twice_is_as_once(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    assert post_to(holder, f"{case.url}/release").status_code == 303
    assert post_to(holder, f"{case.url}/release").status_code == 303
    assert held_by(writing, case) is None
    assert events_of(writing, "case:released") == [{"reason": "given_back"}]


def test_giving_back_somebody_elses_case_changes_nothing(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    assert post_to(staff_client(cast.wu_yan), f"{case.url}/release").status_code == 303
    assert held_by(writing, case) == cast.zhou_min.id


def test_a_case_of_somebody_close_cannot_be_taken(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    answer = post_to(staff_client(cast.zhou_min), f"{case.url}/claim")
    assert answer.status_code == 403
    assert "其他同事处理" in answer.text
    assert events_of(writing, "case:claim_refused") == [{"code": "related_case"}]
    assert held_by(writing, case) is None


def test_a_decided_case_cannot_be_taken(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/approve", {"reason": "affordable"})
    answer = post_to(staff_client(cast.wu_yan), f"{case.url}/claim")
    assert answer.status_code == 409
    assert "已不在待审批状态" in answer.text
    assert status_of(writing, case) == "approved"


def test_a_case_is_taken_over_with_a_reason_that_stands_on_the_record(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    other = staff_client(cast.wu_yan)
    assert post_to(other, f"{case.url}/take-over", {"reason": "because"}).status_code == 422
    assert (
        other.submit(case.url, {"reason": "holder_away"}, action=f"{case.url}/take-over").location == case.url
    )
    assert other.get(f"{case.url}/approve").status_code == 200
    assert holder.get(f"{case.url}/approve").status_code == 409
    taken = events_of(writing, "case:taken_over")
    assert [(fields["from_staff_id"], fields["reason"]) for fields in taken] == [
        (cast.zhou_min.id, "holder_away")
    ]
    other.post(f"{case.url}/take-over")
    assert len(events_of(writing, "case:taken_over")) == 1
