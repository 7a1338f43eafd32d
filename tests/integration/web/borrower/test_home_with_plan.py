"""The first page while a plan is on its way, and once it leads."""

import pytest

from portal.models import Proposal
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
