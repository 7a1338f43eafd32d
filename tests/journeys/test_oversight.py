"""Accounts, relations, agencies and incidents in a real browser: with nothing, one and many, filled in wrongly, in both languages."""

import pytest
from playwright.sync_api import expect

from portal.domain.permissions import Role
from portal.models import StaffMember
from tests.incidents import WRITTEN
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.desks import Desk
from tests.journeys.servers import Server
from tests.people import TODAY, Cast, add_agency, add_staff
from tests.staff_ids import ID_NUMBER

pytestmark = pytest.mark.journey


def see(desk: Desk, path: str, name: str) -> None:
    desk.open(path)
    desk.see(name)


def test_accounts_are_given_by_two_and_taken_up_by_their_owner(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    desk = new_desk(server)
    desk.sign_in(cast.sun_hao)
    see(desk, "/desk/staff?words=1005", "desk-staff-one")
    see(desk, "/desk/staff?words=nobody", "desk-staff-nothing")
    desk.open("/desk/staff/invite")
    desk.see("desk-staff-invite")
    desk.go_on()
    desk.looks.here(desk.page, "desk-staff-invite-wrong")
    desk.open("/desk/staff/invite")
    for name, typed in {"name": "何欣", "number": "3001", "login": "he.xin"}.items():
        desk.page.fill(f"[name={name}]", typed)
    desk.page.check("[name=roles][value=agent]")
    desk.go_on()
    desk.looks.pictured(desk.page, "desk-staff-link")
    link = desk.main.locator("code").inner_text()
    for role in ("agent", "approver"):
        desk.open("/desk/staff/1001")
        desk.page.check(f"[name=roles][value={role}]")
    desk.main.locator("form[action$='/roles'] button").click()
    see(desk, "/desk/staff/1001", "desk-staff-member-waits")
    see(desk, "/desk/staff/1005", "desk-staff-member-oneself")
    second = new_desk(server)
    second.sign_in(cast.wu_yan)
    see(second, "/desk/staff", "desk-staff-many")
    second.main.locator("form[action$='/agree'] button").click()
    with writing() as session:
        assert session.get_one(StaffMember, cast.chen_chen.id).roles == ["agent", "approver"]
        session.get_one(StaffMember, cast.lin_yue.id).disabled_at = server.now()
    see(desk, "/desk/staff/1007", "desk-staff-member-ended")
    newcomer = new_desk(server)
    newcomer.open(
        link.removeprefix("http://127.0.0.1:8000")
        if link.startswith("http://127.0.0.1:8000")
        else link[link.index("/desk/") :]
    )
    newcomer.see("desk-join")
    newcomer.page.fill("[name=id_number]", ID_NUMBER)
    newcomer.go_on()
    newcomer.looks.here(newcomer.page, "desk-join-wrong")
    desk.open("/desk/staff")
    desk.main.locator("form[action$='/withdraw'] button").first.click()
    newcomer.open(link[link.index("/desk/") :])
    newcomer.see("desk-join-over")


def test_everybody_declares_whom_they_are_close_to(server: Server, cast: Cast, new_desk: NewDesk) -> None:
    desk = new_desk(server)
    desk.sign_in(cast.zhou_min)
    see(desk, "/desk/me/relations", "desk-relations-nothing")
    desk.page.select_option("[name=kind]", "spouse")
    desk.main.locator("form[action$='/me/relations'] button").click()
    desk.looks.here(desk.page, "desk-relations-wrong")
    desk.open("/desk/me/relations")
    desk.page.select_option("[name=kind]", "oneself")
    desk.page.fill("[name=id_number]", ID_NUMBER)
    desk.main.locator("form[action$='/me/relations'] button").click()
    desk.see("desk-relations-one")


def test_agencies_are_entered_and_stand_on_the_public_list(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    desk = new_desk(server)
    desk.open("/agencies")
    desk.see("agencies-nothing")
    desk.sign_in(cast.wu_yan)
    see(desk, "/desk/agencies", "desk-agencies-nothing")
    with writing() as session:
        public_id = add_agency(session, contract_to=TODAY).public_id
        add_agency(session, "一家名称很长很长的综合资产管理与信用服务股份有限公司上海分公司")
    see(desk, "/desk/agencies", "desk-agencies-many")
    see(desk, f"/desk/agencies/{public_id}", "desk-agency")
    desk.main.locator("form[action$='/renew'] button").click()
    desk.looks.here(desk.page, "desk-agency-wrong")
    see(desk, "/agencies", "agencies-many")
    expect(desk.main).to_contain_text("正信服务有限公司")


def test_an_incident_is_told_by_two(server: Server, cast: Cast, writing: Writing, new_desk: NewDesk) -> None:
    with writing() as session:
        second = add_staff(session, "1099", "second", "第二", Role.SUPERVISOR)
    desk = new_desk(server)
    desk.sign_in(cast.wu_yan)
    see(desk, "/desk/incidents", "desk-incidents-nothing")
    desk.open("/desk/incidents/new")
    desk.see("desk-incident-new")
    desk.go_on()
    desk.looks.here(desk.page, "desk-incident-wrong")
    desk.open("/desk/incidents/new")
    for name, typed in {
        "happened_on": TODAY,
        "found_on": TODAY,
        "found_time": "00:10",
        "people": "12",
    }.items():
        desk.page.fill(f"[name={name}]", str(typed))
    desk.page.check("[name=kinds][value=contact]")
    for item, words in WRITTEN.items():
        desk.page.fill(f"[name={item}_zh_CN]", words)
    desk.go_on()
    desk.see("desk-incident")
    path = desk.path
    desk.main.locator("form:has([value=authority]) button").first.click()
    desk.see("desk-incident-notice")
    other = new_desk(server)
    other.sign_in(second)
    other.open(path)
    other.main.locator("button[value=issue]").click()
    other.see("desk-incident-issued")
    see(desk, "/desk/incidents", "desk-incidents-one")
