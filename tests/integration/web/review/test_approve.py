import pytest
from sqlalchemy import func, select

from portal.domain.permissions import SYSTEM
from portal.models import (
    Agreement,
    Decision,
    DelinquencyPause,
    Hold,
    Loan,
    OutboxItem,
    Proposal,
    ProposalVersion,
    ReviewItem,
)
from portal.services.facts_moved import flag_moved_facts
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import (
    Case,
    StaffClient,
    WaitingCase,
    events_of,
    post_to,
    status_of,
)
from tests.integration.web.worlds import round_trips
from tests.people import NOW, Cast

WHY = {"reason": "affordable"}


def agreements(writing: Writing) -> int:
    with writing() as session:
        return session.scalars(select(func.count()).select_from(Agreement)).one()


def test_approving_makes_the_agreement_and_everything_with_it(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    answer = holder.submit(f"{case.url}/approve", {**WHY, "reason_text": "已电话核实收入"})
    assert answer.location == case.url
    assert "协议即刻生效" in holder.get(case.url).text
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        version = session.scalars(select(ProposalVersion)).one()
        decision = session.scalars(select(Decision)).one()
        agreement = session.scalars(select(Agreement)).one()
        assert proposal.status == "approved"
        assert (decision.kind, decision.reason_code, decision.reason_text) == (
            "approve",
            "affordable",
            "已电话核实收入",
        )
        assert decision.first_staff_id == cast.zhou_min.id
        assert not decision.by_policy
        assert version.content_hash == decision.content_hash == agreement.content_hash
        assert agreement.seal_state == "sealing"
        assert session.get(ReviewItem, case.id) is None
        running = session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))).all()
        assert running == ["plan_active"]
        assert session.scalars(select(DelinquencyPause.agreement_id)).all() == [agreement.id]
        assert session.scalars(
            select(OutboxItem.dedupe_key).where(OutboxItem.kind == "agreement:seal")
        ).all() == [f"agreement:seal:{agreement.id}"]
    assert [fields["by_policy"] for fields in events_of(writing, "plan:approved")] == [False]
    assert len(events_of(writing, "agreement:made")) == 1


def test_an_approval_takes_nineteen_round_trips(
    case: Case, holder: CheckedClient, database: Database
) -> None:
    """Half again as many as a signature (decision 0235)."""
    url = f"{case.url}/approve"
    _, fields = form_of(holder.get(url).text, url)
    with round_trips(database.engine) as sent:
        answer = holder.post(url, data={**fields, **WHY})
    assert answer.location == case.url
    assert len(sent) <= 19, sent


def test_the_page_says_what_will_happen_before_it_does(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    page = holder.get(f"{case.url}/approve").text
    for shown in ("确认后的结果", "协议即刻生效", "通过后不能撤销", "共 6 期"):
        assert shown in page
    assert status_of(writing, case) == "in_review"


def test_approving_twice_changes_nothing_and_says_who_and_when(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    sent = holder.submit(f"{case.url}/approve", WHY)
    assert sent.status_code == 303
    again = post_to(holder, f"{case.url}/approve", {**WHY, "reason_text": "请保留这句话"})
    assert again.status_code == 409
    for shown in ("此件已有审批结果", "您已通过：", "2026年11月2日 10:00", "请保留这句话"):
        assert shown in again.text, shown
    assert agreements(writing) == 1
    assert events_of(writing, "decision:refused") == [{"act": "approve", "code": "already_decided"}]


def test_somebody_without_the_claim_cannot_approve(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    other = staff_client(cast.wu_yan)
    page = other.get(f"{case.url}/approve")
    assert page.status_code == 409
    assert "工号 1002 正在处理此件" in page.text
    assert post_to(other, f"{case.url}/approve", WHY).status_code == 409
    assert status_of(writing, case) == "in_review"
    assert events_of(writing, "decision:refused") == [{"act": "approve", "code": "claimed_by_other"}]


def test_a_lease_that_ran_out_decides_nothing_and_keeps_what_was_typed(
    case: Case, holder: CheckedClient, clock: HandClock, writing: Writing
) -> None:
    clock.move_on(minutes=14)
    assert holder.get("/desk").status_code == 200
    clock.move_on(minutes=2)
    answer = post_to(holder, f"{case.url}/approve", {**WHY, "reason_text": "已核实"})
    assert answer.status_code == 409
    assert "此件不在您名下" in answer.text
    assert "已核实" in answer.text
    assert status_of(writing, case) == "in_review"


@pytest.mark.parametrize(
    "changes",
    [{"row_version": "1"}, {"row_version": "x"}, {"content_hash": "0" * 64}, {"content_hash": None}],
)
def test_what_is_approved_is_what_was_on_the_page(
    case: Case, holder: CheckedClient, writing: Writing, changes: dict[str, str]
) -> None:
    assert holder.submit(f"{case.url}/approve", {**WHY, **changes}).status_code == 409
    assert status_of(writing, case) == "in_review"


def test_a_loan_that_changed_unnoticed_stops_the_approval(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        session.scalars(select(Loan)).one().facts_version += 1
    answer = holder.submit(f"{case.url}/approve", WHY)
    assert answer.status_code == 409
    assert agreements(writing) == 0
    assert events_of(writing, "decision:refused") == [{"act": "approve", "code": "facts_moved"}]


def test_a_proposal_to_be_signed_again_is_nobodys_to_decide(
    case: Case, holder: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        loan = session.scalars(select(Loan)).one()
        loan.facts_version += 1
        session.flush()
        flag_moved_facts(session, SYSTEM, loan_id=loan.id, now=NOW)
    answer = post_to(holder, f"{case.url}/approve", WHY)
    assert answer.status_code == 409
    assert "待重新签署" in answer.text


def test_a_withdrawn_proposal_cannot_be_approved(case: Case, holder: CheckedClient, writing: Writing) -> None:
    with writing() as session:
        session.get_one(Proposal, case.id).status = "withdrawn"
    answer = post_to(holder, f"{case.url}/approve", WHY)
    assert answer.status_code == 409
    assert "借款人已撤回" in answer.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择理由"),
        ({"reason": "because"}, "error"),
        ({"reason": "other"}, "请用一句话说明理由"),
        ({**WHY, "reason_text": "长" * 1001}, "最多 1000 个字"),
    ],
)
def test_a_form_that_lacks_something_says_so_and_keeps_the_rest(
    case: Case, holder: CheckedClient, writing: Writing, data: dict[str, str], said: str
) -> None:
    answer = holder.submit(f"{case.url}/approve", data)
    assert answer.status_code == 422
    assert said in answer.text
    assert status_of(writing, case) == "in_review"


def test_a_guarantor_is_asked_about_and_the_answer_is_kept(
    cast: Cast, waiting_case: WaitingCase, staff_client: StaffClient, writing: Writing
) -> None:
    case = waiting_case(cast.wang_qiang, ref="L-2002", has_guarantor=True)
    client = staff_client(cast.zhou_min)
    client.submit(case.url, action=f"{case.url}/claim")
    without = client.submit(f"{case.url}/approve", WHY)
    assert without.status_code == 422
    assert "请记录担保人的意见" in without.text
    assert client.submit(f"{case.url}/approve", {**WHY, "guarantor": "cover_lost"}).status_code == 303
    with writing() as session:
        assert session.scalars(select(Decision.guarantor)).all() == ["cover_lost"]


def test_who_filled_a_proposal_in_does_not_decide_it(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        session.get_one(Proposal, case.id).drafted_by_staff_id = cast.zhou_min.id
    answer = post_to(holder, f"{case.url}/approve", WHY)
    assert answer.status_code == 403
    assert "须由其他同事审批" in answer.text
    assert agreements(writing) == 0
    assert events_of(writing, "decision:refused") == [{"act": "approve", "code": "drafted_by_oneself"}]
