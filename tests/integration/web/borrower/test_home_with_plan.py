"""The first page while a plan is on its way, and once it leads."""

import pytest

from portal.models import Loan, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_proposal_of, get_signed_version
from tests.databases import Database
from tests.integration.web.borrower.conftest import NewWalk
from tests.plan_walks import Walk, page_of, shown_text


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What a page says is the same on both databases."""
    return sqlite_database


def proposal_of(walk: Walk) -> Proposal:
    with walk.writing() as session:
        return get_proposal_of(session, walk.borrower.id, walk.id)


def test_a_draft_is_gone_on_with_from_the_first_page(walk: Walk) -> None:
    walk.start()
    page = page_of(walk.client.get("/"))
    assert f'href="/proposals/{walk.id}"' in page
    assert "从上次停下的地方继续" in page
    assert "目前不会联系您催收" not in page


def test_a_proposal_with_a_person_shows_its_promise_and_its_hold(new_walk: NewWalk) -> None:
    walk = new_walk(has_guarantor=True)
    walk.to_sent()
    assert walk.status == "in_review"
    said = shown_text(walk.client.get("/"))
    assert "最迟2026年11月4日（周三）18:00" in said
    assert "目前不会联系您催收" in said
    assert "制定还款方案" not in said


def test_a_plan_in_force_leads_and_the_book_stands_beside_it(walk: Walk) -> None:
    walk.to_sent()
    assert walk.status in {"approved", "active"}
    with walk.writing() as session:
        row = plan_of(get_signed_version(session, proposal_of(walk))).rows[0]
    said = shown_text(walk.client.get("/"))
    assert said.index(f"{row.due / 100:,.2f} 元") < said.index("账面逾期金额")
    assert "您的还款方案已生效" in said
    assert "今日逾期金额" not in said
    assert "目前不会联系您催收" in said
    assert "已 42 天" in said


def test_paying_under_a_plan_names_its_next_payment_first(walk: Walk) -> None:
    walk.to_sent()
    said = shown_text(walk.client.get(f"/loans/{walk.loan.public_id}/pay"))
    assert said.index("方案的下一次还款") < said.index("账面逾期金额")


def test_a_withdrawn_proposal_leaves_the_way_to_a_new_plan(new_walk: NewWalk) -> None:
    walk = new_walk(has_guarantor=True)
    walk.to_sent()
    walk.client.submit(walk.url("withdraw"))
    said = shown_text(walk.client.get("/"))
    assert "制定还款方案" in said
    assert "目前不会联系您催收" not in said


@pytest.fixture
def moved(walk: Walk) -> Walk:
    """A plan in force that has new dates for everything."""
    walk.to_sent(own={"kind": "reschedule", "installments": "12"})
    assert walk.status in {"approved", "active"}
    return walk


@pytest.mark.parametrize("page", ["/", "/loans/{loan}"])
def test_a_plan_for_everything_leaves_no_other_payment_beside_it(moved: Walk, page: str) -> None:
    """The installment of the book and its day hold no longer: whoever read them would pay twice."""
    with moved.writing() as session:
        left = sum(row.due for row in plan_of(get_signed_version(session, proposal_of(moved))).rows)
    said = shown_text(moved.client.get(page.format(loan=moved.loan.public_id)))
    assert "下一期正常还款" not in said
    assert "全部剩余应还" not in said
    assert f"方案还剩 {left / 100:,.2f} 元" in said


def test_a_plan_beside_the_schedule_keeps_its_next_installment(walk: Walk) -> None:
    walk.to_sent()
    said = shown_text(walk.client.get("/"))
    assert "下一期正常还款" in said
    assert "全部剩余应还" in said


def test_under_a_plan_for_everything_only_its_own_sums_are_to_be_paid(moved: Walk) -> None:
    said = shown_text(moved.client.get(f"/loans/{moved.loan.public_id}/pay"))
    assert "方案的下一次还款" in said
    assert "账面逾期金额" not in said
    assert "下一期正常还款" not in said


def sell(walk: Walk) -> None:
    """Its book names another creditor."""
    with walk.writing() as session:
        loan = session.get_one(Loan, walk.loan.id)
        loan.former_creditor, loan.creditor = loan.creditor, "江南资产管理有限公司"
        loan.former_until = loan.assigned_on = loan.as_of


def test_the_notice_of_another_creditor_names_the_sums_of_the_plan_first(moved: Walk) -> None:
    sell(moved)
    with moved.writing() as session:
        rows = plan_of(get_signed_version(session, proposal_of(moved))).rows
    said = shown_text(moved.client.get(f"/loans/{moved.loan.public_id}/creditor"))
    of_plan, split, of_book = said.partition("不计方案时的账面数据")
    assert split
    for each in (f"{sum(row.due for row in rows) / 100:,.2f} 元", f"{rows[0].due / 100:,.2f} 元"):
        assert each in of_plan
    assert "逾期" not in of_plan
    assert "账面逾期金额" in of_book


def test_beside_the_schedule_the_notice_names_the_book_s_sums_as_the_book_s(walk: Walk) -> None:
    walk.to_sent()
    sell(walk)
    said = shown_text(walk.client.get(f"/loans/{walk.loan.public_id}/creditor"))
    assert "全部剩余应还" in said
    assert "账面逾期金额" in said
    assert "今日逾期" not in said


def test_the_schedule_of_the_book_says_that_the_plan_holds(moved: Walk) -> None:
    page = page_of(moved.client.get(f"/loans/{moved.loan.public_id}"))
    assert "现在请按方案的日期和金额还款" in page
    assert 'href="/agreements/' in page
