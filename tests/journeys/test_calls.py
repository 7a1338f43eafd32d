"""A caller's morning without a mouse: a call with its statements, one that a rule refuses, a call back that comes first the next day."""

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from portal.domain.one_time_codes import keyed_hash
from portal.models import Contact, StaffMember
from tests.callers import fill_list
from tests.journeys.axe import assert_accessible, assert_fits
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.desks import Desk
from tests.journeys.keyboards import Keyboard
from tests.journeys.servers import SECRET_KEY, Server
from tests.people import PASSWORD, Cast, add_borrower, add_loan

pytestmark = pytest.mark.journey
NEXT = "main form[action$='/calls/next'] button"
A_DAY = 23 * 3600


def signed_in(server: Server, member: StaffMember, new_desk: NewDesk) -> tuple[Desk, Keyboard]:
    desk = new_desk(server)
    keys = Keyboard(desk.page)
    desk.open("/desk/calls")
    keys.type("[name=login]", member.login)
    keys.type("[name=password]", PASSWORD)
    keys.type("[name=code]", pyotp.TOTP(member.totp_secret or "").at(server.now()))
    keys.press("main form button")
    return desk, keys


def narrow(desk: Desk) -> None:
    """On a telephone's width, too."""
    desk.page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(desk.page)
    assert_fits(desk.page)
    desk.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def waiting(server: Server, cast: Cast, writing: Writing) -> None:
    """李娜 is the latest; 王强 had three conversations today; 赵敏 is the last."""
    with writing() as session:
        add_loan(session, cast.li_na, ref="L-1001", late_days=60)
        add_loan(session, cast.wang_qiang, ref="L-2002", late_days=50)
        zhao_min = add_borrower(session, "赵敏", mobile="+8613800138003", id_last4="3003")
        add_loan(session, zhao_min, ref="L-3003", late_days=40)
        fill_list(session)
        for _ in range(3):
            session.add(
                Contact(
                    borrower_id=cast.wang_qiang.id,
                    purpose="collection_call",
                    channel="phone",
                    number_hash=keyed_hash(cast.wang_qiang.mobile, SECRET_KEY, purpose="number"),
                    number_last4="8002",
                    template_version="call_script@2026-01",
                    rule_decision="let through",
                    result="answered",
                    actor_kind="staff",
                    at=server.now() - timedelta(hours=1),
                )
            )


def explain(keys: Keyboard) -> None:
    for statement in ("identity", "recording", "purpose"):
        keys.tick(f"[name=statements][value={statement}]")
    keys.press("main form[action$='/said'] button")


def note(keys: Keyboard) -> None:
    keys.press("main form[action$='/outcome'] .actions button")


@pytest.mark.usefixtures("waiting")
def test_a_caller_works_through_the_list_by_keyboard_alone(
    server: Server, cast: Cast, new_desk: NewDesk
) -> None:
    lin_yue, keys = signed_in(server, cast.lin_yue, new_desk)
    lin_yue.see("calls-list")
    narrow(lin_yue)
    call_with_a_promise(server, lin_yue, keys)
    call_that_is_refused(lin_yue, keys)
    call_with_a_call_back(server, lin_yue, keys)
    server.let_pass(A_DAY)
    lin_yue, keys = signed_in(server, cast.lin_yue, new_desk)
    expect(lin_yue.main.locator("tbody tr").first).to_contain_text("L-3003")
    keys.press(NEXT)
    expect(lin_yue.page.get_by_role("heading", level=1)).to_contain_text("L-3003")
    wu_yan = new_desk(server)
    wu_yan.sign_in(cast.wu_yan)
    for path, name in (("/desk/calls/today", "calls-today"), ("/desk/exceptions", "calls-exceptions")):
        wu_yan.open(path)
        wu_yan.see(name)
        narrow(wu_yan)
    watched_in_english(server, cast, new_desk)


def watched_in_english(server: Server, cast: Cast, new_desk: NewDesk) -> None:
    """Its words are the longer ones, and nobody who only watches has a button in the last column."""
    zheng_hao = new_desk(server)
    zheng_hao.sign_in(cast.zheng_hao)
    zheng_hao.page.context.add_cookies([{"name": "language", "value": "en", "url": server.url}])
    zheng_hao.open("/desk/calls?shown=all")
    expect(zheng_hao.main).to_contain_text("Last call")
    assert_fits(zheng_hao.page)


def call_with_a_promise(server: Server, lin_yue: Desk, keys: Keyboard) -> None:
    keys.press(NEXT)
    expect(lin_yue.page.get_by_role("heading", level=1)).to_contain_text("L-1001")
    lin_yue.see("calls-before")
    keys.press("main form[action$='/open'] button")
    expect(lin_yue.main).to_contain_text("+8613800138001")
    lin_yue.see("calls-open")
    narrow(lin_yue)
    explain(keys)
    expect(lin_yue.main).to_contain_text("逾期金额")
    lin_yue.see("calls-explained")
    keys.pick("outcome", "promise")
    keys.type("[name=amount]", "500")
    note(keys)
    assert lin_yue.page.locator("#error-summary").is_visible()
    assert_accessible(lin_yue.page)
    lin_yue.page.locator("[name=due_on]").fill((server.now() + timedelta(days=4)).date().isoformat())
    note(keys)
    expect(lin_yue.page.get_by_role("heading", level=1)).to_contain_text("承诺还款")
    lin_yue.see("calls-noted")


def call_that_is_refused(lin_yue: Desk, keys: Keyboard) -> None:
    lin_yue.open("/desk/calls")
    keys.press("main tr:has-text('L-2002') form button")
    keys.press("main form[action$='/open'] button")
    expect(lin_yue.main).to_contain_text("今日有效通话次数已满（规则 C03）")
    narrow(lin_yue)
    lin_yue.looks.pictured(lin_yue.page, "calls-refused")
    keys.press("main form[action$='/skip'] button")


def call_with_a_call_back(server: Server, lin_yue: Desk, keys: Keyboard) -> None:
    keys.press(NEXT)
    expect(lin_yue.page.get_by_role("heading", level=1)).to_contain_text("L-3003")
    keys.press("main form[action$='/open'] button")
    explain(keys)
    keys.pick("outcome", "call_back")
    lin_yue.page.locator("[name=call_back_at]").fill((server.now() + timedelta(days=1)).date().isoformat())
    lin_yue.page.locator("[name=call_back_time]").fill("08:30")
    lin_yue.looks.pictured(lin_yue.page, "calls-call-back")
    note(keys)
    expect(lin_yue.main).to_contain_text("将排在最前")
