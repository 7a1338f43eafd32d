from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_events
from sqlalchemy import select

from portal.domain.arrears import arrears_of
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.models import Creditor, DelinquencyPause, Loan, LoanStanding, Proposal, VerifiedAccount
from portal.queries.loans import loan_facts
from portal.services.holds import start_hold
from portal.services.references import new_public_id
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.people import CREDITOR, NOW, TODAY, Cast, add_loan
from tests.plan_walks import shown_text
from tests.stories import Story


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What pages say is the same on both databases; the reads behind them are tried on both in ``queries``."""
    return sqlite_database


def add(writing: Writing, cast: Cast, **details: Any) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na, **details)


def text_of(client: CheckedClient, url: str = "/") -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def li_na(cast: Cast, borrower_client: BorrowerClient) -> CheckedClient:
    return borrower_client(cast.li_na)


def test_an_overdue_loan_shows_sum_since_when_and_make_up(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    add(writing, cast, late_days=42, fee=1_500)
    page = text_of(li_na)
    for shown in (
        "今日逾期金额",
        "自2026年9月21日起，已 42 天",
        "本金",
        "利息",
        "罚息",
        "费用",
        CREDITOR,
        "截至2026年11月2日 10:00",
    ):
        assert shown in page


def test_the_sums_on_the_page_add_up(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    loan = add(writing, cast, late_days=42, fee=1_500)
    with writing() as session:
        arrears = arrears_of(loan_facts(session, loan.id), on=TODAY)
    page = text_of(li_na)
    assert arrears.accrued_penalty > 0
    for minor in (*arrears.parts.as_dict().values(), arrears.total, arrears.accrued_penalty):
        assert f"{minor / 100:,.2f} 元" in page


def test_the_stage_stands_with_its_basis_and_date(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    add(writing, cast, late_days=42, stage=Stage.AGENCY)
    page = text_of(li_na)
    assert "目前由谁处理" in page
    assert "2026年10月22日" in page
    assert "逾期超过 30 天" in page
    assert "法院" not in page


def test_without_a_stage_in_the_book_nothing_is_made_up(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    add(writing, cast, late_days=42, stage=None)
    assert "没有其他安排" in text_of(li_na)


def test_days_that_do_not_count_are_told_apart(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    loan = add(writing, cast, late_days=42)
    with writing() as session:
        session.add(DelinquencyPause(loan_id=loan.id, starts_on=TODAY - timedelta(days=12), ends_on=None))
    page = text_of(li_na)
    assert "已 42 天" in page
    assert "其中 30 天计入逾期" in page


def test_a_transferred_loan_says_when_the_borrower_was_told(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    add(writing, cast)
    with writing() as session:
        session.get_one(Creditor, cast.creditor.id).assignment_notice_on = date(2026, 8, 3)
    assert "通知您的日期是2026年8月3日" in text_of(li_na)


def test_nothing_overdue_reads_calmly_and_offers_no_plan(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    add(writing, cast, late_days=-10)
    page = text_of(li_na)
    assert "没有逾期" in page
    assert "2026年11月12日" in page
    assert "制定还款方案" not in page


def test_a_due_date_of_today_is_not_overdue(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    add(writing, cast, late_days=0)
    assert "没有逾期" in text_of(li_na)


def test_nobody_s_loans_read_as_none(li_na: CheckedClient) -> None:
    assert "这里没有登记您的借款" in text_of(li_na)


def test_closed_loans_stand_apart(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    add(writing, cast, ref="L-9", paid=12, installments=12, late_days=20, status="closed")
    page = text_of(li_na)
    assert "您没有待还的借款" in page
    assert "已结清" in page
    assert "今日逾期金额" not in page


def test_five_loans_stand_with_the_overdue_ones_first(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    add(writing, cast, ref="L-1", late_days=-5)
    add(writing, cast, ref="L-2", late_days=42)
    add(writing, cast, ref="L-3", late_days=5, stage=Stage.REMINDER)
    add(writing, cast, ref="L-4", paid=12, late_days=20, status="closed")
    add(writing, cast, ref="L-5", late_days=100, currency="USD", product="credit_card")
    page = text_of(li_na)
    places = [page.index(f">L-{number}<") for number in (2, 3, 5, 1, 4)]
    assert sorted(places[:3]) < places[3:]
    assert places[3] < places[4]


def test_a_page_of_five_loans_reads_the_database_as_often_as_a_page_of_one(
    li_na: CheckedClient, writing: Writing, cast: Cast, database: Database
) -> None:
    counts = []
    for number in range(5):
        add(writing, cast, ref=f"L-{number}", late_days=42)
        if number in {0, 4}:
            counts.append(_reads(li_na, database))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", list(HoldKind))
def test_every_hold_says_why_and_until_when(
    li_na: CheckedClient, writing: Writing, cast: Cast, kind: HoldKind
) -> None:
    loan = add(writing, cast)
    with writing() as session:
        start_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason="test", now=NOW)
    assert "目前不会联系您催收" in text_of(li_na)


def test_a_proposal_in_review_stands_with_its_promise(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast)
    with writing() as session:
        session.add(_proposal(loan, cast, "in_review"))
    page = text_of(li_na)
    assert "您的方案申请" in page
    assert "最迟2026年11月4日（周三）10:00 由工作人员答复" in page
    assert "制定还款方案" not in page


def test_a_stranger_sees_nothing_of_it(cast: Cast, writing: Writing, borrower_client: BorrowerClient) -> None:
    loan = add(writing, cast)
    stranger = borrower_client(cast.wang_qiang)
    assert "L-1001" not in text_of(stranger)
    for path in ("", "/pay", "/dispute", "/talk"):
        foreign = stranger.get(f"/loans/{loan.public_id}{path}")
        missing = stranger.get(f"/loans/{'0' * 32}{path}")
        assert foreign.status_code == missing.status_code == 404
        assert "L-1001" not in foreign.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/", "/complain", "/cases", "/loans/x", "/loans/x/pay", "/loans/x/dispute", "/loans/x/talk"]
)
def test_a_visitor_is_sent_to_sign_in(client: CheckedClient, cast: Cast, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_the_loan_s_page_shows_schedule_and_payments(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast, late_days=42, paid=6)
    page = text_of(li_na, f"/loans/{loan.public_id}")
    assert page.count("已还清") == 6
    assert page.count("已逾期") == 2
    assert "已入账的还款" in page


def test_paying_leads_to_the_verified_account_with_reference_and_sums(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast, late_days=42)
    page = text_of(li_na, f"/loans/{loan.public_id}/pay")
    for shown in (
        "1001 2345 6789 0123 456",
        CREDITOR,
        "中国工商银行上海浦东支行",
        'data-copy="L-1001"',
        "今日逾期金额",
        "下一期正常还款",
    ):
        assert shown in page
    assert "本页面不会发起付款" in page


def test_an_account_that_ended_is_not_shown(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    loan = add(writing, cast)
    with writing() as session:
        for account in session.scalars(select(VerifiedAccount)):
            account.ended_on = TODAY
    page = shown_text(li_na.get(f"/loans/{loan.public_id}/pay"))
    assert "6789" not in page
    assert "还没有登记核实过的收款账户" in page


def test_an_account_in_another_currency_is_not_shown(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast, currency="USD")
    assert "6789" not in shown_text(li_na.get(f"/loans/{loan.public_id}/pay"))


def test_nobody_is_asked_to_pay_a_closed_loan(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    loan = add(writing, cast, paid=12, late_days=20, status="closed")
    page = shown_text(li_na.get(f"/loans/{loan.public_id}/pay"))
    assert "请不要再为它付款" in page
    assert "6789" not in page


def test_a_warning_stands_before_paying_a_debt_that_may_be_time_barred(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    old = add(writing, cast, ref="L-old", late_days=1500, paid=11, installments=12)
    new = add(writing, cast, ref="L-new", late_days=42)
    for path in ("pay", "talk"):
        assert "诉讼时效可能已经届满" in text_of(li_na, f"/loans/{old.public_id}/{path}")
        assert "诉讼时效" not in text_of(li_na, f"/loans/{new.public_id}/{path}")


def test_pages_are_complete_in_english(li_na: CheckedClient, writing: Writing, cast: Cast) -> None:
    loan = add(writing, cast, late_days=42)
    li_na.set_cookie("language", "en")
    assert "Since 21 September 2026, 42 days" in text_of(li_na)
    for path in ("", "/pay", "/dispute", "/talk"):
        text_of(li_na, f"/loans/{loan.public_id}{path}")


def _reads(client: CheckedClient, database: Database) -> int:
    told: list[str] = []

    def tell(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    client.get("/")  # the session is written once
    sql_events.listen(database.engine, "before_cursor_execute", tell)
    client.get("/")
    sql_events.remove(database.engine, "before_cursor_execute", tell)
    return len(told)


def _proposal(loan: Loan, cast: Cast, status: str) -> Proposal:
    return Proposal(
        public_id=new_public_id(),
        reference="P2345678A",
        loan_id=loan.id,
        borrower_id=cast.li_na.id,
        status=status,
        answers={},
        referral_reasons=[],
        made_at=NOW,
        promised_by=NOW + timedelta(days=2),
    )


def test_that_there_is_nothing_to_plan_is_said_before_anything_is_asked(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast, late_days=-10).public_id
    answer = li_na.get(f"/loans/{loan}/plan")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有逾期" in page
    assert f'/loans/{loan}/plan" method' not in page


def test_nobody_is_asked_to_pay_more_than_all_of_it(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast).public_id
    told = "就全部还清了，不用多付"
    assert told in li_na.get(f"/loans/{loan}/pay?sum=15000").get_data(as_text=True)
    assert told not in li_na.get(f"/loans/{loan}/pay?sum=500").get_data(as_text=True)


@pytest.mark.parametrize("status", ["countered", "info_requested", "needs_resign"])
def test_whose_turn_it_is_is_said_with_the_day(
    li_na: CheckedClient, writing: Writing, cast: Cast, status: str
) -> None:
    loan = add(writing, cast)
    with writing() as session:
        story = Story(session, cast.li_na, session.get_one(Loan, loan.id))
        story.submit(reason=HardshipReason.ILLNESS)
        assert story.proposal.promised_by is not None
    assert "由工作人员答复" in text_of(li_na)
    with writing() as session:
        proposal = session.scalars(select(Proposal)).one()
        proposal.status, proposal.closes_at = status, NOW + timedelta(days=7)
    assert "等您答复，请在2026年11月9日（周一）10:00 前看一下" in text_of(li_na)
    assert "由工作人员答复" not in text_of(li_na)


def test_what_the_book_says_in_chinese_is_marked_as_such_on_an_english_page(
    writing: Writing, cast: Cast, borrower_client: BorrowerClient
) -> None:
    """A browser translates it, and reads it aloud, by its language."""
    with writing() as session:
        add_loan(session, cast.li_na, stage=Stage.INTERNAL).stage_basis = "逾期超过 30 天，由协商组联系"
    li_na = borrower_client(cast.li_na)
    li_na.set_cookie("language", "en")
    page = li_na.get("/").text
    assert 'the lender\'s book says: <span lang="zh-CN">逾期超过 30 天' in page


def test_a_next_step_is_told_only_once_it_is_decided_with_its_day_and_why(
    writing: Writing, cast: Cast, borrower_client: BorrowerClient
) -> None:
    """By the day's run, of a loan whose book says no stage."""
    with writing() as session:
        loan = add_loan(session, cast.li_na, stage=None)
        standing = LoanStanding(
            loan_id=loan.id, stage="internal", stage_basis="days", stage_since=TODAY - timedelta(days=10)
        )
        session.add(standing)
    li_na = borrower_client(cast.li_na)
    page = shown_text(li_na.get(f"/loans/{loan.public_id}"))
    assert "已决定" not in page
    with writing() as session:
        kept = session.get_one(LoanStanding, loan.id)
        kept.next_stage, kept.next_stage_on = "agency", TODAY + timedelta(days=8)
        kept.next_notice_on = TODAY - timedelta(days=2)
    page = shown_text(li_na.get(f"/loans/{loan.public_id}"))
    told = page[page.index("已决定") :][:80]
    for day in (TODAY + timedelta(days=8), TODAY - timedelta(days=2)):
        assert f"{day.year}年{day.month}月{day.day}日" in told


def test_all_that_is_overdue_pays_the_penalty_up_to_today_and_nothing_in_advance(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    loan = add(writing, cast, late_days=42)
    with writing() as session:
        session.get_one(Loan, loan.id).as_of = TODAY - timedelta(days=25)
        session.flush()
        arrears = arrears_of(loan_facts(session, loan.id), on=TODAY)
    page = text_of(li_na, f"/loans/{loan.public_id}/pay?sum={arrears.total / 100:.2f}")
    would = page.partition("如果今天付这笔钱")[2]
    assert arrears.accrued_penalty > 0
    assert all(f"{row.parts.penalty / 100:,.2f} 元" in would for row in arrears.installments)
    assert would.count("日到期") == len(arrears.installments)
