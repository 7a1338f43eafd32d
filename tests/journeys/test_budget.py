"""A plan beyond the band: the month is asked once, and where nothing is left there is help and no wall."""

import pytest

from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey


def test_nothing_left_leads_to_people_and_the_plan_may_go_on(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    phone.start_plan()
    phone.say_reason()
    phone.say_need()
    phone.open(phone.path.replace("/plans", "/own"))
    phone.choose("kind", "catch_up")
    phone.type("installments", "14")
    phone.go_on()
    assert phone.path.endswith("/budget"), phone.main.inner_text()
    phone.type("wages", "3000")
    phone.type("housing", "3000")
    phone.go_on()
    assert phone.heading == "您每个月已经没有余钱"
    phone.main.locator("a[href$='/check']").click()
    phone.see("plan-check-with-budget")
    assert "确认留给您的生活费足够" in phone.main.inner_text()
