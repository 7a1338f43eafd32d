"""A morning at the desk without a mouse: the next case, another offer, the next one, an approval that takes two."""

import pyotp
import pytest
from playwright.sync_api import expect

from portal.domain.policy import HardshipReason
from portal.models import Borrower, StaffMember
from tests.journeys.axe import assert_accessible
from tests.journeys.conftest import NewDesk, Writing, on_both_databases
from tests.journeys.desks import Desk
from tests.journeys.keyboards import Keyboard
from tests.journeys.servers import Server
from tests.people import PASSWORD, Cast, add_loan
from tests.stories import Story

pytestmark = pytest.mark.journey
NEXT = "main form[action$='/desk/next'] button"


@pytest.fixture
def waiting(cast: Cast, writing: Writing) -> list[str]:
    """李娜's case, and 王强's, who is close to somebody of the staff: their public ids."""
    with writing() as session:
        session.get_one(Borrower, cast.wang_qiang.id).is_staff_relation = True
        stories = [
            Story(session, session.get_one(Borrower, each.id), add_loan(session, each, ref=f"L-{each.id}"))
            for each in (cast.li_na, cast.wang_qiang)
        ]
        for story in stories:
            assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
        return [story.proposal.public_id for story in stories]


@on_both_databases
def test_two_approvers_work_through_their_cases_by_keyboard_alone(
    server: Server, cast: Cast, waiting: list[str], new_desk: NewDesk
) -> None:
    first, second = waiting
    zhou_min, keys = signed_in(server, cast.zhou_min, new_desk)
    keys.press(NEXT)
    assert first in zhou_min.page.url
    assert_accessible(zhou_min.page)
    keys.follow("main a[href$='/counter']")
    keys.replace("[name=installments]", "9")
    keys.choose("reason", "smaller_payments")
    expect(zhou_min.page.locator("#difference")).to_contain_text("9")
    assert_accessible(zhou_min.page)
    keys.press("main button:has-text('发出调整方案')")
    expect(zhou_min.main).to_contain_text("一分钟后发出")
    keys.press(NEXT)
    assert second in zhou_min.page.url
    keys.follow("main a[href$='/approve']")
    keys.pick("reason", "affordable")
    assert_accessible(zhou_min.page)
    keys.press("main form .actions button")
    expect(zhou_min.main).to_contain_text("等待第二审批人")
    assert_accessible(zhou_min.page)

    wu_yan, keys = signed_in(server, cast.wu_yan, new_desk)
    keys.follow("a[href$='/desk/seconds']")
    assert_accessible(wu_yan.page)
    keys.follow(f"main a[href$='{second}']")
    keys.press("main form[action$='/claim'] button")
    keys.follow("main a[href$='/second']")
    assert_accessible(wu_yan.page)
    keys.press("main form .actions button")
    expect(wu_yan.main).to_contain_text("协议即刻生效")


def signed_in(server: Server, member: StaffMember, new_desk: NewDesk) -> tuple[Desk, Keyboard]:
    desk = new_desk(server)
    desk.open()
    keys = Keyboard(desk.page)
    keys.type("[name=login]", member.login)
    keys.type("[name=password]", PASSWORD)
    keys.type("[name=code]", pyotp.TOTP(member.totp_secret or "").at(server.now()))
    keys.press("main form .actions button")
    assert "sign-in" not in desk.page.url, desk.main.inner_text()
    assert_accessible(desk.page)
    return desk, keys
