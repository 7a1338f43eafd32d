"""The questions: what is kept, what is refused and how it is said, what a change drops."""

import re

import pytest
from sqlalchemy import select

from portal.models import Consent, Proposal
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import Writing
from tests.plan_walks import MONTHLY, PAUSE, Walk, page_of, shown_text


def kept(walk: Walk) -> dict[str, dict[str, object]]:
    with walk.writing() as session:
        return dict(session.scalars(select(Proposal.answers).where(Proposal.public_id == walk.id)).one())


def test_questions_come_one_after_the_other(walk: Walk) -> None:
    assert walk.start() == walk.url("reason")
    assert walk.client.get(walk.url("plans")).location == walk.url("reason")
    assert walk.client.get(walk.url("check")).location == walk.url("reason")
    assert walk.say_reason().location == walk.url("need")
    assert walk.client.get(walk.url("own")).location == walk.url("need")
    assert walk.say_need().location == walk.url("plans")


def test_a_reason_needs_its_own_consent_and_is_not_kept_without(walk: Walk, writing: Writing) -> None:
    walk.start()
    answer = walk.say_reason("job_lost")
    assert answer.status_code == 422
    assert "请勾选同意使用您说明的原因" in shown_text(answer)
    assert kept(walk) == {}
    assert walk.say_reason("job_lost", consents="y").status_code == 303
    assert kept(walk) == {"reason": {"reason": "job_lost"}}
    with writing() as session:
        assert set(session.scalars(select(Consent.kind))) == {"privacy_notice", "hardship_reason"}


def test_nothing_is_ticked_beforehand(walk: Walk) -> None:
    walk.start()
    assert "checked" not in page_of(walk.client.get(walk.url("reason")))


def test_who_would_rather_not_say_needs_no_consent(walk: Walk, writing: Writing) -> None:
    walk.start()
    assert walk.say_reason("not_said").location == walk.url("need")
    with writing() as session:
        assert session.scalars(select(Consent.kind)).all() == ["privacy_notice"]


def test_a_reason_that_is_left_as_it_was_asks_for_no_second_consent(walk: Walk) -> None:
    walk.start()
    walk.say_reason("job_lost", consents="y")
    page = walk.client.get(walk.url("reason"))
    assert 'name="consents"' not in page_of(page)
    assert walk.client.submit(walk.url("reason")).status_code == 303
    walk.say_reason("not_said")
    assert walk.say_reason("illness").status_code == 422


@pytest.mark.parametrize("reason", [None, "", "lazy", "NOT_SAID"])
def test_a_reason_is_one_of_the_list(walk: Walk, reason: str | None) -> None:
    walk.start()
    answer = walk.client.submit(walk.url("reason"), {"reason": reason})
    assert answer.status_code == 422
    assert "请选择最接近的一项" in shown_text(answer)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写金额"),
        ("abc", "请只用数字填写金额"),
        ("1e9", "请只用数字填写金额"),
        ("-1", "金额不能小于零"),
        ("0.001", "小数"),
        ("0", "请填写每次能还的金额"),
        ("9" * 20, "金额最多为 100,000,000,000.00 元"),
        ("1,000", "请只用数字填写金额"),
        ("<b>1</b>", "请只用数字填写金额"),
        ("二百", "请只用数字填写金额"),
    ],
)
def test_a_sum_that_is_none_is_refused_in_words_and_kept_in_its_box(
    walk: Walk, typed: str, said: str
) -> None:
    walk.start()
    walk.say_reason()
    answer = walk.say_need({**MONTHLY, "monthly": typed})
    assert answer.status_code == 422
    assert said in shown_text(answer)
    assert "need" not in kept(walk)


def test_full_width_digits_are_digits(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    assert walk.say_need({**MONTHLY, "monthly": "１２３"}).location == walk.url("plans")
    assert kept(walk)["need"] == {"need": "monthly", "day": 15, "monthly_minor": 12300}


@pytest.mark.parametrize(
    ("day", "is_day"), [("0", True), ("28", True), ("29", False), ("-1", False), ("x", False)]
)
def test_the_day_is_one_that_every_month_has(walk: Walk, day: str, is_day: bool) -> None:
    walk.start()
    walk.say_reason()
    assert walk.say_need({**MONTHLY, "day": day}).status_code == (303 if is_day else 422)


def test_a_need_is_one_of_two(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    answer = walk.client.submit(walk.url("need"), {"monthly": "100"})
    assert answer.status_code == 422
    assert "请选择现在怎样对您有帮助" in shown_text(answer)


def test_an_unchanged_answer_returns_to_the_check_page_and_drops_nothing(walk: Walk) -> None:
    walk.to_check()
    before = kept(walk)
    assert walk.client.submit(walk.url("need")).location == walk.url("check")
    assert walk.client.submit(walk.url("reason")).location == walk.url("check")
    assert kept(walk) == before


def test_a_changed_answer_drops_what_depended_on_it_and_nothing_else(walk: Walk) -> None:
    walk.to_check()
    assert walk.say_reason("overlooked", consents="y").location == walk.url("check")
    assert walk.say_need({**MONTHLY, "monthly": "1500"}).location == walk.url("plans")
    assert set(kept(walk)) == {"reason", "need"}


def test_the_check_page_links_to_each_answer(walk: Walk) -> None:
    walk.to_check()
    page = page_of(walk.client.get(walk.url("check")))
    for step in ("reason", "need", "plans"):
        assert f'href="{walk.url(step)}"' in page


def test_ready_plans_are_up_to_three_beside_doing_nothing(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need({**MONTHLY, "monthly": "1500"})
    page = walk.client.get(walk.url("plans"))
    assert 1 <= page_of(page).count('name="plan"') <= 3
    text = shown_text(page)
    for part in (
        "综合融资成本（年化）",
        "单利",
        "方案合计",
        "其中本金以外",
        "末期还款",
        "不办理方案",
        "罚息增加",
    ):
        assert part in text


def test_a_plan_that_is_not_on_the_page_is_not_taken(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    for wanted in ("catch_up-99", "0", "", "defer-1"):
        assert walk.choose(wanted).location == walk.url("plans")
    assert "choice" not in kept(walk)


def test_what_nobody_can_manage_says_so_and_gives_way_to_a_person(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need({**MONTHLY, "monthly": "1"})
    page = walk.client.get(walk.url("plans"))
    assert "最长的方案也超出了您说的金额" in shown_text(page)
    assert f"/loans/{walk.loan.public_id}/talk" in page_of(page)


def test_a_pause_that_does_not_reach_far_enough_leads_on(new_walk: NewWalk) -> None:
    walk = new_walk(late_days=200, paid=2)
    walk.start()
    walk.say_reason()
    walk.say_need(PAUSE)
    page = walk.client.get(walk.url("plans"))
    assert "这笔借款只靠延期还不够" in shown_text(page)
    assert walk.url("need") in page_of(page)


def test_only_pauses_that_reach_far_enough_are_offered_and_the_shortest_is_chosen(walk: Walk) -> None:
    """A loan 42 days late: one period more would end in the past."""
    walk.start()
    walk.say_reason()
    walk.say_need()
    page = page_of(walk.client.get(walk.url("own")))
    boxes = [box for box in re.findall(r"<input[^>]*>", page) if 'name="defer_periods"' in box]
    values = [re.findall(r'value="(\d)"', box)[0] for box in boxes]
    assert values == ["2", "3"]
    assert ["checked" in box for box in boxes] == [True, False]
    answer = walk.client.submit(walk.url("own"), {**OWN, "kind": "defer", "defer_periods": "2"})
    assert answer.status_code == 303


def test_the_sums_that_are_named_beforehand_are_those_that_are_taken(walk: Walk) -> None:
    """The day of the month that was chosen moves the first payment, and with it what a plan comes to."""
    walk.start()
    walk.say_reason()
    walk.client.submit(walk.url("need"), {**MONTHLY, "day": "28"})
    between = re.compile(r"([\d,.]+) 元 ?到 ?([\d,.]+) 元")
    named = set(between.findall(shown_text(walk.client.get(walk.url("own")))))
    answer = walk.client.submit(walk.url("own"), {**OWN, "monthly": "99999999"})
    assert len(named) == 1
    assert set(between.findall(shown_text(answer).split("请核对以下内容")[1])) == named


OWN = {"kind": "catch_up", "monthly": "", "installments": "", "first_on": "", "defer_periods": "1"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "请填写每次还多少，或者分几期"),
        ({"kind": "settlement", "installments": "3"}, "请选择一种方案"),
        ({"monthly": "abc"}, "请只用数字填写金额"),
        ({"monthly": "1e9"}, "请只用数字填写金额"),
        ({"monthly": "-1"}, "金额不能小于零"),
        ({"monthly": "0.001"}, "小数"),
        ({"monthly": "1"}, "请填写"),
        ({"monthly": "99999999"}, "请填写"),
        ({"installments": "abc"}, "请填写整数"),
        ({"installments": "1.5"}, "请填写整数"),
        ({"installments": "-2"}, "请填写整数"),
        ({"installments": "0"}, "请填写整数，例如 6"),
        ({"installments": "61"}, "法律规定方案最长 60 个月"),
        ({"installments": "9999"}, "法律规定方案最长 60 个月"),
        ({"installments": "3", "first_on": "2026-11-01"}, "首次还款日最早可以是2026年11月9日"),
        ({"installments": "3", "first_on": "2026-11-03"}, "2026年11月9日"),
        ({"installments": "3", "first_on": "2027-06-01"}, "2027年1月10日"),
        ({"installments": "3", "first_on": "tomorrow"}, "2026-01-05"),
        ({"kind": "defer", "defer_periods": "9"}, "1"),
        ({"kind": "defer", "defer_periods": "many"}, "请填写整数"),
    ],
)
def test_own_numbers_outside_the_rules_are_refused_in_words(
    walk: Walk, typed: dict[str, str | None], said: str
) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    answer = walk.client.submit(walk.url("own"), {**OWN, **typed})
    assert answer.status_code == 422
    assert said in shown_text(answer)
    assert "choice" not in kept(walk)


def test_a_plan_longer_than_the_law_allows_offers_the_longest_that_is(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    page = walk.client.submit(walk.url("own"), {**OWN, "kind": "reschedule", "installments": "61"})
    assert "法律允许的最接近的方案是 60 期" in shown_text(page)
    walk.client.submit(walk.url("own"), {**OWN, "kind": "reschedule", "installments": "60"})
    assert kept(walk)["choice"]["installments"] == 60


def test_a_plan_that_costs_more_a_year_than_is_allowed_offers_the_nearest_that_does_not(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    page = walk.client.submit(walk.url("own"), {**OWN, "kind": "reschedule", "installments": "6"})
    assert page.status_code == 422
    assert "法律允许的最接近的方案是 8 期" in shown_text(page)
    walk.client.submit(walk.url("own"), {**OWN, "kind": "reschedule", "installments": "8"})
    assert kept(walk)["choice"]["installments"] == 8


def test_full_width_numbers_count_in_ones_own_plan_too(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    assert walk.own(kind="catch_up", installments="６").location == walk.url("check")
    assert kept(walk)["choice"]["installments"] == 6


def test_a_sum_of_ones_own_says_where_the_plan_is_not_exactly_that(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need()
    assert walk.own(kind="catch_up", monthly="1500").location == walk.url("check")
    page = shown_text(walk.client.get(walk.url("check")))
    assert "没有正好每次 1,500.00 元的方案，最接近的是" in page


def test_a_first_date_that_has_become_too_early_leads_back_to_the_plans(walk: Walk) -> None:
    walk.to_check(own={"kind": "catch_up", "installments": "3", "first_on": "2026-11-09"})
    walk.wait(days=1)
    assert walk.client.get(walk.url("check")).location == walk.url("plans")
    assert "最早" in shown_text(walk.client.get(walk.url("plans")))


def test_a_draft_is_gone_on_with_or_thrown_away(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    page = walk.client.get(walk.url())
    assert "您的方案还没有提交" in shown_text(page)
    assert f'href="{walk.url("need")}"' in page_of(page)
    assert walk.client.submit(walk.url(), action=walk.url("discard")).location == "/"
    assert walk.status == "discarded"
    assert "这份草稿已作废" in shown_text(walk.client.get(walk.url()))
