"""From a reminder to a plan: the link opens the sign-in and nothing else; and an e-mail address of one's own."""

import re

import pytest
from playwright.sync_api import expect

from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.services.collection_messages import AskedMessage, ask_for_messages
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import CREDITOR, TODAY, Cast, add_loan

pytestmark = pytest.mark.journey

ABOUT_DEBT = ("逾期", "欠", "借款", "本金", "利息", "元", "42 天")


def remind(server: Server, cast: Cast, writing: Writing, phone: Phone) -> str:
    """The words that came."""
    with writing() as session:
        loan = add_loan(session, cast.li_na)
        asked = AskedMessage(
            loan_id=loan.id, borrower_id=cast.li_na.id, occasion=Occasion.OVERDUE_REMINDER, on=TODAY
        )
        ask_for_messages(session, SYSTEM, [asked], now=server.now())
    phone.mobile = cast.li_na.mobile.removeprefix("+86")
    return phone.read_message()


def test_a_reminder_leads_to_the_sign_in_and_from_there_to_a_plan(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    phone = new_phone(server)
    text = remind(server, cast, writing, phone)
    assert CREDITOR in text
    assert [word for word in ABOUT_DEBT if word in text] == []
    [link, not_me] = re.findall(r"http://[\w.:/-]+", text)
    assert not_me == f"{link}/not-me"

    phone.page.goto(link)
    assert "/sign-in" in phone.path
    shown = phone.main.inner_text()
    assert [word for word in (CREDITOR, "逾期", "本金", "42 天") if word in shown] == []

    phone.sign_in(cast.li_na)
    expect(phone.main).to_contain_text("已 42 天")
    phone.propose()
    assert phone.heading == "您的方案已生效"

    phone.open("/record/messages")
    phone.see("record-messages-with-a-reminder")
    expect(phone.main).to_contain_text("有一件事需要您查看")
    phone.open("/record?kind=contact")
    expect(phone.main).to_contain_text("提醒您有事项待查看")
    phone.open("/message-check")
    phone.type("message", text.rpartition("\n")[2])
    phone.go_on()
    expect(phone.main).to_contain_text("是我们发的")


def test_an_address_of_ones_own_is_confirmed_and_taken_away(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    phone.open("/record/email")
    phone.see("record-email")
    phone.type("email", "no address")
    phone.go_on()
    expect(phone.main).to_contain_text("邮箱")
    phone.type("email", "li.na@example.com")
    phone.go_on()
    phone.see("record-email-code")
    phone.mobile = "li.na@example.com"
    phone.type("code", phone.read_code())
    phone.go_on()
    assert phone.path == "/record/email"
    expect(phone.main).to_contain_text("已于")
    phone.see("record-email-confirmed")
    phone.main.locator("button", has_text="移除这个邮箱").click()
    expect(phone.main).not_to_contain_text("li.na@example.com")
