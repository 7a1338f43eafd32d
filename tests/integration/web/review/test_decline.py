import pytest
from sqlalchemy import select

from portal.domain.calendar import BusinessCalendar
from portal.domain.policy import Policy
from portal.models import Agreement, Decision, Hold, Proposal, ReviewItem
from portal.queries.policies import business_calendar, policy_on
from portal.services.proposals import ask_review
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import NOW, TODAY, Cast
from tests.stories import ZONE, borrower_actor

WHY = {
    "reason": "payments_too_high",
    "would_accept": "分 12 期，每期约 900 元",
    "reason_text": "每月还款后留给生活的钱太少。",
}


def test_declining_says_why_and_what_could_be_accepted(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    assert holder.submit(f"{case.url}/decline", WHY).location == case.url
    page = holder.get(case.url).text
    for shown in ("未通过", "还款后留给生活的钱太少", WHY["would_accept"], WHY["reason_text"]):
        assert shown in page
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        decision = session.scalars(select(Decision)).one()
        assert proposal.status == "declined"
        assert proposal.ended_at == decision.decided_at
        assert (decision.kind, decision.reason_code, decision.would_accept) == (
            "decline",
            "payments_too_high",
            WHY["would_accept"],
        )
        assert session.get(ReviewItem, case.id) is None
        assert session.scalars(select(Agreement)).all() == []
        assert session.scalars(select(Hold.end_reason)).all() == ["declined"]
    assert [fields["reason_code"] for fields in events_of(writing, "plan:declined")] == ["payments_too_high"]


def test_the_page_tells_of_the_right_to_another_person(case: Case, holder: CheckedClient) -> None:
    assert "借款人可在 15 天内申请他人复核" in holder.get(f"{case.url}/decline").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "请选择理由"),
        ({"would_accept": " "}, "请写明什么样的方案可以接受"),
        ({"reason": "other", "reason_text": ""}, "请用一句话说明理由"),
        ({"would_accept": "长" * 1001}, "最多 1000 个字"),
    ],
)
def test_a_decline_without_reason_or_way_out_is_refused_and_keeps_what_was_typed(
    case: Case, holder: CheckedClient, writing: Writing, changes: dict[str, str], said: str
) -> None:
    answer = holder.submit(f"{case.url}/decline", {**WHY, **changes})
    assert answer.status_code == 422
    assert said in answer.text
    assert ({**WHY, **changes})["reason_text"] in answer.text
    assert status_of(writing, case) == "in_review"


def test_declining_twice_changes_nothing(case: Case, holder: CheckedClient, writing: Writing) -> None:
    holder.submit(f"{case.url}/decline", WHY)
    again = post_to(holder, f"{case.url}/decline", WHY)
    assert again.status_code == 409
    assert "您已处理为未通过：" in again.text
    assert WHY["reason_text"] in again.text
    assert len(events_of(writing, "plan:declined")) == 1


def test_an_approved_case_cannot_be_declined(case: Case, holder: CheckedClient, writing: Writing) -> None:
    holder.submit(f"{case.url}/approve", {"reason": "affordable"})
    assert post_to(holder, f"{case.url}/decline", WHY).status_code == 409
    assert status_of(writing, case) == "approved"


def test_somebody_without_the_claim_cannot_decline(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    answer = post_to(staff_client(cast.wu_yan), f"{case.url}/decline", WHY)
    assert answer.status_code == 409
    assert "请先领取" in answer.text
    assert status_of(writing, case) == "in_review"


def test_after_a_decline_another_person_decides(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/decline", WHY)
    with writing() as session:
        policy: Policy = policy_on(session, TODAY)
        calendar: BusinessCalendar = business_calendar(session)
        ask_review(
            session,
            borrower_actor(cast.li_na),
            proposal=session.get_one(Proposal, case.id),
            policy=policy,
            calendar=calendar,
            dpd=42,
            now=NOW.astimezone(ZONE),
        )
    again = post_to(holder, f"{case.url}/claim")
    assert again.status_code == 403
    assert "借款人申请了他人复核" in again.text
    other = staff_client(cast.wu_yan)
    assert "借款人申请他人复核" in other.get(case.url).text
    other.submit(case.url, action=f"{case.url}/claim")
    assert other.submit(f"{case.url}/approve", {"reason": "better_than_no_plan"}).status_code == 303
    assert status_of(writing, case) == "approved"
