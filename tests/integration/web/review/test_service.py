"""What borrowers bring up, at the desk: the queue, a case, what is decided and what the borrower reads."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.case_handling import CaseReason, Outcome
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.permissions import Actor, ActorKind
from portal.models import CorrectionRequest, Event, Hold, Loan, Message, ServiceCase, VisitorComplaint
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.review.conftest import StaffClient, post_to
from tests.people import NOW, TODAY, Cast, add_loan
from tests.plan_walks import shown_text
from tests.service_cases import FOUND, NOT_FOUND, WORDS, Handler, bring_up
from tests.stories import ZONE

BringUp = Callable[..., str]


@pytest.fixture
def loan(writing: Writing, cast: Cast) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na)


@pytest.fixture
def brought_up(writing: Writing, cast: Cast, loan: Loan) -> BringUp:
    """Make a case of 李娜's; its public id."""

    def brought_up(
        kind: CaseKind = CaseKind.DISPUTE, topic: CaseTopic = CaseTopic.PAYMENT_MISSING, **how: Any
    ) -> str:
        with writing() as session:
            return bring_up(session, cast.li_na, loan, kind=kind, topic=topic, **how).public_id

    return brought_up


@pytest.fixture
def dispute(brought_up: BringUp) -> str:
    return f"/desk/service/{brought_up()}"


@pytest.fixture
def owner(cast: Cast, dispute: str, staff_client: StaffClient) -> CheckedClient:
    """周敏, who has taken the dispute on."""
    client = staff_client(cast.zhou_min)
    assert client.submit(dispute, action=f"{dispute}/take").status_code == 303
    return client


def running(writing: Writing) -> list[str]:
    with writing() as session:
        return list(session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))))


def refusals(writing: Writing) -> list[tuple[str, str]]:
    with writing() as session:
        found = session.scalars(select(Event.fields).where(Event.name == "service:act_refused"))
        return [(fields["act"], fields["code"]) for fields in found]


def test_nothing_waits_reads_well(cast: Cast, staff_client: StaffClient) -> None:
    page = shown_text(staff_client(cast.zhou_min).get("/desk/service"))
    assert "有人提交异议、投诉、咨询或申请后会出现在这里" in page


def test_the_queue_tells_the_earliest_promise_first(
    cast: Cast, brought_up: BringUp, staff_client: StaffClient
) -> None:
    brought_up()
    brought_up(CaseKind.TALK, CaseTopic.PLAN_HELP)
    page = shown_text(staff_client(cast.zhou_min).get("/desk/service"))
    assert page.index("2026年11月3日") < page.index("2026年11月17日")
    assert "尚未确认收到" in page


def test_what_is_past_its_time_is_seen(
    cast: Cast, dispute: str, staff_client: StaffClient, clock: HandClock
) -> None:
    clock.move_on(days=20)
    client = staff_client(cast.zhou_min)
    assert "已超答复期限 1 件" in shown_text(client.get("/desk/service"))
    assert "超过 1 天未确认收到" in shown_text(client.get(dispute))
    assert "没有符合条件的事项" in shown_text(client.get("/desk/service?due=later"))


def test_an_agent_sees_free_wishes_to_talk_and_their_own(
    cast: Cast, brought_up: BringUp, dispute: str, staff_client: StaffClient
) -> None:
    talk = brought_up(CaseKind.TALK, CaseTopic.PLAN_HELP)
    agent = staff_client(cast.chen_chen)
    page = agent.get("/desk/service").text
    assert talk in page
    assert dispute.rpartition("/")[2] not in page
    assert agent.get(dispute).status_code == 404
    assert agent.submit(f"/desk/service/{talk}", action=f"/desk/service/{talk}/take").status_code == 303
    answer = agent.submit(
        f"/desk/service/{talk}", {"body": "您好，下午给您打电话。"}, action=f"/desk/messages/{talk}"
    )
    assert answer.status_code == 303
    assert "/decide" in agent.get(f"/desk/service/{talk}").text


def test_a_case_shows_what_it_is_about_and_the_look_is_on_record(
    cast: Cast, dispute: str, staff_client: StaffClient, writing: Writing
) -> None:
    page = shown_text(staff_client(cast.zheng_hao).get(dispute))
    assert WORDS in page
    assert "138****8001" in page
    assert "15 天内答复" in page
    assert "12378" in page
    assert "停止催收" in page
    with writing() as session:
        assert session.scalar(select(Event).where(Event.name == "service:looked_at")) is not None


def test_the_number_is_uncovered_for_its_owner_with_a_reason(
    owner: CheckedClient, cast: Cast, dispute: str, staff_client: StaffClient, writing: Writing
) -> None:
    assert owner.submit(dispute, {"reason": "call_back"}, action=f"{dispute}/reveal").status_code == 303
    assert "13800138001" in owner.get(dispute).text.replace(" ", "")
    other = post_to(staff_client(cast.wu_yan), f"{dispute}/reveal", {"reason": "call_back"})
    assert other.status_code == 409
    assert refusals(writing) == [("reveal", "case_owned_by_other")]


def test_it_is_confirmed_in_the_borrower_s_language(
    owner: CheckedClient, dispute: str, writing: Writing
) -> None:
    owner.set_cookie("language", "en", path="/desk")
    for _ in range(2):
        assert post_to(owner, f"{dispute}/acknowledge").status_code == 303
    with writing() as session:
        [body] = [each.body for each in session.scalars(select(Message).where(Message.author == "staff"))]
    assert "我们已收到您反映的事项" in body
    assert "1002" in body


def test_it_is_decided_and_the_borrower_reads_it(
    owner: CheckedClient, cast: Cast, dispute: str, writing: Writing, borrower_client: BorrowerClient
) -> None:
    said = {"outcome": "not_upheld", "reason": "payment_not_found", "words": NOT_FOUND}
    assert owner.submit(f"{dispute}/decide", said).status_code == 303
    assert running(writing) == []
    assert "不成立" in shown_text(owner.get(dispute))
    li_na = borrower_client(cast.li_na)
    address = dispute.replace("/desk/service/", "/cases/")
    page = shown_text(li_na.get(address))
    assert "我们没有发现错误" in page
    assert NOT_FOUND in page
    assert "12378" in page
    assert "因此事暂停的联系已经恢复" in page
    assert li_na.submit(address, action=f"{address}/second-look").status_code == 303
    assert "另一位工作人员正在复核" in shown_text(li_na.get(address))
    assert running(writing) == ["dispute"]
    assert post_to(owner, f"{dispute}/take").status_code == 403


def test_a_second_look_is_asked_for_once(
    owner: CheckedClient, cast: Cast, dispute: str, writing: Writing, borrower_client: BorrowerClient
) -> None:
    with writing() as session:
        case = session.scalars(select(ServiceCase)).one()
        Handler(session, cast.zhou_min, case).decide()
    li_na, address = borrower_client(cast.li_na), dispute.replace("/desk/service/", "/cases/")
    page = li_na.get(address)
    for _ in range(2):
        answer = li_na.post(f"{address}/second-look", data={"csrf_token": _token(page.text)})
        assert answer.status_code == 303
    with writing() as session:
        case = session.scalars(select(ServiceCase)).one()
        case.owner_id = cast.wu_yan.id
        session.flush()
        Handler(session, cast.wu_yan, case).decide()
    answer = li_na.post(f"{address}/second-look", data={"csrf_token": _token(page.text)})
    assert answer.status_code == 422
    assert "这件事不能再次复核" in answer.text


def _token(page: str) -> str:
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def test_who_answers_a_wish_to_be_erased_reads_what_stands_against_it(
    cast: Cast, brought_up: BringUp, staff_client: StaffClient, dispute: str
) -> None:
    wish = brought_up(CaseKind.DATA, CaseTopic.DELETE_DATA)
    client = staff_client(cast.zhou_min)
    page = client.get(f"/desk/service/{wish}").text
    for shown in ("能否清除？", "仍有欠款", "异议或投诉处理中", "尚未答复", "保存 10 年"):
        assert shown in page, shown
    assert "能否清除？" not in client.get(dispute).text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"outcome": ""}, "请选择处理结果"),
        ({"reason": ""}, "请选择"),
        ({"reason": "book_wrong"}, "这个理由与所选结果不符"),
        ({"words": ""}, "请写给借款人"),
        ({"words": "否则上门。"}, "上门"),
        ({"outcome": "upheld", "reason": "payment_found"}, "请先请贷款机构更正账目"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    owner: CheckedClient, dispute: str, writing: Writing, said: dict[str, str], told: str
) -> None:
    whole = {"outcome": "not_upheld", "reason": "payment_not_found", "words": NOT_FOUND, **said}
    answer = owner.submit(f"{dispute}/decide", whole)
    assert answer.status_code == 422
    assert told in shown_text(answer)
    assert whole["words"] in answer.text
    assert [act for act, _ in refusals(writing)] == ["decide"]
    assert running(writing) == ["dispute"]


def test_the_loser_of_a_race_keeps_what_was_typed(
    owner: CheckedClient, cast: Cast, dispute: str, writing: Writing
) -> None:
    typed = {"outcome": "not_upheld", "reason": "not_shown", "words": "我写的另一段话。"}
    page = owner.get(f"{dispute}/decide").text
    with writing() as session:
        case = session.scalars(select(ServiceCase)).one()
        Handler(session, cast.zhou_min, case).decide()
    fields = {"row_version": "2", "csrf_token": _token(page), **typed}
    answer = owner.post(f"{dispute}/decide", data=fields)
    assert answer.status_code == 409
    assert "该事项已有决定" in answer.text
    assert "我写的另一段话。" in answer.text
    assert refusals(writing) == [("decide", "case_closed")]


def test_what_the_borrower_adds_has_to_be_read_first(
    owner: CheckedClient, cast: Cast, dispute: str, borrower_client: BorrowerClient
) -> None:
    page = owner.get(f"{dispute}/decide").text
    version = page.split('name="row_version" value="', 1)[1].split('"', 1)[0]
    li_na, address = borrower_client(cast.li_na), dispute.replace("/desk/service/", "/cases/")
    assert li_na.submit(f"{address}/messages", {"body": "我找到了凭证。", "act": "send"}).status_code == 303
    said = {"outcome": "not_upheld", "reason": "payment_not_found", "words": NOT_FOUND}
    answer = owner.post(
        f"{dispute}/decide", data={**said, "row_version": version, "csrf_token": _token(page)}
    )
    assert answer.status_code == 409
    assert "借款人又写了留言" in answer.text
    assert NOT_FOUND in answer.text


def test_the_lender_is_asked_and_answers(
    owner: CheckedClient, dispute: str, writing: Writing, cast: Cast, borrower_client: BorrowerClient
) -> None:
    missing = owner.submit(f"{dispute}/lender", {"what": "payment", "is_wrong": "没有入账"})
    assert missing.status_code == 422
    said = {"what": "payment", "is_wrong": "9 月 25 日没有入账", "should_be": "9 月 25 日入账 1,000.00 元"}
    assert owner.submit(f"{dispute}/lender", said).status_code == 303
    assert "等待贷款机构" in shown_text(owner.get("/desk/service"))
    with writing() as session:
        reference = session.scalars(select(CorrectionRequest.reference)).one()
        session.scalars(select(Loan)).one().facts_version += 1
    assert "此后账目已更新这笔借款" in shown_text(owner.get(dispute))
    done = owner.submit(
        f"{dispute}/decide",
        {"outcome": "upheld", "reason": "payment_found", "words": FOUND, "keeps_hold": "y"},
    )
    assert done.status_code == 303
    assert running(writing) == ["dispute"]
    page = shown_text(borrower_client(cast.li_na).get(dispute.replace("/desk/service/", "/cases/")))
    assert "您说得对" in page
    assert "9 月 25 日入账 1,000.00 元" in page
    assert "在贷款机构答复之前继续暂停联系" in page
    for _ in range(2):
        answer = post_to(
            owner,
            f"/desk/corrections/{reference}",
            {f"{reference}-answer": "corrected", f"{reference}-words": "已补记"},
        )
        assert answer.status_code == 303
    assert "已补记" in shown_text(owner.get("/desk/corrections?state=answered"))
    assert running(writing) == []


def test_whom_a_complaint_is_about_does_not_find_it(
    cast: Cast, brought_up: BringUp, staff_client: StaffClient
) -> None:
    public_id = brought_up(CaseKind.COMPLAINT, CaseTopic.HOW_CONTACTED, staff_number="1002")
    zhou_min = staff_client(cast.zhou_min)
    assert public_id not in zhou_min.get("/desk/service").text
    for address in (f"/desk/service/{public_id}", f"/desk/messages/{public_id}"):
        answer = zhou_min.get(address)
        assert answer.status_code == 403
        assert "这件投诉的对象是您" in answer.text
    assert public_id in staff_client(cast.wu_yan).get("/desk/service").text


def test_the_borrower_names_whom_a_complaint_is_about(
    cast: Cast, loan: Loan, writing: Writing, borrower_client: BorrowerClient
) -> None:
    del loan
    li_na = borrower_client(cast.li_na)
    said = {"topic": "service", "body": WORDS}
    unknown = li_na.submit("/complain", {**said, "staff_number": "9999"})
    assert unknown.status_code == 422
    assert "没有这个工号的工作人员" in shown_text(unknown)
    assert li_na.submit("/complain", {**said, "staff_number": " 1002 "}).status_code == 303
    with writing() as session:
        assert session.scalars(select(ServiceCase.about_staff_id)).one() == cast.zhou_min.id


def test_it_goes_to_a_colleague(
    owner: CheckedClient, cast: Cast, dispute: str, staff_client: StaffClient
) -> None:
    assert (
        owner.submit(dispute, {"to": "1001", "reason": "agreed"}, action=f"{dispute}/hand-over").status_code
        == 303
    )
    assert "由员工 1001 处理" in shown_text(owner.get(dispute))
    agent = staff_client(cast.chen_chen)
    page = agent.get(dispute)
    assert "须由有权决定的同事结案" in shown_text(page)
    answer = post_to(
        agent, f"{dispute}/decide", {"outcome": "not_upheld", "reason": "book_right", "words": "好"}
    )
    assert answer.status_code == 403
    back = agent.submit(dispute, action=f"{dispute}/give-back")
    assert back.location == "/desk/service"
    assert agent.get(dispute).status_code == 404


def test_the_next_one_and_nothing_left(cast: Cast, dispute: str, staff_client: StaffClient) -> None:
    client = staff_client(cast.zhou_min)
    assert client.submit("/desk/service", action="/desk/service/next").location == dispute
    assert client.submit("/desk/service", action="/desk/service/next").location == "/desk/service"


@pytest.fixture
def complaint(writing: Writing, cast: Cast) -> str:
    """Of somebody who was not signed in."""
    del cast
    form = VisitorForm(form_key="", topic="service", body="请别再打来。", reply_to="a@example.com")
    with writing() as session:
        made = complain_as_visitor(
            session, Actor(ActorKind.PUBLIC), form=form, today=TODAY, zone=ZONE, now=NOW
        )
        return f"/desk/visitors/{made.public_id}"


def test_a_visitor_s_complaint_is_taken_on_and_closed_with_what_was_answered(
    cast: Cast, complaint: str, staff_client: StaffClient, writing: Writing
) -> None:
    zhou_min, wu_yan = staff_client(cast.zhou_min), staff_client(cast.wu_yan)
    assert complaint in zhou_min.get("/desk/service").text
    assert complaint in zhou_min.get("/desk/service?work=visitor").text
    assert complaint not in zhou_min.get("/desk/service?work=dispute").text
    assert zhou_min.submit(complaint, action=f"{complaint}/take").status_code == 303
    late = post_to(wu_yan, f"{complaint}/take")
    assert late.status_code == 409
    assert "1002" in late.text
    said = {"outcome": "upheld", "reason": "conduct_wrong", "words": "已停止联系，向您致歉。"}
    assert zhou_min.submit(complaint, {**said, "words": ""}, action=f"{complaint}/decide").status_code == 422
    lost = post_to(wu_yan, f"{complaint}/decide", said)
    assert lost.status_code == 409
    assert said["words"] in lost.text
    for _ in range(2):
        assert post_to(zhou_min, f"{complaint}/decide", said).status_code == 303
    assert complaint not in zhou_min.get("/desk/service").text
    assert "已停止联系" in shown_text(zhou_min.get(complaint))
    with writing() as session:
        closed = session.scalars(select(VisitorComplaint)).one()
        assert (closed.status, closed.outcome, closed.decided_by) == ("closed", "upheld", cast.zhou_min.id)
        names = session.scalars(select(Event.name).where(Event.name == "complaint:answered")).all()
        assert len(names) == 1


def test_whom_a_visitor_complains_about_has_no_part_in_it(
    cast: Cast, complaint: str, staff_client: StaffClient
) -> None:
    zhou_min = staff_client(cast.zhou_min)
    zhou_min.submit(complaint, action=f"{complaint}/take")
    done = zhou_min.submit(complaint, {"number": "1002"}, action=f"{complaint}/staff")
    assert done.location == "/desk/service"
    assert complaint not in zhou_min.get("/desk/service").text
    assert zhou_min.get(complaint).status_code == 403
    assert staff_client(cast.wu_yan).get(complaint).status_code == 200


def test_pages_are_complete_in_english(
    owner: CheckedClient, cast: Cast, dispute: str, complaint: str, loan: Loan
) -> None:
    del cast
    owner.set_cookie("desk-language", "en", path="/desk")
    for address in (
        "/desk/service",
        dispute,
        f"{dispute}/decide",
        f"{dispute}/lender",
        "/desk/corrections",
        complaint,
        f"/desk/loans/{loan.public_id}/holds",
    ):
        assert owner.get(address).status_code == 200


def test_decided_ones_are_found_the_latest_first(
    owner: CheckedClient, cast: Cast, dispute: str, writing: Writing
) -> None:
    with writing() as session:
        case = session.scalars(select(ServiceCase)).one()
        Handler(session, cast.zhou_min, case).decide(Outcome.NOT_UPHELD, CaseReason.BOOK_RIGHT)
    page = owner.get("/desk/service?standing=closed").text
    assert dispute in page
    assert dispute not in owner.get("/desk/service").text
