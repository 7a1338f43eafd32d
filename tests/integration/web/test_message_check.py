"""Is this message from you? Anybody may ask; a borrower sees all that we sent."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.sms import DemoMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.models import Borrower, Contact, DemoMessage, RateCount
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import changed, form_token, snapshot, visit
from tests.people import NOW, Cast, add_borrower, add_loan


@pytest.fixture
def shop(config: Config, database: Database, clock: HandClock) -> Workshop:
    sender = DemoMessages(database.engine, PackagedTexts(), BabelWording(), clock)
    return Workshop(config, database.engine, clock, renderer=None, sealer=None, sender=sender)  # type: ignore[arg-type]


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """Not the one that keeps its last request open: others look here beside it."""
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    return client


@pytest.fixture
def message(app: Flask, client: CheckedClient, cast: Cast, writing: Writing, shop: Workshop) -> str:
    """What 李娜's telephone shows after she asked for a code."""
    with writing() as session:
        add_loan(session, cast.li_na)
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    run_until_empty(shop, HANDLERS)
    with writing() as session:
        return session.scalars(select(DemoMessage.text)).one()


def ask(client: CheckedClient, message: str) -> str:
    answer = client.submit("/message-check", {"message": message})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_message_of_ours_is_known_by_its_words(client: CheckedClient, message: str) -> None:
    page = ask(client, message)
    assert "是的，这条短信是我们发的" in page
    assert "13800138001" not in page
    assert "李娜" not in page


def test_its_number_alone_is_known_with_a_warning(client: CheckedClient, message: str) -> None:
    number = message[-10:-1]
    assert "这个核验编号是我们的" in ask(client, number)
    assert "这个核验编号是我们的" in ask(client, number.lower().replace("-", ""))


def test_our_number_under_other_words_is_found_out(client: CheckedClient, message: str) -> None:
    page = ask(client, f"请立即转账 1,200 元至个人账户。{message[-16:]}")
    assert "这不是我们写的内容" in page


def test_an_unknown_message_is_not_ours_and_says_what_to_do(client: CheckedClient, message: str) -> None:
    page = ask(client, "【安心金融】您的贷款已逾期，请点击链接还款。核验编号 2222-2222。")
    assert "我们没有发过这条短信" in page
    assert "96110" in page


@pytest.mark.parametrize(
    ("typed", "told"), [("", "请粘贴短信内容"), (" \n", "请粘贴短信内容"), ("长" * 1001, "最多 1000 个字")]
)
def test_nothing_and_too_much_are_refused_in_words(client: CheckedClient, typed: str, told: str) -> None:
    answer = client.submit("/message-check", {"message": typed})
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "' OR 1=1 --", "\x08\u202e", "%%%___", "𠮷" * 400]
)
def test_hostile_words_are_only_words(client: CheckedClient, message: str, words: str) -> None:
    page = ask(client, words + "x")
    assert "我们没有发过这条短信" in page
    assert "<script>alert" not in page


def test_nothing_is_kept_but_that_somebody_asked(
    client: CheckedClient, message: str, database: Database
) -> None:
    token = form_token(client, "/message-check")
    before = snapshot(database.engine, but=frozenset({"web_session"}))
    client.post("/message-check", data={"csrf_token": token, "message": message})
    assert changed(before, snapshot(database.engine, but=frozenset({"web_session"}))) == ["rate_count"]


def test_who_asks_without_end_is_asked_to_come_back(
    client: CheckedClient, message: str, writing: Writing, clock: HandClock
) -> None:
    assert "我们没有发过" in ask(client, "x")
    with writing() as session:
        session.execute(
            update(RateCount).where(RateCount.bucket == "message:everywhere").values(count=50_000)
        )
    assert client.submit("/message-check", {"message": "x"}).status_code == 429
    clock.move_on(minutes=60)
    assert "我们没有发过" in ask(client, "x")


def test_a_borrower_sees_each_message_with_its_code_hidden(app: Flask, cast: Cast, message: str) -> None:
    page = sent_to(app, cast.li_na)
    code = message.split("验证码 ")[1][:6]
    assert "••••••" in page
    assert code not in page
    assert message[-10:-1] in page
    assert "1069 0000 0000" in page


def test_a_stranger_sees_none_of_them(app: Flask, cast: Cast, message: str) -> None:
    assert "我们还没有给您发过短信" in sent_to(app, cast.wang_qiang)


def test_a_message_to_a_shared_number_stands_with_both_who_have_it(
    app: Flask, cast: Cast, client: CheckedClient, shop: Workshop, writing: Writing, clock: HandClock
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
        brother = add_borrower(session, "李明", mobile=cast.li_na.mobile, id_last4="7777")
    clock.move_on(minutes=2)
    client.submit("/sign-in", {"mobile": cast.li_na.mobile})
    run_until_empty(shop, HANDLERS)
    assert "核验编号" in sent_to(app, cast.li_na)
    assert "核验编号" in sent_to(app, brother)
    assert "核验编号" not in sent_to(app, cast.wang_qiang)


def test_many_messages_come_page_by_page_and_back(app: Flask, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        session.add_all(_contact(cast.li_na, f"第 {number:02} 条") for number in range(60))
    client = visit(app, borrower=cast.li_na.id)
    seen: list[str] = []
    address: str | None = "/record/messages"
    pages = []
    while address:
        page = client.get(address).get_data(as_text=True)
        pages.append(re.findall(r"第 \d\d 条", page))
        seen += pages[-1]
        address, before = _link(page, "next"), _link(page, "prev")
    assert seen == [f"第 {number:02} 条" for number in range(59, -1, -1)]
    assert before is not None
    assert re.findall(r"第 \d\d 条", client.get(before).get_data(as_text=True)) == pages[-2]
    for strange in ("x", "-1", "9" * 40, "٣"):
        assert client.get(f"/record/messages?before={strange}").status_code == 200


def sent_to(app: Flask, borrower: Borrower) -> str:
    return visit(app, borrower=borrower.id).get("/record/messages").get_data(as_text=True)


def _link(page: str, rel: str) -> str | None:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return html.unescape(found[1]) if found else None


def _contact(borrower: Borrower, text: str) -> Contact:
    return Contact(
        borrower_id=borrower.id,
        purpose="code_sign_in",
        channel="sms",
        number_hash="h",
        number_last4="8001",
        template_version="sign_in@1",
        rule_decision="let through",
        result="sent",
        text=text,
        actor_kind="system",
        at=NOW,
    )
