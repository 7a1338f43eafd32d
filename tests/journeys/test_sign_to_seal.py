"""A late loan becomes a signed agreement: proposed, approved at once, downloaded, checked."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.checkers import with_one_byte_changed
from tests.journeys.conftest import NewChecker, NewPhone, Writing, on_both_databases
from tests.journeys.keyboards import Keyboard
from tests.journeys.phones import READING_SECONDS
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey

MOST_SCREENS, MOST_TYPED = 14, 5
MOST_SCREENS_FROM_HOME = 10
"""Home itself and the page that says that the plan is in force included."""


@on_both_databases
def test_a_plan_is_approved_at_once_and_its_sealed_document_is_genuine(
    real_server: Server,
    cast: Cast,
    writing: Writing,
    new_phone: NewPhone,
    new_checker: NewChecker,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(real_server)
    phone.sign_in(cast.li_na)
    expect(phone.main).to_contain_text("已 42 天")
    before = len(phone.screens) - 1, phone.typed
    phone.propose()
    assert phone.heading == "您的方案已生效"
    phone.see("proposal-in-force")
    screens, typed = len(phone.screens) - before[0], phone.typed - before[1]
    with capsys.disabled():
        sys.stdout.write(f"\nfrom home to signed: {screens} screens, {typed} typed fields\n")
    assert screens <= MOST_SCREENS_FROM_HOME
    assert typed <= MOST_TYPED
    document = phone.download(tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\nfrom sign-in to agreement: {len(phone.screens)} screens, {phone.typed} fields\n")
    assert len(phone.screens) <= MOST_SCREENS
    assert phone.typed <= MOST_TYPED

    anybody = new_checker(real_server)
    assert anybody.check(document) == "真实，未被改动"
    assert "李娜" not in anybody.text
    assert anybody.check(with_one_byte_changed(document)) == "不是封印时的文件"
    assert anybody.check_code(document.stem) == "有这个核验码的记录"


def test_in_english_throughout(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, tmp_path: Path
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server, locale="en-GB")
    phone.open("/sign-in")
    phone.page.get_by_role("button", name="English").click()
    expect(phone.page.locator("h1")).to_have_text("Sign in")
    phone.sign_in(cast.li_na)
    expect(phone.page.locator("h1")).to_have_text("Where you stand")
    phone.propose()
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    expect(phone.main).to_contain_text("Signed by you and approved by us")
    assert "Repayment agreement" in text_of(phone.download(tmp_path))


def test_without_scripts(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, new_checker: NewChecker, tmp_path: Path
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server, has_scripts=False)
    phone.sign_in(cast.li_na)
    phone.propose()
    assert phone.heading == "您的方案已生效"
    assert new_checker(server).check(phone.download(tmp_path)) == "真实，未被改动"


def test_with_the_keyboard_alone(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    keys = Keyboard(phone.page)
    keys.follow("main a[href$='/plan']")
    keys.press("main form button.button:not(.second):not(.danger)")
    keys.pick("reason", "not_said")
    keys.press("main form button.button:not(.second):not(.danger)")
    keys.pick("need", "monthly")
    keys.type("[name=monthly]", "2000")
    keys.press("main form button.button:not(.second):not(.danger)")
    keys.press("button[name=plan]")
    keys.press("main form button.button:not(.second):not(.danger)")
    server.let_pass(READING_SECONDS)
    keys.press("main form button.button:not(.second):not(.danger)")
    phone.wait_for_document("a.file")
    for place in range(phone.main.locator("[name=terms]").count()):
        keys.tick(f"[name=terms] >> nth={place}")
    keys.press("main form button.button:not(.second):not(.danger)")
    keys.type("[name=code]", phone.read_code())
    keys.press("main form button.button:not(.second):not(.danger)")
    assert phone.heading == "您的方案已生效"


def text_of(document: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(document).pages)
