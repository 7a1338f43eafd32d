"""Around support calls in a real browser: the guide, a field in full, wrapping up; the supervisors' pages with nothing, one and many."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.domain.policy import DEFAULT_POLICY
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import Borrower, StaffMember
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.desks import Desk
from tests.journeys.keyboards import Keyboard
from tests.journeys.servers import Server
from tests.people import Cast, add_borrower, add_loan, change_policy
from tests.stories import ZONE
from tests.support_stories import OnTheLine

pytestmark = pytest.mark.journey
WATCH = ("unusual", "escalations", "readings")


def see_watch(desk: Desk, state: str) -> None:
    for page in WATCH:
        desk.open(f"/desk/support/{page}")
        desk.see(f"desk-support-{page}-{state}")


def call_of(server: Server, writing: Writing, cast: Cast, *, borrower_id: int | None = None) -> str:
    """A proven call that goes on."""
    with writing() as session:
        agent = session.get_one(StaffMember, cast.chen_chen.id)
        borrower = session.get_one(Borrower, borrower_id or cast.li_na.id)
        line = OnTheLine(session, agent, borrower, server.now().astimezone(ZONE))
        return line.proven().public_id


def escalate(server: Server, writing: Writing, cast: Cast, borrower_id: int) -> None:
    with writing() as session:
        agent = session.get_one(StaffMember, cast.chen_chen.id)
        line = OnTheLine(
            session, agent, session.get_one(Borrower, borrower_id), server.now().astimezone(ZONE)
        )
        said = {
            "escalation": "settlement",
            "explanation": "想一次结清一部分，手上有两万元，希望主管尽快答复。",
        }
        call = line.start()
        line.wrap_up(call, SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **said)


def test_an_agent_reads_the_guide_shows_a_field_and_wraps_up(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na, ref="L-1001")
    desk = new_desk(server)
    desk.sign_in(cast.chen_chen)
    desk.open("/desk/support/due")
    desk.see("desk-support-due-nothing")
    url = f"/desk/support/{call_of(server, writing, cast)}"
    desk.open(f"{url}/situation?situation=upset")
    desk.see("desk-support-situation-guide")
    desk.main.locator("details summary").first.click()
    desk.page.select_option("[name=field]", "mobile")
    desk.main.locator("form[action$='/reveal'] button").click()
    assert desk.path.endswith("/revealed")
    assert cast.li_na.mobile in desk.main.inner_text()
    desk.open(f"{url}/wrap-up")
    desk.see("desk-support-wrap-up")
    desk.page.locator("[name=outcome][value=call_back]").check()
    desk.page.fill("[name=note]", "手机 13800138000")
    desk.go_on()
    desk.looks.here(desk.page, "desk-support-wrap-up-broken")
    assert "电话号码（…8000）" in desk.main.inner_text()
    desk.page.fill("[name=note]", "下午方便")
    day = server.now().astimezone(ZONE).date().isoformat()
    desk.page.fill("[name=call_back_at]", day)
    desk.page.fill("[name=call_back_time]", "18:00")
    desk.go_on()
    assert desk.path == "/desk/support/due"
    desk.see("desk-support-due-one")


def test_a_supervisor_watches_nothing_one_and_many(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    desk = new_desk(server)
    desk.sign_in(cast.wu_yan)
    see_watch(desk, "nothing")
    with writing() as session:
        change_policy(session, support={**DEFAULT_POLICY["support"], "share_per_mille": 1000})
        add_loan(session, cast.li_na, ref="L-1001")
        others = [
            add_borrower(
                session, f"长名字的借款人{number}", mobile=f"+86139001390{number:02}", id_last4="3003"
            ).id
            for number in range(9)
        ]
    escalate(server, writing, cast, cast.li_na.id)
    see_watch(desk, "one")
    for borrower_id in others:
        escalate(server, writing, cast, borrower_id)
    see_watch(desk, "many")
    desk.open("/desk/support/readings")
    desk.main.locator("table a").first.click()
    desk.see("desk-support-reading")
    desk.go_on()
    desk.looks.here(desk.page, "desk-support-reading-broken")
    desk.open("/desk/guide")
    desk.see("desk-guide")
    desk.open("/desk/guide/any-upset")
    desk.see("desk-guide-text")
    desk.page.fill("[name=says_zh_cn]", "再不付就上门")
    desk.go_on()
    desk.looks.here(desk.page, "desk-guide-text-broken")
    assert "规则 C13" in desk.main.inner_text()


def test_a_call_is_wrapped_up_with_the_keyboard_alone(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    with writing() as session:
        loan = add_loan(session, cast.li_na, ref="L-1001").public_id
    desk = new_desk(server)
    desk.sign_in(cast.chen_chen)
    desk.open(f"/desk/support/{call_of(server, writing, cast)}")
    keys = Keyboard(desk.page)
    keys.follow("main a[href$='/situation']")
    keys.choose("situation", "upset")
    keys.press("#guide form button")
    keys.open("details:has([name=field]) summary")
    keys.choose("field", "mobile")
    keys.choose("reason", "call_back")
    keys.press("form[action$='/reveal'] button")
    expect(desk.main).to_contain_text(cast.li_na.mobile)
    keys.follow("main a[href*='/desk/support/']")
    keys.follow("a[href$='/wrap-up']")
    keys.pick("outcome", "promise")
    keys.tick("[name=follows][value=escalate]")
    keys.choose("loan", loan)
    keys.type("[name=amount]", "200")
    day = server.now().astimezone(ZONE).date() + timedelta(days=2)
    keys.set_day("[name=due_on]", day)
    keys.pick("escalation", "settlement")
    keys.type("[name=explanation]", "想一次结清一部分。")
    keys.type("[name=note]", "手机 13800138000")
    keys.press("form.wrap-up .actions button")
    expect(desk.main).to_contain_text("电话号码（…8000）")
    keys.tick("[name=keeps_note]")
    keys.press("form.wrap-up .actions button")
    assert desk.path == "/desk/support/due", desk.main.locator(".field:has(.error)").all_inner_texts()


def test_a_supervisor_answers_reads_again_and_writes_the_guide_with_the_keyboard_alone(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    with writing() as session:
        change_policy(session, support={**DEFAULT_POLICY["support"], "share_per_mille": 1000})
        add_loan(session, cast.li_na, ref="L-1001")
    escalate(server, writing, cast, cast.li_na.id)
    desk = new_desk(server)
    desk.sign_in(cast.wu_yan)
    desk.open("/desk/support/unusual")
    keys = Keyboard(desk.page)
    keys.follow("main a[href$='/escalations']")
    keys.type("[name$=answer]", "明天上午联系，可以分两次付清。")
    keys.press("main form .actions button")
    expect(desk.main).to_contain_text("已答复。")
    keys.follow("main a[href$='/readings']")
    keys.follow("main table a")
    keys.pick("verdict", "improve")
    keys.type("[name=remark]", "先说明录音，再谈金额。")
    keys.press("main form .actions button")
    assert desk.path == "/desk/support/readings"
    keys.follow("a[href$='/desk/guide']")
    keys.follow("main a[href$='/any-upset']")
    keys.replace("[name=says_zh_cn]", "您慢慢说，我在听。")
    keys.press("main form .actions button")
    expect(desk.main).to_contain_text("第 1 版")
