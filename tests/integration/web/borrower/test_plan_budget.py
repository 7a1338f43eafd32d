"""The month, asked only where policy asks; kept for the borrower, shown to who decides, and no wall."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.models import Event, Proposal, SavedBudget
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import Cast
from tests.plan_walks import MONTH, Walk, page_of, shown_text

LONG = {"kind": "catch_up", "installments": "14"}


def at_budget(walk: Walk, own: dict[str, Any] | None = None) -> Walk:
    walk.start()
    walk.say_reason()
    walk.say_need()
    walk.own(**(own or LONG))
    assert walk.client.get(walk.url("check")).location == walk.url("budget")
    return walk


def kept(walk: Walk) -> dict[str, Any]:
    with walk.writing() as session:
        return dict(session.scalars(select(Proposal.answers).where(Proposal.public_id == walk.id)).one())


def test_a_plan_within_the_band_asks_nothing_about_the_month(walk: Walk) -> None:
    walk.to_check()
    assert walk.client.get(walk.url("check")).status_code == 200
    assert "budget" not in kept(walk)


def test_a_plan_beyond_the_band_asks_and_says_what_the_plan_takes(walk: Walk) -> None:
    at_budget(walk)
    page = page_of(walk.client.get(walk.url("budget")))
    assert page.count('inputmode="decimal"') == 13
    assert walk.say_month().location == walk.url("check")
    assert kept(walk)["budget"] == {
        "people": 2,
        "incomes": {"wages": 1_200_000},
        "outgoings": {"housing": 250_000, "food": 200_000},
        "currency": "CNY",
    }
    text = shown_text(walk.client.get(walk.url("check")))
    assert "您每月剩 7,500.00 元，我们以一半 3,750.00 元为准" in text
    assert f'href="{walk.url("budget")}"' in page_of(walk.client.get(walk.url("check")))


def test_nothing_is_frozen_before_the_month_is_told(walk: Walk) -> None:
    at_budget(walk)
    page = walk.client.get(walk.url("budget"))
    token = page_of(page).split('name="csrf_token" value="')[1].split('"')[0]
    assert walk.client.post(walk.url("check"), data={"csrf_token": token}).location == walk.url("budget")
    assert walk.client.get(walk.url("disclosure")).location == walk.url("check")


def test_all_that_cannot_be_read_is_said_at_once_and_everything_typed_stays(walk: Walk) -> None:
    at_budget(walk)
    answer = walk.say_month({**MONTH, "wages": "zwölf", "food": "-3", "phone": "88.5", "people": "40"})
    assert answer.status_code == 422
    page, text = page_of(answer), shown_text(answer)
    for typed in ("zwölf", "-3", "88.5", "2500"):
        assert f'value="{typed}"' in page
    for said in ("请只用数字填写金额", "金额不能小于零", "请选择这些钱要养活几个人"):
        assert said in text
    assert "budget" not in kept(walk)


def test_sending_it_twice_keeps_it_once(walk: Walk, writing: Writing) -> None:
    at_budget(walk)
    walk.say_month()
    assert walk.say_month().location == walk.url("check")
    with writing() as session:
        assert len(session.scalars(select(SavedBudget)).all()) == 1
        assert len(session.scalars(select(Event).where(Event.name == "budget:saved")).all()) == 1


def test_where_nothing_is_left_a_person_and_independent_help_are_named_and_the_plan_may_go_on(
    walk: Walk,
) -> None:
    at_budget(walk)
    answer = walk.say_month({"wages": "3000", "housing": "2500", "food": "500"})
    assert answer.location == walk.url("budget/help")
    page = walk.client.get(walk.url("budget/help"))
    for part in ("没有余钱", "12348", "12345"):
        assert part in shown_text(page)
    assert f'href="/loans/{walk.loan.public_id}/talk"' in page_of(page)
    assert f'href="{walk.url("check")}"' in page_of(page)
    check = shown_text(walk.client.get(walk.url("check")))
    assert "请不要答应超出自己能力的还款" in check
    assert walk.freeze().location == walk.url("disclosure")


def test_the_page_of_help_waits_for_the_figures(walk: Walk) -> None:
    at_budget(walk)
    assert walk.client.get(walk.url("budget/help")).status_code == 303


def test_a_payment_above_half_of_what_is_left_is_warned_of(walk: Walk) -> None:
    at_budget(walk)
    walk.say_month({"wages": "2000", "housing": "500"})
    text = shown_text(walk.client.get(walk.url("check")))
    assert "这超过了您每月收入的 50%" in text
    assert "请不要答应超出自己能力的还款" in text


def test_the_next_proposal_is_prefilled_and_may_be_changed(walk: Walk) -> None:
    at_budget(walk)
    walk.say_month()
    walk.client.submit(walk.url(), action=walk.url("discard"))
    at_budget(walk)
    assert "budget" not in kept(walk)
    page = page_of(walk.client.get(walk.url("budget")))
    assert 'value="12000.00"' in page
    walk.say_month({"wages": "9000"})
    assert kept(walk)["budget"]["incomes"] == {"wages": 900_000}
    with walk.writing() as session:
        assert session.scalars(select(SavedBudget)).one().figures["incomes"] == {"wages": 900_000}


def test_nobody_is_prefilled_with_somebody_elses_month(new_walk: NewWalk, cast: Cast) -> None:
    at_budget(new_walk()).say_month()
    other = at_budget(new_walk(cast.wang_qiang, ref="L-2001"))
    page = page_of(other.client.get(other.url("budget")))
    assert 'value="12000' not in page


def test_who_decides_sees_the_month_and_what_the_plan_takes_of_it(walk: Walk, app: Flask, cast: Cast) -> None:
    walk.to_sent(own=LONG)
    page = shown_text(visit(app, staff=cast.zhou_min.id).get(f"/desk/cases/{walk.id}"))
    for part in (
        "负担能力（借款人自述）",
        "在剩余的一半以内",
        "12,000.00 元",
        "2 人的基本生活线",
        "2,400.00 元",
    ):
        assert part in page


def test_a_case_without_a_month_says_nothing_of_it(walk: Walk, app: Flask, cast: Cast) -> None:
    walk.start()
    walk.say_reason("illness", consents="y")
    walk.say_need()
    walk.choose_first()
    walk.freeze()
    walk.read_disclosure()
    walk.preview()
    walk.tick()
    walk.sign()
    assert "负担能力" not in shown_text(visit(app, staff=cast.zhou_min.id).get(f"/desk/cases/{walk.id}"))


def test_a_month_below_the_floor_is_why_a_person_decides(walk: Walk) -> None:
    at_budget(walk, {"kind": "catch_up", "installments": "13"})
    walk.say_month({"wages": "2000", "housing": "500"})
    assert "确认留给您的生活费足够" in shown_text(walk.client.get(walk.url("check")))
