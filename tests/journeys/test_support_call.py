"""A caller who does not know how to go on: from "hello" to a draft on their own phone, and to an agreement that only they signed."""

import re
import sys
import time
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from portal.domain.support_calls import LASTS
from portal.models import Loan
from tests.journeys.conftest import DESK, NewDesk, NewPage, NewPhone, Writing
from tests.journeys.desks import Desk
from tests.journeys.keyboards import Keyboard
from tests.journeys.looks import Unseen
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey

COOLING_SECONDS = 600
MOST_SECONDS_TO_A_DRAFT = 180


@dataclass
class Steps:
    """How long each took, as a hand at the keyboard would see it: the browsers' own time, pictures apart."""

    began: float = field(default_factory=time.monotonic)
    took: list[tuple[str, float]] = field(default_factory=list)

    def done(self, name: str) -> None:
        now = time.monotonic()
        self.took.append((name, now - self.began))
        self.began = now

    def again(self) -> None:
        """What went by meanwhile was looking, not doing."""
        self.began = time.monotonic()

    def tell(self) -> str:
        lines = [f"  {name:<44}{seconds:6.1f} s" for name, seconds in self.took]
        return "\n".join(["", "from hello to the agreement:", *lines, ""])

    def until(self, name: str) -> float:
        names = [each for each, _ in self.took]
        return sum(seconds for _, seconds in self.took[: names.index(name) + 1])


def button(desk: Desk, end: str) -> None:
    desk.page.locator(f"form[action$='{end}'] button").first.click()


def start(desk: Desk, number: str = "13800138001") -> None:
    desk.open("/desk/support")
    desk.page.fill("[name=number]", number)
    desk.page.select_option("[name=reason]", "make_plan")
    desk.go_on()


def say(desk: Desk) -> None:
    for box in desk.page.locator("[name=statements]").all():
        box.check()
    button(desk, "/said")


def read_out(desk: Desk) -> str:
    button(desk, "/number")
    return re.sub(r"\D", "", desk.page.locator(".number-to-call").inner_text())


def enter(phone: Phone, number: str) -> None:
    phone.open("/")
    phone.main.locator("a[href$='/support-call']").first.click()
    phone.type("number", number)
    phone.go_on()


def refuse_to_sign(phone: Phone) -> None:
    """Whatever is read and ticked: no code is sent, and nothing signed, before the pause is over."""
    phone.go_on_by_link()
    phone.freeze()
    phone.read_disclosure()
    phone.acknowledge()
    expect(phone.main).to_contain_text("不用着急")
    assert "/sign" not in phone.path


def allow(phone: Phone, level: str) -> None:
    phone.choose("level", level)
    phone.main.locator("form[action$='/allow'] button").click()


def pair(desk: Desk, phone: Phone, cast: Cast, steps: Steps) -> None:
    """From "hello" to what the borrower allows."""
    steps.again()
    start(desk)
    steps.done("call started with the number that is told")
    desk.see("support-call-begun")
    steps.again()
    say(desk)
    number = read_out(desk)
    steps.done("three statements, pairing number read out")
    desk.see("support-call-number")
    phone.open("/sign-in")
    steps.again()
    phone.sign_in(cast.li_na)
    steps.done("borrower signs in on their own phone")
    enter(phone, number)
    steps.done("number entered")
    phone.see("support-call-allow")
    steps.again()
    allow(phone, "consented")
    steps.done("borrower allows it")
    phone.see("support-call-allowed")
    expect(desk.page.locator("#pairing")).to_contain_text("借款人已允许", timeout=15_000)


def draft_together(desk: Desk, phone: Phone, steps: Steps, monthly: str = "2000") -> None:
    """From what the borrower sees to the message on their phone."""
    steps.again()
    button(desk, "/draft")
    folded = desk.page.locator("#help details:not([open]) summary")
    if folded.count():
        folded.click()
    desk.page.check("[name=need][value=monthly]")
    desk.page.fill("[name=monthly]", monthly)
    button(desk, "/need")
    desk.page.locator("button[name=plan]").first.click()
    steps.done("drafted together")
    desk.open(desk.path.partition("#")[0])
    desk.see("support-draft")
    steps.again()
    button(desk, "/hand-over")
    assert "电话里和您一起准备的内容" in phone.read_message()
    steps.done("handed over, message on the phone")
    desk.main.locator("a[href$='/own']").click()
    desk.see("support-own")


def end(desk: Desk) -> None:
    desk.open(desk.path.split("/drafts/")[0])
    call = desk.path
    button(desk, "/end")
    expect(desk.main).to_contain_text("客服通话已结束")
    desk.see("support-wrap-up-asked-for")
    desk.open(call)
    expect(desk.main).to_contain_text("本次客服通话已结束")
    desk.see("support-call-over")


def test_from_hello_to_an_agreement_that_only_the_borrower_signed(
    server: Server,
    cast: Cast,
    writing: Writing,
    new_phone: NewPhone,
    new_desk: NewDesk,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with writing() as session:
        loan: Loan = add_loan(session, cast.li_na)
    desk, phone, steps = new_desk(server), new_phone(server), Steps()
    desk.sign_in(cast.chen_chen)
    desk.open("/desk/support")
    desk.see("support-start")
    pair(desk, phone, cast, steps)
    steps.again()
    desk.main.locator("#pairing a.button").click()
    expect(desk.main).to_contain_text(loan.loan_ref)
    expect(desk.main).not_to_contain_text(cast.li_na.name)
    steps.done("agent sees what the borrower sees, masked")
    desk.see("support-situation")
    desk.main.locator("a[href*='/loans/']").first.click()
    desk.see("support-loan")
    desk.page.go_back()
    draft_together(desk, phone, steps)
    phone.open("/")
    phone.main.locator("a[href*='/proposals/']").first.click()
    expect(phone.main).to_contain_text("客服通话结束后")
    phone.see("proposal-prepared")
    refuse_to_sign(phone)
    end(desk)

    server.let_pass(COOLING_SECONDS)
    steps.again()
    phone.sign_in_again()
    phone.main.locator("a[href*='/proposals/']").first.click()
    expect(phone.main).to_contain_text("现在可以签署")
    phone.go_on_by_link()
    phone.sign_frozen()
    steps.done("read and signed on the phone, after the pause")
    assert phone.heading == "您的方案已生效"
    phone.open("/record?kind=look")
    expect(phone.main).to_contain_text("1001")
    expect(phone.main).to_contain_text("正在准备的方案")
    phone.see("record-of-a-support-call")
    with capsys.disabled():
        sys.stdout.write(steps.tell())
    assert steps.until("handed over, message on the phone") <= MOST_SECONDS_TO_A_DRAFT


def test_what_differs_from_own_numbers_shows_and_a_large_sum_goes_to_a_person(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, new_desk: NewDesk
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na, principal=3_000_000)
    desk, phone = new_desk(server), new_phone(server)
    desk.sign_in(cast.chen_chen)
    phone.sign_in(cast.li_na)
    phone.start_plan()
    phone.say_reason()
    phone.say_need(monthly="1500")
    phone.choose_plan()
    start(desk)
    say(desk)
    enter(phone, read_out(desk))
    allow(phone, "consented")
    expect(desk.page.locator("#pairing")).to_contain_text("借款人已允许", timeout=15_000)
    desk.main.locator("#pairing a.button").click()
    draft_together(desk, phone, Steps(), monthly="3000")
    desk.open(desk.path.split("/drafts/")[0])
    button(desk, "/end")
    phone.open("/")
    phone.main.locator("a[href*='/proposals/']").first.click()
    expect(phone.main).to_contain_text("与您自己填的有什么不同")
    phone.see("proposal-prepared-and-own")
    server.let_pass(COOLING_SECONDS)
    phone.sign_in_again()
    phone.main.locator("a[href*='/proposals/']").first.click()
    phone.go_on_by_link()
    if phone.path.endswith("/budget"):
        phone.say_month()
    phone.sign_frozen()
    expect(phone.main).to_contain_text("这是工作人员帮您填写的，所以由另一位工作人员决定")
    phone.see("proposal-prepared-waits")


def test_without_scripts_and_ended_by_the_borrower(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, new_page: NewPage, new_desk: NewDesk
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    desk, phone = new_desk(server), new_phone(server, has_scripts=False)
    desk.page = new_page(DESK, java_script_enabled=False)
    desk.looks = Unseen()
    desk.sign_in(cast.chen_chen)
    start(desk)
    say(desk)
    phone.sign_in(cast.li_na)
    enter(phone, read_out(desk))
    allow(phone, "proven")
    desk.page.locator("#pairing a", has_text="再看一下").click()
    desk.main.locator("#pairing a.button").click()
    expect(desk.main).to_contain_text("需要借款人在自己的页面上允许")
    phone.main.locator("form[action$='/support-call/end'] button").click()
    desk.page.reload()
    expect(desk.main).to_contain_text("本次客服通话已结束")


def test_with_the_keyboard_alone(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, new_desk: NewDesk
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    desk, phone = new_desk(server), new_phone(server)
    desk.sign_in(cast.chen_chen)
    phone.sign_in(cast.li_na)
    desk.open("/desk/support")
    keys = Keyboard(desk.page)
    keys.type("[name=number]", "13800138001")
    keys.choose("reason", "make_plan")
    keys.press("main form .actions button")
    for place in range(3):
        keys.tick(f"[name=statements] >> nth={place}")
    keys.press("form[action$='/said'] button")
    keys.press("form[action$='/number'] button")
    enter(phone, re.sub(r"\D", "", desk.page.locator(".number-to-call").inner_text()))
    allow(phone, "consented")
    expect(desk.page.locator("#pairing")).to_contain_text("借款人已允许", timeout=15_000)
    keys.follow("#pairing a.button")
    keys.press("form[action$='/draft'] button")
    keys.pick("need", "pause")
    keys.press("form[action$='/need'] button")
    keys.press("button[name=plan]")
    keys.press("form[action$='/hand-over'] button")
    expect(desk.main).to_contain_text("已发到对方手机")
    keys.follow("aside a[href*='/support/']")


def test_its_time_is_over_on_both_sides(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, new_desk: NewDesk
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    desk, phone = new_desk(server), new_phone(server)
    desk.sign_in(cast.chen_chen)
    phone.sign_in(cast.li_na)
    start(desk)
    say(desk)
    enter(phone, read_out(desk))
    allow(phone, "proven")
    for _ in range(4):
        server.let_pass(LASTS.total_seconds() / 4)
        desk.open("/desk/me")
        phone.open("/record")
    desk.open("/desk/support")
    desk.page.locator("main td a").first.click()
    expect(desk.main).to_contain_text("时间到了")
    phone.open("/support-call")
    assert phone.heading == "我正在和客服通话"
