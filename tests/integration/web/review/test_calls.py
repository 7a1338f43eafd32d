"""Whom to call, on the pages: what may be seen when, refusals in words, outcomes with what is missing, exceptions, the day's figures."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactWishes
from portal.domain.permissions import SYSTEM
from portal.models import CallItem, Contact, Hold, OutboxItem, StaffMember
from portal.services.contact_wishes import replace_wish
from portal.services.stopped_numbers import Day, hash_of, stop_number
from tests.callers import actor_of, fill_list, item_of
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import HASH_KEY, Writing
from tests.integration.web.review.conftest import events_of
from tests.integration.web.worlds import form_token, visit
from tests.people import NOW, TODAY, Cast, add_borrower, add_loan
from tests.plan_walks import shown_text
from tests.stories import ZONE

TICKS = {"statements": ["identity", "recording", "purpose"]}


@pytest.fixture
def url(cast: Cast, writing: Writing) -> str:
    """李娜's loan on the list: the page of its call."""
    with writing() as session:
        loan = add_loan(session, cast.li_na)
        fill_list(session)
        return f"/desk/calls/{item_of(session, loan).public_id}"


@pytest.fixture
def lin_yue(app: Flask, cast: Cast) -> CheckedClient:
    return visit(app, staff=cast.lin_yue.id)


@pytest.fixture
def caller(lin_yue: CheckedClient, url: str) -> CheckedClient:
    """林悦, who has taken the loan."""
    assert lin_yue.submit("/desk/calls", action="/desk/calls/next").location == url
    return lin_yue


def act(client: CheckedClient, url: str, name: str, **data: Any) -> Any:
    return client.submit(url, data, action=f"{url}/{name}")


def text_of(client: CheckedClient, url: str) -> str:
    return shown_text(client.get(url))


def test_the_list_masks_the_person_and_says_what_is_allowed(lin_yue: CheckedClient, url: str) -> None:
    page = lin_yue.get("/desk/calls").get_data(as_text=True)
    shown = text_of(lin_yue, "/desk/calls")
    assert "李*" in shown
    assert "李娜" not in page
    assert "13800138001" not in page
    assert "可以拨打" in shown
    assert "今日 0/3" in shown
    assert "今日 0/6" in shown


def test_the_number_and_the_sum_show_only_when_they_may(caller: CheckedClient, url: str) -> None:
    before = caller.get(url).get_data(as_text=True)
    assert "tel:" not in before
    assert "李娜" not in before
    assert act(caller, url, "open").location == url
    opened = caller.get(url).get_data(as_text=True)
    assert 'href="tel:+8613800138001"' in opened
    assert "元" not in text_of(caller, url)
    assert act(caller, url, "said", statements=["identity", "recording"]).status_code == 303
    assert "元" not in text_of(caller, url)
    assert act(caller, url, "said", **TICKS).status_code == 303
    assert re.search(r"逾期金额：[\d,.]+ 元", text_of(caller, url))


def test_a_refused_call_says_its_rule_and_when_and_nothing_shows(
    app: Flask, cast: Cast, url: str, clock: HandClock, writing: Writing
) -> None:
    clock.move_on(hours=12, minutes=-10)
    caller = visit(app, staff=cast.lin_yue.id)
    assert caller.submit("/desk/calls", action=f"{url}/take").location == url
    clock.move_on(minutes=10)
    refused = act(caller, url, "open")
    assert refused.status_code == 409
    shown = shown_text(refused)
    assert "免打扰时段（规则 C01）。2026年11月3日 08:00起可以拨打。" in shown
    assert "tel:" not in refused.get_data(as_text=True)
    assert "这条规则不能申请例外" in shown
    assert events_of(writing, "contact:refused") == [{"rule": "C01", "purpose": "collection_call"}]


def test_a_number_that_was_stopped_is_not_called(
    caller: CheckedClient, url: str, cast: Cast, writing: Writing
) -> None:
    """Found by the key of hashes, which is not the secret here: the page says so, and no number shows."""
    with writing() as session:
        day = Day(today=TODAY, zone=ZONE)
        stop_number(session, SYSTEM, mobile=cast.li_na.mobile, key=HASH_KEY, day=day, now=NOW)
    assert "（规则 C11）" in text_of(caller, url)
    refused = act(caller, url, "open")
    assert (refused.status_code, "tel:" in refused.get_data(as_text=True)) == (409, False)
    assert events_of(writing, "contact:refused") == [{"rule": "C11", "purpose": "collection_call"}]


def test_a_call_is_kept_under_the_hash_that_stops_are_found_by(
    caller: CheckedClient, url: str, cast: Cast, writing: Writing
) -> None:
    act(caller, url, "open")
    with writing() as session:
        kept = session.scalars(select(Contact.number_hash)).all()
    assert kept == [hash_of(cast.li_na.mobile, HASH_KEY)]


def test_in_quiet_hours_the_next_button_says_why(app: Flask, cast: Cast, url: str, clock: HandClock) -> None:
    clock.move_on(hours=13)
    lin_yue = visit(app, staff=cast.lin_yue.id)
    assert lin_yue.submit("/desk/calls", action="/desk/calls/next").location == "/desk/calls"
    assert "现在没有可以拨打的人。免打扰时段（规则 C01）" in text_of(lin_yue, "/desk/calls")


@pytest.mark.parametrize(
    ("outcome", "data", "said"),
    [
        ("promise", {"amount": "500", "due_on": "2026-11-06"}, "如到期未还"),
        ("call_back", {"call_back_at": "2026-11-02", "call_back_time": "15:00"}, "将排在最前"),
        ("no_answer", {}, "之前不再拨打"),
        ("reached", {"note": "下周再联系"}, "下一步"),
        ("illness", {}, "已暂停联系：患病"),
        ("dispute", {"topic": "payment_missing", "told": "上月已经还了"}, "已暂停联系：异议"),
        ("number_unwanted", {}, "此号码不再拨打"),
    ],
)
def test_an_outcome_is_noted_and_the_next_step_offered(
    caller: CheckedClient, url: str, outcome: str, data: dict[str, str], said: str
) -> None:
    act(caller, url, "open")
    act(caller, url, "said", **TICKS)
    assert act(caller, url, "outcome", outcome=outcome, **data).location == f"{url}/noted"
    assert said in text_of(caller, f"{url}/noted")
    page = caller.get(url).get_data(as_text=True)
    assert "tel:" not in page
    assert caller.submit(f"{url}/noted", action="/desk/calls/next").status_code == 303


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择通话结果"),
        ({"outcome": "reached"}, "须先说明身份"),
        ({"outcome": "busy", "note": "卡号 6222 0212 3456 7890 128"}, "银行卡号"),
        ({"outcome": "busy", "note": "110101199003077774 说的"}, "不宜写入"),
        ({"outcome": "busy", "note": "说了要报警"}, "不能写"),
        ({"outcome": "busy", "note": "x" * 501}, "500"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    caller: CheckedClient, url: str, data: dict[str, str], said: str
) -> None:
    act(caller, url, "open")
    answer = act(caller, url, "outcome", **data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    if said != "不能写":
        assert said in shown_text(answer)
    assert data.get("note", "") in page


def test_posting_an_outcome_twice_changes_nothing(caller: CheckedClient, url: str, writing: Writing) -> None:
    act(caller, url, "open")
    page = caller.get(url).get_data(as_text=True)
    token = page.split(f'action="{url}/outcome"')[1].split('name="csrf_token" value="')[1].split('"')[0]
    for _ in range(2):
        answer = caller.post(f"{url}/outcome", data={"csrf_token": token, "outcome": "busy"})
        assert answer.location == f"{url}/noted"
    assert len(events_of(writing, "call:ended")) == 1


def test_somebody_elses_loan_shows_nothing_of_the_person(
    caller: CheckedClient, url: str, app: Flask, cast: Cast, writing: Writing
) -> None:
    act(caller, url, "open")
    with writing() as session:
        session.get_one(StaffMember, cast.chen_chen.id).roles = ["caller"]
    other = visit(app, staff=cast.chen_chen.id)
    page = other.get(url).get_data(as_text=True)
    assert "未由您领取" in page
    assert "tel:" not in page
    assert "李" not in text_of(other, url)
    assert other.submit(url, action=f"{url}/take").location == "/desk/calls"
    assert "工号 1007 正在就这笔借款拨打电话" in text_of(other, "/desk/calls")


def test_a_closed_page_is_asked_for_first_at_the_next_visit(
    app: Flask, cast: Cast, caller: CheckedClient, url: str, clock: HandClock, writing: Writing
) -> None:
    act(caller, url, "open")
    clock.move_on(minutes=16)
    caller = visit(app, staff=cast.lin_yue.id)
    assert "有一通电话还没有记录结果" in text_of(caller, "/desk/calls")
    assert caller.submit("/desk/calls", action="/desk/calls/next").location == url
    shown = text_of(caller, url)
    assert "这通电话结束时没有记录结果" in shown
    assert "13800138001" not in caller.get(url).get_data(as_text=True)
    with writing() as session:
        assert session.scalars(select(Contact.result)).one() == "not_noted"
    assert act(caller, url, "outcome", outcome="not_known").location == f"{url}/noted"
    assert "有一通电话还没有记录结果" not in text_of(caller, "/desk/calls")


def test_skipping_goes_back_to_the_list(caller: CheckedClient, url: str) -> None:
    assert act(caller, url, "skip").location == "/desk/calls"
    assert "没有需要拨打的人" in text_of(caller, "/desk/calls")
    assert "李*" in text_of(caller, "/desk/calls?shown=all")


def test_the_open_page_keeps_the_loan(
    app: Flask, cast: Cast, caller: CheckedClient, url: str, clock: HandClock
) -> None:
    page = caller.get(url).get_data(as_text=True)
    token = page.split('data-token="')[1].split('"')[0]
    clock.move_on(minutes=10)
    assert caller.post(f"{url}/heartbeat", headers={"X-CSRFToken": token}).status_code == 200
    clock.move_on(minutes=10)
    assert "tel:" not in caller.get(url).get_data(as_text=True)
    clock.move_on(minutes=6)
    again = visit(app, staff=cast.lin_yue.id)
    token = form_token(again, "/desk")
    assert again.post(f"{url}/heartbeat", headers={"X-CSRFToken": token}).status_code == 409


def test_after_a_call_the_next_day_is_set_or_contact_paused(
    caller: CheckedClient, url: str, writing: Writing
) -> None:
    act(caller, url, "open")
    act(caller, url, "said", **TICKS)
    act(caller, url, "outcome", outcome="reached")
    noted = f"{url}/noted"
    assert caller.submit(noted, {"days": "7"}, action=f"{url}/next-day").location == noted
    assert "2026年11月9日之前不再拨打" in text_of(caller, noted)
    assert caller.submit(noted, {"days": "2"}, action=f"{url}/next-day").location == noted
    assert "请从所列日期中选择" in text_of(caller, noted)
    for said in ("联系规则允许时即发出", "今天已经申请过"):
        assert caller.submit(noted, action=f"{url}/send-link").location == noted
        assert said in text_of(caller, noted)
    assert caller.submit(noted, {"kind": "hardship"}, action=f"{url}/pause").location == noted
    with writing() as session:
        assert session.scalars(select(OutboxItem.payload)).one()["occasion"] == "overdue_reminder"
        (hold,) = session.scalars(select(Hold)).all()
        assert (hold.kind, hold.started_by is not None) == ("hardship", True)


def test_the_steps_after_a_call_are_the_callers_alone(
    app: Flask, cast: Cast, caller: CheckedClient, url: str, clock: HandClock
) -> None:
    act(caller, url, "open")
    act(caller, url, "outcome", outcome="busy")
    clock.move_on(minutes=16)
    assert visit(app, staff=cast.lin_yue.id).get(f"{url}/noted").location == "/desk/calls"


def test_an_exception_takes_two_and_opens_one_call(
    app: Flask, cast: Cast, lin_yue: CheckedClient, url: str, writing: Writing
) -> None:
    with writing() as session:
        wishes = ContactWishes(USUAL_HOURS, frozenset({Channel.SMS}))
        replace_wish(session, actor_of(cast.wu_yan), borrower_id=cast.li_na.id, wishes=wishes, now=NOW)
    assert lin_yue.submit("/desk/calls", action=f"{url}/take").location == url
    assert "借款人不希望接到电话（规则 C02）" in text_of(lin_yue, url)
    missing = act(lin_yue, url, "exception")
    assert missing.status_code == 422
    asked = act(lin_yue, url, "exception", reason="asked_in_writing", explanation="来信请今天上午打电话")
    assert asked.location == url
    assert "已申请例外" in text_of(lin_yue, url)
    assert act(lin_yue, url, "open").status_code == 409
    wu_yan = visit(app, staff=cast.wu_yan.id)
    page = wu_yan.get("/desk/exceptions").get_data(as_text=True)
    assert "来信请今天上午打电话" in page
    agree = re.search(r'action="(/desk/exceptions/[0-9a-f]+/agree)"', page)
    assert agree
    assert wu_yan.submit("/desk/exceptions", action=agree[1]).status_code == 303
    assert "没有等待第二人同意的事项" in text_of(wu_yan, "/desk/exceptions")
    assert "经两人同意" in text_of(lin_yue, url)
    assert act(lin_yue, url, "open").status_code == 303
    assert act(lin_yue, url, "outcome", outcome="no_answer").status_code == 303


def test_the_supervisor_sees_the_day(
    app: Flask, cast: Cast, caller: CheckedClient, url: str, clock: HandClock
) -> None:
    act(caller, url, "open")
    wu_yan = visit(app, staff=cast.wu_yan.id)
    assert "通话中" in text_of(wu_yan, "/desk/calls/today")
    act(caller, url, "outcome", outcome="no_answer")
    shown = text_of(wu_yan, "/desk/calls/today")
    page = wu_yan.get("/desk/calls/today").get_data(as_text=True)
    assert re.findall(r"<td[^>]*>([^<]+)</td>", page.split("1007", 1)[1])[:5] == ["1", "0", "0", "1", "0"]
    assert "今天没有被拒绝的通话" in shown
    assert "所有通话都已记录结果" in shown


def test_the_borrower_reads_who_called_when_why_and_what_became_of_it(
    app: Flask, cast: Cast, caller: CheckedClient, url: str
) -> None:
    act(caller, url, "open")
    act(caller, url, "said", **TICKS)
    act(caller, url, "outcome", outcome="promise", amount="500", due_on="2026-11-06")
    borrower = visit(app, borrower=cast.li_na.id)
    shown = text_of(borrower, "/record?kind=contact")
    for line in (
        "电话：关于逾期款项；依据：联系规则",
        "通话中已说明：通话会录音",
        "通话中约定：2026年11月6日前还款 500.00 元",
        "通话结束：您承诺还款",
    ):
        assert line in shown
    assert "工号 1007：贷款机构内部联络员" in shown
    assert cast.lin_yue.name not in shown
    assert "从电话名单领取了您的借款" in text_of(borrower, "/record?kind=look")
    borrower.set_cookie("language", "en")
    assert "Agreed in the call: CNY 500.00 until 6 November 2026" in text_of(borrower, "/record?kind=contact")


@pytest.mark.parametrize("count", [0, 1, 60])
def test_none_one_and_many_read_alike_page_by_page(
    app: Flask, cast: Cast, lin_yue: CheckedClient, writing: Writing, database: Database, count: int
) -> None:
    with writing() as session:
        for number in range(count):
            borrower = add_borrower(session, f"债{number}", mobile=f"+86139{number:08}", id_last4="1234")
            add_loan(session, borrower, ref=f"N-{number:03}", late_days=31 + number)
        if count:
            fill_list(session)
    found: list[str] = []
    following: str | None = "/desk/calls"
    while following:
        page = lin_yue.get(following).get_data(as_text=True)
        found += re.findall(r"N-\d{3}", page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        following = link[1].replace("&amp;", "&") if link else None
    assert found == [f"N-{number:03}" for number in reversed(range(count))]


def test_pages_go_back_as_they_came(lin_yue: CheckedClient, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        for number in range(60):
            borrower = add_borrower(session, f"债{number}", mobile=f"+86139{number:08}", id_last4="1234")
            add_loan(session, borrower, ref=f"N-{number:03}", late_days=31 + number % 7)
        fill_list(session)
        for number, item in enumerate(session.scalars(select(CallItem).order_by(CallItem.loan_id)).all()):
            if number % 3 == 0:
                item.promised_at, item.promised_kind = NOW - timedelta(minutes=number), "call_back"
    pages, following = [], "/desk/calls"
    while following:
        pages.append(lin_yue.get(following).get_data(as_text=True))
        following = address(pages[-1], "next")
    back = [pages[-1]]
    while previous := address(back[-1], "prev"):
        back.append(lin_yue.get(previous).get_data(as_text=True))
    refs: Callable[[str], list[str]] = lambda page: re.findall(r"N-\d{3}", page)  # noqa: E731
    forth = [ref for page in pages for ref in refs(page)]
    assert len(set(forth)) == len(forth) == 60
    assert [ref for page in reversed(back) for ref in refs(page)][-len(forth) :] == forth[-len(forth) :]


def address(page: str, rel: str) -> str:
    link = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return link[1].replace("&amp;", "&") if link else ""


@pytest.mark.parametrize(
    "strange",
    ["?after=1-2-3-4", "?before=x", "?bucket=M9&sum=big&sort=up&currency=XXX&promised=no", "?after=1-9-9"],
)
def test_anything_unknown_in_the_address_is_no_filter(lin_yue: CheckedClient, url: str, strange: str) -> None:
    assert lin_yue.get(f"/desk/calls{strange}").status_code == 200


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ("bucket=M2", True),
        ("bucket=M1", False),
        ("sum=small", True),
        ("sum=huge", False),
        ("promised=nothing", True),
        ("promised=promise", False),
        ("sort=sum", True),
        ("sort=last", True),
        ("currency=USD", False),
    ],
)
def test_filters_stand_in_the_address(
    lin_yue: CheckedClient, url: str, filters: str, *, is_found: bool
) -> None:
    shown = text_of(lin_yue, f"/desk/calls?{filters}")
    assert ("李*" in shown) is is_found


def test_a_longer_list_asks_the_database_no_more(
    lin_yue: CheckedClient, cast: Cast, writing: Writing, database: Database
) -> None:
    counts = []
    for number in range(20):
        with writing() as session:
            borrower = add_borrower(session, f"债{number}", mobile=f"+86139{number:08}", id_last4="1234")
            add_loan(session, borrower, ref=f"N-{number:03}", late_days=31 + number)
            fill_list(session)
        if number == 0:
            asked(lin_yue, database)
        if number in {1, 19}:
            counts.append(asked(lin_yue, database))
    assert counts[0] == counts[1] < 25


def asked(client: CheckedClient, database: Database) -> int:
    said: list[str] = []

    def note(*args: Any) -> None:
        said.append(args[2])

    event.listen(database.engine, "before_cursor_execute", note)
    assert client.get("/desk/calls").status_code == 200
    event.remove(database.engine, "before_cursor_execute", note)
    return len(said)
