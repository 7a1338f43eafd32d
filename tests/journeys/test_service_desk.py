"""What a borrower brings up stops contact; staff decide it; the borrower reads the outcome, and contact goes on."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_packs import pack_on
from portal.domain.contact_requests import ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.holds import Evidence, HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import Loan, ServiceCase
from portal.queries.contacts import contact_facts
from portal.services.holds import end_due_holds
from portal.services.staff_holds import HoldWish, set_hold
from tests.journeys.conftest import NewDesk, NewPhone, Writing
from tests.journeys.desks import Desk
from tests.journeys.keyboards import Keyboard
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import TODAY, Cast, add_loan
from tests.service_cases import FOUND, staff_actor
from tests.stories import ZONE

pytestmark = pytest.mark.journey


@pytest.fixture
def li_na(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> Phone:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    return phone


def guard(writing: Writing, server: Server) -> Verdict:
    """Of a call that collects, now."""
    with writing() as session:
        loan, at = session.scalars(select(Loan)).one(), server.now().astimezone(ZONE)
        facts = contact_facts(session, borrower_id=loan.borrower_id, loan_id=loan.id, number="n", now=at)
        asked = ContactRequest(
            at=at, channel=Channel.PHONE, purpose=Purpose.COLLECTION, number="n", debt=loan.id
        )
        return ask_guard(asked, facts, pack_on("CN", at.date()))


def open_case_of(writing: Writing, desk: Desk) -> str:
    with writing() as session:
        public_id = session.scalars(select(ServiceCase.public_id)).one()
    desk.open("/desk/service")
    return f"/desk/service/{public_id}"


def test_a_dispute_stops_contact_and_its_outcome_lets_it_go_on(
    li_na: Phone, server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    li_na.bring_up("dispute")
    verdict = guard(writing, server)
    assert (verdict.rule, verdict.opens_at) == ("C09", None)
    assert verdict.stops[0].because == "hold_dispute"
    li_na.open()
    expect(li_na.main).to_contain_text(
        "在您收到我们的答复之前暂停联系；我们承诺在2026年11月17日（周二）18:00之前答复"
    )
    li_na.see("home-paused-until-answer")
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    address = open_case_of(writing, zhou_min)
    zhou_min.see("desk-service-queue")
    zhou_min.main.get_by_role("button", name="下一件").click()
    assert zhou_min.path == address
    zhou_min.main.get_by_role("button", name="向借款人确认已收到").click()
    zhou_min.see("desk-service-case")
    asks_lender(zhou_min)
    zhou_min.main.get_by_role("link", name="作出决定").click()
    zhou_min.go_on()
    zhou_min.looks.here(zhou_min.page, "desk-service-decide-refused")
    zhou_min.open(f"{address}/decide")
    zhou_min.see("desk-service-decide")
    zhou_min.page.check("[name=outcome][value=upheld]")
    zhou_min.page.select_option("[name=reason]", "payment_found")
    zhou_min.page.fill("[name=words]", FOUND)
    zhou_min.go_on()
    expect(zhou_min.main).to_contain_text("已决定，借款人现在可以看到")
    assert guard(writing, server).rule is None
    li_na.open("/cases")
    li_na.main.locator("a.row").first.click()
    expect(li_na.main).to_contain_text("您说得对")
    expect(li_na.main).to_contain_text(FOUND)
    expect(li_na.main).to_contain_text("12378")
    li_na.see("case-decided")
    li_na.open()
    expect(li_na.main).not_to_contain_text("暂停联系")


def asks_lender(desk: Desk) -> None:
    desk.main.get_by_role("link", name="请贷款机构更正").click()
    desk.see("desk-service-lender")
    desk.page.select_option("[name=what]", "payment")
    desk.page.fill("[name=is_wrong]", "10 月 20 日没有入账")
    desk.page.fill("[name=should_be]", "10 月 20 日入账 500.00 元")
    desk.go_on()
    desk.open("/desk/corrections")
    desk.see("desk-corrections")
    desk.page.go_back()


def test_what_was_not_granted_is_looked_at_by_another_person(
    li_na: Phone, server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    li_na.bring_up("dispute")
    zhou_min, wu_yan = new_desk(server), new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    address = open_case_of(writing, zhou_min)
    zhou_min.main.get_by_role("button", name="下一件").click()
    zhou_min.open(f"{address}/decide")
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.open(f"{address}/decide")
    expect(wu_yan.main).to_contain_text("1002")
    wu_yan.looks.here(wu_yan.page, "desk-service-too-late")
    zhou_min.page.check("[name=outcome][value=not_upheld]")
    zhou_min.page.select_option("[name=reason]", "payment_not_found")
    zhou_min.page.fill("[name=words]", "我们核对了流水，没有找到这笔还款。")
    zhou_min.go_on()
    li_na.open(address.replace("/desk/service", "/cases"))
    expect(li_na.main).to_contain_text("我们没有发现错误")
    li_na.see("case-not-upheld")
    li_na.main.get_by_role("button", name="请另一位工作人员复核").click()
    expect(li_na.main).to_contain_text("另一位工作人员正在复核")
    li_na.see("case-second-look")
    assert guard(writing, server).rule == "C09"
    zhou_min.open("/desk/service")
    zhou_min.main.get_by_role("button", name="下一件").click()
    expect(zhou_min.main).to_contain_text("目前没有等待您处理的事项")
    wu_yan.open("/desk/service")
    wu_yan.main.get_by_role("button", name="下一件").click()
    assert wu_yan.path == address


def test_contact_is_paused_until_a_day_and_goes_on_after_it(
    li_na: Phone, server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    with writing() as session:
        loan = session.scalars(select(Loan)).one()
        wish = HoldWish(
            kind=HoldKind.HARDSHIP,
            evidence=Evidence.TOLD_BY_BORROWER.value,
            note="上月停工，本月底恢复。",
            ends_on=TODAY + timedelta(days=10),
        )
        set_hold(session, staff_actor(cast.zhou_min), loan=loan, wish=wish, today=TODAY, now=server.now())
        address = f"/desk/loans/{loan.public_id}/holds"
    li_na.open()
    expect(li_na.main).to_contain_text("在2026年11月12日之前（含当天）暂停联系")
    expect(li_na.main).not_to_contain_text("上月停工")
    li_na.see("home-paused-until-a-day")
    verdict = guard(writing, server)
    assert (verdict.rule, str(verdict.opens_at)) == ("C09", "2026-11-13 08:00:00+08:00")
    wu_yan = new_desk(server)
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.open(address)
    wu_yan.page.check("[name=kind][value=deceased]")
    wu_yan.page.select_option("[name=evidence]", "told_by_borrower")
    wu_yan.page.fill("[name=note]", "家人来电告知。")
    wu_yan.go_on()
    wu_yan.looks.here(wu_yan.page, "desk-holds-refused")
    wu_yan.open(address)
    wu_yan.page.check("[name=kind][value=deceased]")
    wu_yan.page.select_option("[name=evidence]", "told_by_family")
    wu_yan.page.fill("[name=note]", "家人来电告知。")
    wu_yan.go_on()
    wu_yan.main.locator("summary", has_text="申请由第二人确认结束").click()
    wu_yan.main.get_by_role("button", name="申请由第二人确认结束").click()
    wu_yan.see("desk-holds")
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.open(address)
    zhou_min.main.get_by_role("button", name="同意：结束暂停").click()
    server.let_pass(11 * 86_400)
    assert guard(writing, server).rule is None
    with writing() as session:
        assert end_due_holds(session, SYSTEM, now=server.now().astimezone(ZONE)) == 1
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.open(address)
    expect(zhou_min.main).to_contain_text("目前没有暂停联系")


def test_a_dispute_is_decided_by_keyboard_alone(
    li_na: Phone, server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    li_na.bring_up("dispute")
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    address, keys = open_case_of(writing, zhou_min), Keyboard(zhou_min.page)
    keys.press("main form[action$='/service/next'] button")
    assert zhou_min.path == address
    keys.follow("main a[href$='/decide']")
    keys.pick("outcome", "not_upheld")
    keys.choose("reason", "book_right")
    keys.type("[name=words]", "我们逐笔核对过，账目无误。")
    keys.press("main form .actions button")
    expect(zhou_min.main).to_contain_text("已决定，借款人现在可以看到")
