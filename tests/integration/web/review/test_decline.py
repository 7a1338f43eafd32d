from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import Agreement, Decision, Hold, Proposal, ReviewItem
from portal.queries.situations import situation_for
from portal.services.proposals import ask_review
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import NOW, TODAY, Cast
from tests.stories import ZONE, borrower_actor, send_out

WHY = {
    "reason": "payments_too_high",
    "would_accept": "分 12 期，每期约 900 元",
    "reason_text": "每月还款后留给生活的钱太少。",
}


def go_out(writing: Writing) -> None:
    """The minute is over."""
    with writing() as session:
        assert send_out(session, now=NOW + timedelta(minutes=2)) == 1


def test_declining_says_why_and_what_could_be_accepted(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    assert holder.submit(f"{case.url}/decline", WHY).location == case.url
    assert status_of(writing, case) == "in_review"
    go_out(writing)
    page = holder.get(case.url).text
    for shown in ("未通过", "还款后留给生活的钱太少", WHY["would_accept"], WHY["reason_text"]):
        assert shown in page
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        decision = session.scalars(select(Decision)).one()
        assert proposal.status == "declined"
        assert proposal.ended_at == decision.sent_at
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


def test_a_decline_is_undone_before_it_goes_out_and_the_case_is_ones_own_again(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/decline", WHY)
    assert "撤销" in holder.get(case.url).text
    assert holder.submit(case.url, action=f"{case.url}/undo").location == case.url
    assert status_of(writing, case) == "in_review"
    assert holder.get(f"{case.url}/approve").status_code == 200
    again = post_to(holder, f"{case.url}/undo")
    assert again.status_code == 409
    assert "已没有可撤销的决定" in again.text
    with writing() as session:
        assert send_out(session, now=NOW + timedelta(minutes=2)) == 0
    assert holder.submit(f"{case.url}/approve", {"reason": "affordable"}).status_code == 303
    assert status_of(writing, case) == "approved"


def test_what_went_out_cannot_be_undone(case: Case, holder: CheckedClient, writing: Writing) -> None:
    holder.submit(f"{case.url}/decline", WHY)
    go_out(writing)
    assert post_to(holder, f"{case.url}/undo").status_code == 409
    assert status_of(writing, case) == "declined"


def test_a_colleague_cannot_undo_it(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/decline", WHY)
    assert post_to(staff_client(cast.wu_yan), f"{case.url}/undo").status_code == 403
    go_out(writing)


def test_the_letter_is_drafted_from_the_reason_and_sent_as_it_was_edited(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    page = holder.submit(f"{case.url}/decline", {**WHY, "reason_text": "", "step": "letter"})
    assert page.status_code == 200
    assert "留给生活的钱可能太少" in page.text
    assert case.reference in page.text
    assert status_of(writing, case) == "in_review"
    holder.submit(f"{case.url}/decline", {**WHY, "reason_text": ""})
    with writing() as session:
        assert "留给生活的钱可能太少" in session.scalars(select(Decision)).one().reason_text


@pytest.mark.parametrize("threat", ["我们会上门", "否则起诉您", "通 讯 录里的人"])
def test_a_letter_with_a_threat_is_refused_and_kept(
    case: Case, holder: CheckedClient, writing: Writing, threat: str
) -> None:
    answer = holder.submit(f"{case.url}/decline", {**WHY, "reason_text": threat})
    assert answer.status_code == 422
    assert threat in answer.text
    assert "信中不能出现" in answer.text
    assert status_of(writing, case) == "in_review"


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
    assert "一分钟内发出" in again.text
    go_out(writing)
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
    go_out(writing)
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        ask_review(
            session,
            borrower_actor(cast.li_na),
            proposal=proposal,
            situation=situation_for(session, proposal, on=TODAY),
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
