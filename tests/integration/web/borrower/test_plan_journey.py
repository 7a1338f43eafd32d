"""The whole journey, for each kind of plan, to where it is in force or with a person."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from portal.models import Agreement, Consent, Event, Hold, Proposal
from tests.checked_client import form_of
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.people import Cast
from tests.plan_walks import MONTHLY, PAUSE, Walk, page_of, shown_text

RESCHEDULE = {"kind": "reschedule", "installments": "12"}


def holds_of(writing: Writing) -> list[str]:
    with writing() as session:
        return list(session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))))


def test_a_ready_plan_is_in_force_the_second_it_is_signed_and_its_document_follows(walk: Walk) -> None:
    walk.to_check()
    assert "签署后当场批准" in shown_text(walk.client.get(walk.url("check")))
    walk.freeze()
    walk.read_disclosure()
    walk.work()
    walk.tick()
    assert walk.sign().location == walk.url()
    assert walk.status == "approved"
    page = shown_text(walk.client.get(walk.url()))
    assert "您的方案已生效" in page
    assert "文件正在生成" in page
    walk.work()
    assert walk.status == "active"
    assert "文件正在生成" not in shown_text(walk.client.get(walk.url()))


@pytest.mark.parametrize(
    ("need", "own", "kind"),
    [(MONTHLY, None, "catch_up"), (MONTHLY, RESCHEDULE, "reschedule"), (PAUSE, None, "defer")],
)
def test_each_kind_of_plan_within_policy_is_approved_at_once(
    new_walk: NewWalk, writing: Writing, need: Mapping[str, Any], own: Mapping[str, Any] | None, kind: str
) -> None:
    walk = new_walk(late_days=20)
    walk.to_sent(need=need, own=own)
    assert walk.status == "approved"
    assert holds_of(writing) == ["plan_active"]
    with writing() as session:
        submitted = session.scalars(select(Event).where(Event.name == "plan:frozen")).one()
        assert submitted.fields["kind"] == kind


def test_a_plan_outside_policy_waits_for_a_person_with_a_promise_and_reasons(
    walk: Walk, writing: Writing
) -> None:
    walk.to_check(own={"kind": "catch_up", "installments": "14"})
    before = shown_text(walk.client.get(walk.url("check")))
    assert "最迟2026年11月4日（周三）18:00" in before
    assert "方案的时间长于可以当场批准的范围" in before
    walk.freeze()
    walk.read_disclosure()
    walk.preview()
    walk.tick()
    walk.sign()
    assert walk.status == "in_review"
    after = shown_text(walk.client.get(walk.url()))
    assert "您已签署，等待我们决定" in after
    assert "最迟2026年11月4日（周三）18:00" in after
    assert "方案的时间长于可以当场批准的范围" in after
    assert "已生效" not in after
    assert holds_of(writing) == ["proposal_pending"]


def test_what_would_be_approved_at_once_is_one_tap_away(walk: Walk) -> None:
    walk.to_check(own={"kind": "catch_up", "installments": "14"})
    page = shown_text(walk.client.get(walk.url("check")))
    assert "怎样可以当场批准" in page
    assert "逾期部分分 12 期还清" in page
    answer = walk.client.submit(walk.url("check"), action=walk.url("instead"))
    assert answer.location == walk.url("check")
    assert "签署后当场批准" in shown_text(walk.client.get(walk.url("check")))


def test_an_illness_is_decided_by_a_person_however_small_the_plan(walk: Walk) -> None:
    walk.start()
    walk.say_reason("illness", consents="y")
    walk.say_need()
    walk.choose_first()
    assert "应当由工作人员来了解" in shown_text(walk.client.get(walk.url("check")))


def test_a_second_start_shows_the_first_proposal(walk: Walk, writing: Writing) -> None:
    walk.to_check(own={"kind": "catch_up", "installments": "14"})
    assert walk.client.get(f"/loans/{walk.loan.public_id}/plan").location == walk.url()
    walk.freeze()
    walk.read_disclosure()
    walk.preview()
    walk.tick()
    walk.sign()
    assert walk.status == "in_review"
    assert walk.client.get(f"/loans/{walk.loan.public_id}/plan").location == walk.url()
    with writing() as session:
        assert len(session.scalars(select(Proposal.id)).all()) == 1


def test_two_taps_on_start_are_one_draft(walk: Walk, writing: Writing) -> None:
    page = walk.client.get(f"/loans/{walk.loan.public_id}/plan")
    token = page_of(page).split('name="csrf_token" value="')[1].split('"')[0]
    places = {
        walk.client.post(f"/loans/{walk.loan.public_id}/plan", data={"csrf_token": token}).location
        for _ in range(2)
    }
    assert len(places) == 1
    with writing() as session:
        assert len(session.scalars(select(Proposal.id)).all()) == 1


def test_while_a_plan_is_in_force_another_is_refused_in_words(walk: Walk) -> None:
    page = f"/loans/{walk.loan.public_id}/plan"
    token = form_of(page_of(walk.client.get(page)))[1]["csrf_token"]
    walk.to_sent()
    for answer in (walk.client.get(page), walk.client.post(page, data={"csrf_token": token})):
        assert answer.status_code == 409
        assert "已有生效的方案" in shown_text(answer)


def test_the_start_keeps_the_privacy_notice_and_shows_it_whole(walk: Walk, writing: Writing) -> None:
    page = shown_text(walk.client.get(f"/loans/{walk.loan.public_id}/plan"))
    assert "安心消费金融有限公司" in page
    assert "从不自动拒绝" in page
    assert "10 年" in page
    assert "诉讼时效" not in page
    walk.start()
    with writing() as session:
        assert session.scalars(select(Consent.kind)).all() == ["privacy_notice"]


def test_a_stranger_finds_nothing_on_any_page(
    walk: Walk, cast: Cast, borrower_client: BorrowerClient, writing: Writing
) -> None:
    walk.to_sent()
    with writing() as session:
        agreement = session.scalars(select(Agreement.public_id)).one()
    stranger = borrower_client(cast.wang_qiang)
    steps = (
        "",
        "reason",
        "need",
        "plans",
        "own",
        "check",
        "disclosure",
        "terms",
        "sign",
        "preview.pdf",
        "withdraw",
    )
    pages = [walk.url(step) for step in steps]
    pages += [
        f"/loans/{walk.loan.public_id}/plan",
        f"/agreements/{agreement}",
        f"/agreements/{agreement}/agreement.pdf",
    ]
    assert {stranger.get(page).status_code for page in pages} == {404}
    nobodys = stranger.get("/proposals/0123456789abcdef0123456789abcdef")
    assert _without_number(shown_text(nobodys)) == _without_number(shown_text(stranger.get(walk.url())))


def _without_number(text: str) -> str:
    return text.split("编号", maxsplit=1)[0]


def test_visitors_are_sent_to_the_sign_in(walk: Walk) -> None:
    walk.start()
    walk.client.delete_cookie("__Host-portal")
    assert walk.client.get(walk.url("need")).location.startswith("/sign-in?next=")


def test_who_wants_a_person_gets_one_and_may_think_again(walk: Walk) -> None:
    walk.to_check()
    walk.client.submit(walk.url("check"), action=walk.url("decider"))
    page = shown_text(walk.client.get(walk.url("check")))
    assert "您要求由工作人员处理" in page
    assert "最迟2026年11月4日（周三）18:00" in page
    walk.client.submit(walk.url("check"), action=walk.url("decider"))
    assert "签署后当场批准" in shown_text(walk.client.get(walk.url("check")))
    walk.client.submit(walk.url("check"), action=walk.url("decider"))
    walk.freeze()
    walk.read_disclosure()
    walk.preview()
    walk.tick()
    walk.sign()
    assert walk.status == "in_review"
