from decimal import Decimal

import pytest
from sqlalchemy import event, select

from portal.domain.policy import HardshipReason
from portal.models import Consent, Contact, ContactWish, Decision, Event, StaffRelation
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.review.conftest import Case, StaffClient, WaitingCase, events_of
from tests.people import NOW, Cast, add_loan
from tests.stories import Story


def test_everything_that_is_decided_on_stands_on_the_page(
    cast: Cast, case: Case, staff_client: StaffClient
) -> None:
    page = staff_client(cast.zhou_min).get(case.url).text
    for shown in (
        case.reference,
        "涉及重大变故",
        "本人或家人生病、受伤",
        "逾期部分分期还",
        "共 6 期",
        "今日逾期",
        "逾期天数",
        "还需支付合计",
        "方案年化成本",
        "最近到期的 8 期中，已足额还清 6 期",
        "这是第一份申请",
        "由借款人本人填写",
        "同类案件不足 10 件",
        "还没有人为这笔借款联系过借款人",
        "借款人签署的文本，第 1 版（PDF）",
        "方案审批中",
        "签署并提交，第 1 版",
        "诉讼时效届满日",
        "安心消费金融有限公司",
    ):
        assert shown in page, shown


def test_a_look_is_on_the_record_each_time(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zheng_hao)
    client.get(case.url)
    page = client.get(case.url).text
    assert events_of(writing, "case:looked_at") == [{"reason": "case_page"}] * 2
    assert "工号 1004：2 次" in page
    with writing() as session:
        look = session.scalars(select(Event).where(Event.name == "case:looked_at")).first()
        assert look is not None
        assert (look.actor_id, look.borrower_id, look.proposal_id) == (
            cast.zheng_hao.id,
            cast.li_na.id,
            case.id,
        )


def test_mobile_and_id_are_masked(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    page = staff_client(cast.zhou_min).get(case.url).text
    assert "138****8001" in page
    assert "13800138001" not in page


def test_the_number_is_shown_for_a_reason_for_five_minutes_and_on_the_record(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing, clock: HandClock
) -> None:
    client = staff_client(cast.zhou_min)
    shown = client.submit(case.url, {"reason": "call_back"}, action=f"{case.url}/reveal")
    assert shown.location == f"{case.url}#person"
    assert "+8613800138001" in client.get(case.url).text
    assert events_of(writing, "case:revealed") == [{"field": "mobile", "reason": "call_back"}]
    clock.move_on(minutes=6)
    assert "13800138001" not in client.get(case.url).text


def test_the_number_stays_masked_without_a_reason_of_the_list(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    assert client.submit(case.url, {"reason": "curious"}, action=f"{case.url}/reveal").status_code == 422
    assert "13800138001" not in client.get(case.url).text
    assert events_of(writing, "case:revealed") == []


def test_the_auditor_reads_and_does_nothing_else(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    page = staff_client(cast.zheng_hao).get(case.url).text
    assert "您的角色只能查看" in page
    for act in ("claim", "reveal", "approve", "decline"):
        assert f"{case.url}/{act}" not in page


def test_hardship_is_hidden_where_the_consent_was_taken_back(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        for consent in session.scalars(select(Consent).where(Consent.kind == "hardship_reason")):
            consent.withdrawn_at = NOW
    assert "本人或家人生病、受伤" not in staff_client(cast.zhou_min).get(case.url).text


@pytest.mark.parametrize("public_id", ["0" * 32, "nothing", "1", "李娜", "0" * 31 + "%27", "%00"])
def test_what_is_not_there_is_not_found(cast: Cast, staff_client: StaffClient, public_id: str) -> None:
    assert staff_client(cast.zhou_min).get(f"/desk/cases/{public_id}").status_code == 404


def test_a_draft_is_nobodys_business(cast: Cast, staff_client: StaffClient, writing: Writing) -> None:
    with writing() as session:
        story = Story(session, cast.li_na, add_loan(session, cast.li_na)).start().answer()
        url = f"/desk/cases/{story.proposal.public_id}"
    assert staff_client(cast.zhou_min).get(url).status_code == 404


def test_nobody_looks_at_a_case_of_somebody_close(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="oneself", made_at=NOW
            )
        )
    client = staff_client(cast.zhou_min)
    assert client.get(case.url).status_code == 403
    assert events_of(writing, "access:refused") == [{"endpoint": "review.case", "code": "related_case"}]
    assert events_of(writing, "case:looked_at") == []


def test_a_borrower_who_is_signed_in_gets_no_further_than_the_desks_door(
    cast: Cast, case: Case, borrower_client: BorrowerClient
) -> None:
    answer = borrower_client(cast.li_na).get(case.url)
    assert answer.location == f"/desk/sign-in?next={case.url}"


def test_a_decided_case_says_how_it_ended(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient
) -> None:
    holder.submit(f"{case.url}/approve", {"reason": "affordable"})
    page = staff_client(cast.zheng_hao).get(case.url).text
    for shown in ("已通过", "工号 1002", "借款人有能力按期还款", "协议自"):
        assert shown in page, shown


def test_earlier_proposals_lead_to_their_own_pages(
    cast: Cast, writing: Writing, staff_client: StaffClient
) -> None:
    with writing() as session:
        loan = add_loan(session, cast.li_na)
        story = Story(session, cast.li_na, loan)
        story.submit(reason=HardshipReason.ILLNESS)
        first = story.proposal
        first.status, first.ended_at = "withdrawn", NOW
        session.flush()
        again = Story(session, cast.li_na, loan)
        again.submit(reason=HardshipReason.ILLNESS)
        urls = [f"/desk/cases/{p.public_id}" for p in (first, again.proposal)]
    client = staff_client(cast.zhou_min)
    assert urls[0] in client.get(urls[1]).text
    assert "借款人已撤回" in client.get(urls[0]).text


def test_the_statements_of_a_case_do_not_grow_with_its_history(
    cast: Cast, case: Case, waiting_case: WaitingCase, staff_client: StaffClient, database: Database
) -> None:
    long = waiting_case(cast.wang_qiang, ref="L-2002", paid=30, installments=60, late_days=70)
    client = staff_client(cast.zhou_min)
    counted: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    totals = []
    for url in (case.url, case.url, long.url):
        counted.clear()
        assert client.get(url).status_code == 200
        totals.append(len(counted))
    assert totals[1] == totals[2] <= 48


def test_a_text_of_the_borrower_or_a_colleague_is_shown_and_never_run(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing
) -> None:
    words = "<script>alert(1)</script>{{ 7*7 }}"
    holder.submit(f"{case.url}/decline", {"reason": "other", "reason_text": words, "would_accept": words})
    page = holder.get(case.url).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    with writing() as session:
        assert session.scalars(select(Decision.state)).one() == "held"


def test_each_finding_stands_with_its_figure_its_limit_and_its_rule(
    cast: Cast, waiting_case: WaitingCase, staff_client: StaffClient
) -> None:
    choice = {"kind": "catch_up", "installments": 18, "day_of_month": 20}
    case = waiting_case(cast.wang_qiang, choice=choice, late_days=95, has_guarantor=True)
    page = " ".join(staff_client(cast.zhou_min).get(case.url).text.split())
    for shown in ("18，当场批准的上限是 12", "95 天，当场批准的上限是 90 天", "规则 P14"):
        assert shown in page, shown


def test_charges_for_lateness_beyond_the_cap_stand_with_both_rates_and_their_rule(
    cast: Cast, waiting_case: WaitingCase, staff_client: StaffClient
) -> None:
    case = waiting_case(
        cast.wang_qiang,
        choice={"kind": "catch_up", "installments": 6, "day_of_month": 20},
        lender_type="private",
        penalty_rate_pct=Decimal(36),
    )
    page = " ".join(staff_client(cast.zhou_min).get(case.url).text.split())
    for shown in ("逾期费用可能超过法律支持的上限", "账面罚息年利率 36%，合同年利率 14.4%", "规则 P08"):
        assert shown in page, shown


def test_contacts_and_the_wishes_about_them_stand_on_the_page(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        for purpose, channel in (
            ("message_notice", "sms"),
            ("code_sign_in", "sms"),
            ("some_new_one", "phone"),
        ):
            session.add(
                Contact(
                    borrower_id=cast.li_na.id,
                    purpose=purpose,
                    channel=channel,
                    number_hash="0" * 64,
                    number_last4="8001",
                    template_version="1",
                    rule_decision="",
                    result="sent",
                    actor_kind="system",
                    at=NOW,
                )
            )
        session.add(
            ContactWish(
                borrower_id=cast.li_na.id, first_hour=18, last_hour=20, channels=["phone"], made_at=NOW
            )
        )
    page = staff_client(cast.zhou_min).get(case.url).text
    assert "告知有回复待查看" in page
    assert "some_new_one" in page
    assert "code_sign_in" not in page
    assert "18:00 至 20:00，方式：电话" in page


def test_the_signed_text_opens_at_the_desk_and_the_borrower_reads_who_opened_it(
    cast: Cast, case: Case, staff_client: StaffClient, borrower_client: BorrowerClient
) -> None:
    answer = staff_client(cast.zheng_hao).get(f"{case.url}/document.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert "工号 1004" in borrower_client(cast.li_na).get("/record?kind=look").text


def test_nobody_opens_the_document_of_somebody_close(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    assert staff_client(cast.zhou_min).get(f"{case.url}/document.pdf").status_code == 403
    assert events_of(writing, "plan:preview_downloaded") == []


def test_plans_on_other_loans_of_the_borrower_are_told_with_their_loan(
    cast: Cast, writing: Writing, staff_client: StaffClient, case: Case
) -> None:
    with writing() as session:
        other = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-7007"))
        other.submit()
        other.proposal.status = "broken"
    page = staff_client(cast.zhou_min).get(case.url).text
    assert "另一笔借款 L-7007" in page
    assert "方案中断" in page
