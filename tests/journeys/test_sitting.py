"""A sitting that ends while somebody types: said in time, lengthened on wish, and nothing lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.axe import assert_accessible
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey
NEARLY_S = 490


def test_the_end_is_announced_staying_helps_and_what_was_typed_comes_back_elsewhere(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.page.clock.install()
    phone.sign_in(cast.li_na)
    phone.start_plan()
    phone.say_reason()
    notice = phone.page.locator("#session-end")
    expect(notice).to_be_hidden()
    server.let_pass(NEARLY_S)
    phone.page.clock.fast_forward(NEARLY_S * 1000)
    expect(notice).to_be_visible()
    expect(notice.locator("[role=status]")).to_contain_text("会自动退出登录")
    assert phone.page.evaluate("document.activeElement === document.body")
    assert_accessible(phone.page)
    phone.page.keyboard.press("Tab")
    for _ in range(8):
        if phone.page.evaluate("document.activeElement.closest('#session-end') !== null"):
            break
        phone.page.keyboard.press("Tab")
    with phone.page.expect_response("**/session/stay"):
        phone.page.keyboard.press("Enter")
    expect(notice).to_be_hidden()

    phone.page.fill("main [name=monthly]", "1234")
    with phone.page.expect_response("**/session/typed"):
        phone.page.clock.fast_forward(3_000)
    address = phone.path
    server.let_pass(620)
    phone.page.clock.fast_forward(620_000)
    phone.page.wait_for_url(re.compile("/sign-in"))

    other = new_phone(server)
    other.messages_read = set(phone.messages_read)
    other.sign_in(cast.li_na)
    other.open(address)
    expect(other.page.locator("main [name=monthly]")).to_have_value("1234")
    expect(other.main).to_contain_text("您上次填的内容还在这里")


def test_reading_is_paused_and_terms_are_explained_in_place(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    phone.walk_to_check()
    phone.go_on()
    phone.main.get_by_role("button", name="暂停").click()
    expect(phone.main).to_contain_text("已暂停，继续后还剩")
    assert_accessible(phone.page)
    server.let_pass(60)
    phone.main.get_by_role("button", name="继续计时").click()
    expect(phone.main.locator("[data-countdown]")).to_contain_text("秒后可以继续")
    server.let_pass(16)
    phone.go_on()
    assert phone.path.endswith("/terms")
    phone.main.locator("[name=terms]").last.check()
    screens = len(phone.screens)
    phone.main.locator("button[name=explain]").first.click()
    expect(phone.main).to_contain_text("多还、早还都可以，不收费")
    assert len(phone.screens) == screens
    expect(phone.main.locator("[name=terms]").last).to_be_checked()
    phone.see_answer("plan-terms-explained")
