"""A counter-offer at the desk: worked out on the page, sent once, kept where somebody was first."""

import pytest
from sqlalchemy import select

from portal.models import Decision, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import Cast
from tests.plan_walks import shown_text

TWELVE = {"installments": "12", "reason": "smaller_payments", "letter": "您好，我们把每期调低了一些。"}
PAUSE = {"kind": "defer", "defer_periods": "3", "reason": "later_start", "letter": "您好，我们往后延一些。"}


def test_the_page_begins_with_what_was_signed_and_works_out_what_is_typed(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    page = holder.get(f"{case.url}/counter")
    assert page.status_code == 200
    assert form_of(page.text)[1]["installments"] == "6"
    reckoned = holder.submit(f"{case.url}/counter", {**TWELVE, "step": "reckon"})
    assert reckoned.status_code == 200
    assert "多 6 期" in reckoned.text
    assert TWELVE["letter"] in reckoned.text
    assert events_of(writing, "plan:frozen")[1:] == []


def test_the_open_page_gets_the_differences_alone(case: Case, holder: CheckedClient) -> None:
    fields = form_of(holder.get(f"{case.url}/counter").text)[1]
    answer = holder.post(f"{case.url}/counter/reckoned", data={**fields, "installments": "12"})
    assert answer.status_code == 200
    assert "多 6 期" in answer.json["html"]  # type: ignore[index]
    assert "李娜" not in answer.json["html"]  # type: ignore[index]


def test_it_is_decided_once_and_goes_out_later(case: Case, holder: CheckedClient, writing: Writing) -> None:
    assert holder.submit(f"{case.url}/counter", TWELVE).location == case.url
    assert "一分钟后发出" in holder.get(case.url).text
    again = post_to(holder, f"{case.url}/counter", TWELVE)
    assert again.status_code == 409
    assert "您已提出调整方案" in again.text
    assert TWELVE["letter"] in again.text
    with writing() as session:
        assert session.scalars(select(Decision.state)).all() == ["held"]
        assert session.scalars(
            select(ProposalVersion.made_by_lender).order_by(ProposalVersion.number)
        ).all() == [
            False,
            True,
        ]
    assert status_of(writing, case) == "in_review"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"installments": "61"}, "60"),
        ({"installments": "sechs"}, "整数"),
        ({"first_on": "2026-11-03"}, "首期"),
        ({"first_on": "soon"}, "日期"),
        ({"reason": ""}, "请选择理由"),
        ({"letter": "否则上门"}, "信中不能出现"),
        ({"reason": "other", "letter": ""}, "请写给借款人的信"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    case: Case, holder: CheckedClient, writing: Writing, changes: dict[str, str], said: str
) -> None:
    answer = holder.submit(f"{case.url}/counter", {**TWELVE, **changes})
    assert answer.status_code == 422
    assert ({**TWELVE, **changes})["letter"] in answer.text
    assert said in shown_text(answer)
    assert status_of(writing, case) == "in_review"
    with writing() as session:
        assert session.scalars(select(Decision)).all() == []


def test_what_the_chosen_kind_does_not_ask_for_is_left_aside(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    left_over = {"defer_periods": "9", "steps": "x", "settle_minor": "-", "upfront_minor": ""}
    assert holder.submit(f"{case.url}/counter", {**TWELVE, **left_over}).location == case.url
    with writing() as session:
        decision = session.scalars(select(Decision)).one()
        assert (decision.state, decision.second_because) == ("held", [])


def test_the_signed_count_does_not_stay_under_a_kind_that_takes_fewer(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        signed = plan_of(get_signed_version(session, proposal)).request.installments
    assert signed > 3
    sent = {
        **TWELVE,
        "kind": "settlement",
        "installments": str(signed),
        "settle_minor": "5000",
        "step": "reckon",
    }
    page = post_to(holder, f"{case.url}/counter", sent).text
    field = (
        page.partition('name="installments"')[2].partition(">")[0]
        + page.partition('name="installments"')[0][-200:]
    )
    assert 'value="3"' in field


def test_a_day_that_no_month_has_is_refused(case: Case, holder: CheckedClient) -> None:
    answer = holder.submit(f"{case.url}/counter", {**TWELVE, "day_of_month": "31"})
    assert answer.status_code == 422


def test_without_the_claim_nothing_is_shown_or_sent(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient
) -> None:
    other = staff_client(cast.wu_yan)
    for step in ("counter", "counter/reckoned", "ask"):
        assert post_to(other, f"{case.url}/{step}", TWELVE).status_code == 409
    del holder


def test_a_second_approver_sees_exactly_what_would_go_out(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/counter", PAUSE)
    assert "等待第二审批人" in holder.get(case.url).text
    assert case.reference not in holder.get("/desk/seconds").text
    assert holder.get(f"{case.url}/second").status_code == 403
    second = staff_client(cast.wu_yan)
    assert case.reference in second.get("/desk/seconds").text
    assert case.reference not in second.get("/desk").text.split("<table", 1)[-1]
    second.submit(case.url, action=f"{case.url}/claim")
    page = second.get(f"{case.url}/second").text
    for shown in (PAUSE["letter"], "延期超过一人可决定的期数", "移动还款日"):
        assert shown in page or shown == "移动还款日"
    unsaid = second.submit(f"{case.url}/second", action=f"{case.url}/second/no")
    assert unsaid.status_code == 422
    assert second.submit(f"{case.url}/second", action=f"{case.url}/second").location == case.url
    again = post_to(second, f"{case.url}/second")
    assert again.status_code == 409
    with writing() as session:
        assert session.scalars(select(Decision.state)).all() == ["held"]
    assert len(events_of(writing, "decision:seconded")) == 1


def test_a_second_approver_sends_it_back_with_a_reason(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    holder.submit(f"{case.url}/counter", PAUSE)
    second = staff_client(cast.wu_yan)
    second.submit(case.url, action=f"{case.url}/claim")
    why = {"reason": "facts_unclear", "reason_text": "先问清楚收入。"}
    assert second.submit(f"{case.url}/second", why, action=f"{case.url}/second/no").location == case.url
    page = holder.get(case.url).text
    assert "先问清楚收入。" in page
    assert "有情况需要先弄清" in page
    assert status_of(writing, case) == "in_review"


def test_a_question_is_drafted_asked_once_and_kept(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    drafted = holder.submit(f"{case.url}/ask", {"reason": "income", "letter": "", "step": "letter"})
    assert drafted.status_code == 200
    assert "收入大约是多少" in drafted.text
    assert holder.submit(f"{case.url}/ask", {"reason": "income", "letter": ""}).location == case.url
    assert post_to(holder, f"{case.url}/ask", {"reason": "income", "letter": "？"}).status_code == 409
    with writing() as session:
        assert "收入大约是多少" in session.scalars(select(Decision)).one().reason_text
