"""What would help, in each of its ways: how often, on which day, a sum first, interest first, less at first, all by a day."""

import pytest
from sqlalchemy import select

from portal.models import Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_newest_version
from tests.plan_walks import Walk, shown_text

WEEKLY = {"need": "monthly", "monthly": "700", "every": "1 week", "weekday": "5", "day": "15"}
STEPS = {"need": "step_up", "monthly": "1500", "every": "1 month", "day": "15"}
INTEREST = {"need": "interest_first"}
BY_DATE = {"need": "by_date", "pay_on": "2026-11-20"}


def kept_need(walk: Walk) -> dict[str, object]:
    with walk.writing() as session:
        return dict(
            session.scalars(select(Proposal.answers).where(Proposal.public_id == walk.id)).one()["need"]
        )


def begun(walk: Walk) -> Walk:
    walk.start()
    walk.say_reason()
    return walk


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (WEEKLY, {"need": "monthly", "monthly_minor": 70_000, "every": "1 week", "weekday": 5}),
        ({**WEEKLY, "every": "2 weeks", "weekday": "0"}, {"every": "2 weeks", "weekday": 0}),
        ({**WEEKLY, "every": "4 weeks", "upfront": "500"}, {"every": "4 weeks", "upfront_minor": 50_000}),
        (
            {**WEEKLY, "upfront": "500", "upfront_on": "2026-11-20"},
            {"upfront_minor": 50_000, "upfront_on": "2026-11-20"},
        ),
        ({**STEPS, "day": "0"}, {"need": "step_up", "monthly_minor": 150_000, "day": 0}),
        (INTEREST, {"need": "interest_first"}),
        (BY_DATE, {"need": "by_date", "pay_on": "2026-11-20"}),
        ({**INTEREST, "monthly": "nonsense", "upfront": "-3"}, {"need": "interest_first"}),
    ],
)
def test_each_answer_is_kept_with_what_it_asks_for_and_shows_plans(
    walk: Walk, said: dict[str, str], kept: dict[str, object]
) -> None:
    answer = begun(walk).say_need(said)
    assert answer.location == walk.url("plans")
    assert kept_need(walk).items() >= kept.items()
    assert "选这个方案" in shown_text(walk.client.get(walk.url("plans")))


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({**WEEKLY, "every": "5 days"}, "请选择多久还一次"),
        ({**WEEKLY, "weekday": "8"}, "请选择星期几"),
        ({**STEPS, "day": "29"}, "请选择 1 至 28 日"),
        ({**STEPS, "day": "31"}, "请选择 1 至 28 日"),
        ({**STEPS, "day": "１"}, "请选择 1 至 28 日"),
        ({**STEPS, "monthly": "0"}, "请填写每次能还的金额"),
        ({**STEPS, "upfront": "abc"}, "请只用数字填写金额"),
        ({**WEEKLY, "upfront": "2191.59"}, "请填写小于 2,191.59 元的金额"),
        ({**WEEKLY, "upfront": "999999"}, "的金额"),
        ({**WEEKLY, "upfront": "500", "upfront_on": "2026-11-02"}, "先付的一笔最早可以在"),
        ({**WEEKLY, "upfront": "500", "upfront_on": "2026-11-03"}, "先付的一笔最早可以在2026年11月9日付"),
        ({**WEEKLY, "upfront": "500", "upfront_on": "2027-03-01"}, "先付的一笔最晚在"),
        ({**WEEKLY, "upfront": "500", "upfront_on": "neulich"}, "2026-01-05"),
        ({**BY_DATE, "pay_on": ""}, "请选择还清的日期"),
        ({**BY_DATE, "pay_on": "2026-02-30"}, "2026-01-05"),
        ({**BY_DATE, "pay_on": "2026-11-02"}, "最早可以选"),
        ({**BY_DATE, "pay_on": "2026-11-03"}, "2026年11月5日"),
        ({**BY_DATE, "pay_on": "2026-12-03"}, "2026年12月2日"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_kept_in_its_box(
    walk: Walk, said: dict[str, str], refused: str
) -> None:
    answer = begun(walk).say_need(said)
    assert answer.status_code == 422
    assert refused in shown_text(answer)
    for name in ("upfront", "upfront_on", "pay_on"):
        if said.get(name):
            assert f'value="{said[name]}"' in answer.get_data(as_text=True)


def test_full_width_digits_of_a_sum_count(walk: Walk) -> None:
    begun(walk).say_need({**WEEKLY, "monthly": "７００", "upfront": "１２３"})
    assert kept_need(walk).items() >= {"monthly_minor": 70_000, "upfront_minor": 12_300}.items()


def test_the_least_sum_of_each_frequency_stands_beside_it_before_it_is_asked(walk: Walk) -> None:
    begun(walk)
    page = shown_text(walk.client.get(walk.url("need")))
    assert page.count("元起") == 4
    assert "从2026年11月5日到2026年12月2日" in page


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ({"kind": "step_up", "installments": "12", "steps": "3"}, "先少后多：共 12 期，分 3 个台阶"),
        ({"kind": "interest_only", "interest_periods": "2"}, "先还 2 期利息，之后照旧"),
        ({"kind": "pay_by_date", "first_on": "2026-11-20"}, "逾期部分在2026年11月20日前一次还清"),
        (
            {"kind": "catch_up", "installments": "8", "every": "1 week", "upfront": "300"},
            "逾期部分分 8 期还清",
        ),
        ({"kind": "reschedule", "installments": "30", "every": "2 weeks"}, "全部欠款分 30 期还"),
    ],
)
def test_ones_own_numbers_make_each_kind_and_the_check_page_names_it(
    walk: Walk, own: dict[str, str], named: str
) -> None:
    walk.to_check(own=own)
    assert named in shown_text(walk.client.get(walk.url("check")))


@pytest.mark.parametrize(
    ("own", "refused"),
    [
        ({"kind": "step_up", "installments": "12", "steps": "4"}, "2 个或 3 个台阶"),
        ({"kind": "step_up", "installments": "12", "steps": "two"}, "请填写整数"),
        ({"kind": "interest_only", "interest_periods": "7"}, "1"),
        ({"kind": "pay_by_date", "first_on": "2027-01-01"}, "2026年12月2日"),
        ({"kind": "catch_up", "installments": "8", "every": "7 weeks"}, "请选择多久还一次"),
        ({"kind": "catch_up", "installments": "261", "every": "1 week"}, "法律规定方案最长 60 个月"),
        ({"kind": "catch_up", "installments": "8", "upfront": "3000"}, "请填写小于"),
        ({"kind": "settlement", "installments": "1"}, "请选择一种方案"),
    ],
)
def test_own_numbers_that_cannot_be_are_refused_in_words(
    walk: Walk, own: dict[str, str], refused: str
) -> None:
    begun(walk).say_need()
    answer = walk.own(**own)
    assert answer.status_code == 422
    assert refused in shown_text(answer)


def test_nobody_finds_a_settlement_to_ask_for(walk: Walk) -> None:
    begun(walk).say_need()
    assert "减免结清" not in shown_text(walk.client.get(walk.url("own")))


@pytest.mark.parametrize("need", [WEEKLY, STEPS, INTEREST, BY_DATE, {**WEEKLY, "upfront": "200"}])
def test_each_kind_goes_all_the_way_to_a_signed_plan(walk: Walk, need: dict[str, str]) -> None:
    walk.to_sent(need=need)
    assert walk.status in {"approved", "in_review"}
    with walk.writing() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.public_id == walk.id)).one()
        version = get_newest_version(session, proposal.id)
        assert version.signed_at is not None
        assert len(version.content["schedule"]) >= len(plan_of(version).rows)


def test_a_single_payment_is_not_called_each_time(walk: Walk) -> None:
    walk.start()
    walk.say_reason()
    walk.say_need(BY_DATE)
    page = shown_text(walk.client.get(walk.url("plans")))
    assert "一次付 2," in page
    assert "每期 2," not in page
    walk.choose_first()
    checked = shown_text(walk.client.get(walk.url("check")))
    assert "一次付清" in checked
    assert "每期应还" not in checked
