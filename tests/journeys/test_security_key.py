"""A security key in a real browser, which has one of its own for tests: added, signed in with, shown before an act that gives power."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, NewDesk, NewPage
from tests.journeys.looks import Unseen
from tests.journeys.servers import Server
from tests.people import Cast

pytestmark = pytest.mark.journey
MINUTE = 60


@pytest.fixture
def by_name(server: Server) -> Server:
    """Keys answer to names only."""
    return replace(server, url=server.url.replace("127.0.0.1", "localhost"))


def plug_in(page: Page) -> None:
    """A key with a PIN that somebody always types rightly."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_key_signs_in_and_proves(new_desk: NewDesk, by_name: Server, cast: Cast) -> None:
    desk = new_desk(by_name)
    plug_in(desk.page)
    desk.sign_in(cast.sun_hao)
    desk.open("/desk/me/keys")
    desk.see("desk-keys")
    desk.page.fill("[name=name]", "蓝色钥匙")
    desk.main.get_by_role("button", name="连接密钥").click()
    expect(desk.main).to_contain_text("蓝色钥匙")
    desk.see("desk-keys-one")
    desk.page.get_by_role("button", name="退出登录").first.click()
    desk.open("/desk/sign-in")
    desk.main.get_by_role("button", name="使用安全密钥登录").click()
    expect(desk.page).not_to_have_url(f"{by_name.url}/desk/sign-in")
    for _ in range(11):
        by_name.let_pass(MINUTE)
        desk.open("/desk/me")
    desk.open("/desk/staff/1002")
    desk.main.locator("form[action$='/roles'] button").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("请再次证明是您本人")
    desk.looks.here(desk.page, "desk-proof")
    desk.main.get_by_role("button", name="改用安全密钥验证").click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("1002")


def test_without_a_key_the_page_says_so(new_desk: NewDesk, by_name: Server) -> None:
    desk = new_desk(by_name)
    tools = desk.page.context.new_cdp_session(desk.page)
    tools.send("WebAuthn.enable")
    desk.open("/desk/sign-in")
    desk.page.route("**/desk/sign-in/key/ask", lambda route: route.abort())
    desk.main.get_by_role("button", name="使用安全密钥登录").click()
    expect(desk.main.get_by_role("alert")).to_contain_text("密钥没有响应")


@pytest.mark.parametrize("can_script", [False, True], ids=["no scripts", "no keys known"])
def test_a_browser_that_cannot_add_one_shows_no_field_without_a_button(
    new_desk: NewDesk, by_name: Server, cast: Cast, new_page: NewPage, can_script: bool
) -> None:
    desk = new_desk(by_name)
    desk.page = new_page(DESK, java_script_enabled=can_script)
    desk.looks = Unseen()
    desk.page.add_init_script("delete window.PublicKeyCredential")
    desk.sign_in(cast.sun_hao)
    desk.open("/desk/me/keys")
    expect(desk.main.get_by_text("需要启用 JavaScript")).to_be_visible()
    expect(desk.page.locator("[name=name]")).to_be_hidden()
