"""A dispute, a complaint and a question become a case with a number and a date; where it says so, nobody collects meanwhile."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.models import Hold
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey


@pytest.fixture
def phone(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> Phone:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    return phone


def test_a_dispute_stops_contact_and_sends_the_plan_to_a_person(phone: Phone, writing: Writing) -> None:
    phone.bring_up("dispute")
    expect(phone.main).to_contain_text("11月17日")
    phone.see("case-dispute")
    phone.open()
    expect(phone.main).to_contain_text("目前不会联系您催收")
    phone.see("home-dispute")
    with writing() as session:
        assert session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))).all() == ["dispute"]
    phone.propose()
    assert phone.heading == "您已签署，等待我们决定"


def test_talking_to_us_makes_a_case_with_an_answer_by_a_date(phone: Phone) -> None:
    phone.bring_up("talk")
    phone.see("case-talk")
    phone.open("/cases")
    expect(phone.main.locator("a.row")).to_have_count(1)


def test_a_complaint_stops_contact_for_all_loans(phone: Phone, writing: Writing) -> None:
    phone.page.get_by_role("link", name="我要投诉").click()
    phone.go_on()
    phone.see_answer("complain-refused")
    phone.fill_in_case()
    phone.see("case-complaint")
    with writing() as session:
        assert session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))).all() == ["complaint"]


def test_what_else_a_loan_has(phone: Phone) -> None:
    phone.main.locator("a[href$='/pay']").first.click()
    expect(phone.main).to_contain_text("1001 2345 6789 0123 456")
    phone.open()
    phone.main.locator("a.row").filter(has_text="还款计划与记录").click()
    phone.page.get_by_role("button", name="退出登录").click()
    phone.see("signed-out")
    phone.open()
    assert phone.path.startswith("/sign-in")
