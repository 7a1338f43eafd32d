"""Changing a plan in force on its pages, from the agreement to the signature; paying early; what a payment did."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Event, Proposal
from portal.services.documents import keep_sealed
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.borrower.test_agreement import dates, live_until, path, receive
from tests.integration.web.conftest import BorrowerClient
from tests.people import TODAY, Cast
from tests.plan_walks import Walk, page_of, shown_text

DAY = timedelta(days=1)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What a page says is the same on both databases."""
    return sqlite_database


@pytest.fixture
def running(walk: Walk) -> Walk:
    """In force and sealed."""
    walk.to_sent()
    with walk.writing() as session:
        agreement = session.scalars(select(Agreement)).one()
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=walk.clock.now())
    return walk


def sign_change(walk: Walk, **wanted: str) -> Walk:
    """The same steps as for a new plan, from the check page on; some time after it."""
    walk.wait(minutes=30)
    answer = walk.client.submit(walk.url("change"), wanted)
    assert answer.status_code == 303, page_of(answer)
    walk.id = answer.location.split("/")[2]
    assert answer.location == walk.url("check")
    walk.freeze()
    walk.read_disclosure()
    walk.preview()
    walk.tick()
    assert walk.sign().location == walk.url()
    return walk


def test_a_change_is_signed_like_a_plan_and_takes_its_place(running: Walk) -> None:
    old = running.url()
    before = path(running)
    sign_change(running, wish="date", day="5")
    assert running.status == "approved"
    assert "已由变更后的方案替代" in shown_text(running.client.get(old))
    said = shown_text(running.client.get(before))
    assert "现在执行的是变更后的方案" in said
    home = page_of(running.client.get("/"))
    assert before not in home
    with running.writing() as session:
        new = session.scalars(select(Agreement).order_by(Agreement.id.desc())).first()
        assert new is not None
        assert f"/agreements/{new.public_id}" in home


def test_the_change_page_asks_one_thing_and_says_what_is_left_of_the_year(running: Walk) -> None:
    said = shown_text(running.client.get(running.url("change")))
    assert "一年可以推 3 期，今年已用 0 期" in said
    assert "变更不收任何费用" in said


def test_nothing_chosen_is_asked_for_again(running: Walk) -> None:
    answer = running.client.submit(running.url("change"), {})
    assert answer.status_code == 422
    assert "请选择想变更的内容" in page_of(answer)


@pytest.mark.parametrize("typed", ["", "abc", "0", "1e9", "￥"])
def test_a_sum_that_is_none_keeps_what_was_typed(running: Walk, typed: str) -> None:
    answer = running.client.submit(running.url("change"), {"wish": "amount", "monthly": typed})
    assert answer.status_code == 422
    if typed:
        assert f'value="{typed}"' in page_of(answer)
    with running.writing() as session:
        assert session.scalars(select(Event).where(Event.name == "plan:change_refused")).all()


def test_the_same_change_twice_is_one_draft(running: Walk) -> None:
    for _ in range(2):
        running.client.submit(running.url("change"), {"wish": "skip"})
    with running.writing() as session:
        assert len(session.scalars(select(Proposal).where(Proposal.replaces_id.is_not(None))).all()) == 1


def test_the_questions_of_a_new_plan_lead_to_the_change(running: Walk) -> None:
    answer = running.client.submit(running.url("change"), {"wish": "skip"})
    draft = answer.location.split("/")[2]
    for step in ("need", "plans", "own"):
        assert running.client.get(f"/proposals/{draft}/{step}").location == f"/proposals/{draft}/change"


def test_the_first_page_shows_plan_and_change_side_by_side(running: Walk) -> None:
    running.client.submit(running.url("change"), {"wish": "skip"})
    said = shown_text(running.client.get("/"))
    assert "您的还款方案已生效" in said
    assert "您申请的变更" in said


def test_a_stranger_finds_neither_change_nor_quote_nor_receipts(
    running: Walk, cast: Cast, borrower_client: BorrowerClient
) -> None:
    stranger: CheckedClient = borrower_client(cast.wang_qiang)
    for page in (
        running.url("change"),
        f"{path(running)}/early",
        f"{path(running)}/dates.ics",
        f"{path(running)}/check.svg",
        f"/loans/{running.loan.public_id}/receipts",
    ):
        assert stranger.get(page).status_code == 404, page


def test_a_broken_plan_cannot_be_changed(running: Walk) -> None:
    live_until(running, dates(running)[0] + 11 * DAY)
    answer = running.client.submit(running.url("change"), {"wish": "skip"})
    assert answer.status_code == 303
    assert answer.location == running.url()
    with running.writing() as session:
        assert session.scalars(select(Proposal).where(Proposal.replaces_id.is_not(None))).all() == []


# paying


def test_paying_early_is_told_to_the_cent_for_a_day(running: Walk) -> None:
    today = running.client.get(f"{path(running)}/early")
    assert "全部结清" in shown_text(today)
    later = TODAY + timedelta(days=20)
    page = running.client.get(f"{path(running)}/early?on={later.isoformat()}")
    assert "2026年11月22日全部结清" in shown_text(page)
    assert "收款" in shown_text(page) or "账号" in shown_text(page)


@pytest.mark.parametrize("typed", ["gestern", "2026-10-01", "2030-01-01", "2026-13-45"])
def test_a_day_that_cannot_be_is_said_on_its_field(running: Walk, typed: str) -> None:
    answer = running.client.get(f"{path(running)}/early?on={typed}")
    assert answer.status_code == 422
    assert typed in page_of(answer)


def test_another_sum_shows_what_it_would_do(running: Walk) -> None:
    page = running.client.get(f"/loans/{running.loan.public_id}/pay?sum=100")
    said = shown_text(page)
    assert "如果今天付这笔钱" in said
    due = dates(running)[0]
    assert f"{due.year}年{due.month}月{due.day}日到期" in said


@pytest.mark.parametrize("typed", ["abc", "-5", "0", "1e9", "sNaN", "9" * 30])
def test_a_sum_that_is_none_is_said_on_its_field(running: Walk, typed: str) -> None:
    answer = running.client.get(f"/loans/{running.loan.public_id}/pay?sum={typed}")
    assert answer.status_code == 422
    assert f'value="{typed}"' in page_of(answer)


def test_receipts_show_on_what_each_payment_went(running: Walk) -> None:
    receive(running, TODAY, 12_300)
    said = shown_text(running.client.get(f"/loans/{running.loan.public_id}/receipts"))
    due = dates(running)[0]
    assert "123.00 元" in said
    assert f"{due.year}年{due.month}月{due.day}日到期" in said


# other kinds


def test_a_promise_is_moved_to_another_day_within_reach(new_walk: NewWalk) -> None:
    walk = new_walk()
    walk.to_sent(need={"need": "by_date", "pay_on": "2026-11-16"})
    assert walk.status == "approved"
    page = page_of(walk.client.get(walk.url("change")))
    assert 'name="on"' in page
    assert 'value="skip"' not in page
    refused = walk.client.submit(walk.url("change"), {"wish": "date", "on": "2027-01-01"})
    assert refused.status_code == 422
    assert 'value="2027-01-01"' in page_of(refused)
    sign_change(walk, wish="date", on="2026-11-23")
    assert "2026年11月23日" in shown_text(walk.client.get(walk.url()))


def test_payments_by_the_week_move_to_another_day_of_the_week(new_walk: NewWalk) -> None:
    walk = new_walk()
    walk.to_sent(own={"kind": "catch_up", "installments": "6", "every": "1 week"})
    said = shown_text(walk.client.get(walk.url("change")))
    assert "星期几还" in said
    answer = walk.client.submit(walk.url("change"), {"wish": "date", "day": "5"})
    assert answer.status_code == 303
    walk.id = answer.location.split("/")[2]
    assert "周五" in shown_text(walk.client.get(walk.url("check")))
