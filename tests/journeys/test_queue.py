"""An open queue learns what colleagues do without a row moving, and the next case is a key away."""

import pytest
from playwright.sync_api import expect

from portal.domain.policy import HardshipReason
from portal.models import Borrower
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.servers import Server
from tests.people import Cast, add_loan
from tests.stories import Story

pytestmark = pytest.mark.journey
POLLED_MS = 31_000


def wait_for_a_person(writing: Writing, server: Server, borrower: Borrower, ref: str) -> str:
    with writing() as session:
        story = Story(session, borrower, add_loan(session, borrower, ref=ref), now=server.now())
        assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
        return story.proposal.reference


def test_what_a_colleague_takes_is_marked_and_what_is_new_waits_behind_a_link(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    first = wait_for_a_person(writing, server, cast.li_na, "L-1001")
    server.let_pass(60)
    zhou_min, wu_yan = new_desk(server), new_desk(server)
    zhou_min.page.clock.install()
    zhou_min.sign_in(cast.zhou_min)
    expect(zhou_min.main).to_contain_text("更新于")
    row = zhou_min.main.locator("tr[data-case]")
    before = row.bounding_box()
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.page.get_by_role("button", name="下一件").focus()
    wu_yan.page.keyboard.press("Enter")
    expect(wu_yan.page.get_by_role("heading", level=1)).to_contain_text(first)
    expect(wu_yan.main).to_contain_text("您正在处理此件")
    server.let_pass(20)
    second = wait_for_a_person(writing, server, cast.wang_qiang, "L-2002")
    zhou_min.page.clock.run_for(POLLED_MS)
    expect(row.locator("[data-holder]")).to_have_text("1003")
    link = zhou_min.page.get_by_role("link", name="有 1 件新案件，点此显示")
    expect(link).to_be_visible()
    assert row.count() == 1
    after = row.bounding_box()
    assert before is not None
    assert after is not None
    assert before["y"] == after["y"]
    link.focus()
    zhou_min.page.keyboard.press("Enter")
    expect(zhou_min.main).to_contain_text(second)
    zhou_min.page.get_by_role("button", name="下一件").press("Enter")
    expect(zhou_min.page.get_by_role("heading", level=1)).to_contain_text(second)
    wu_yan.page.get_by_role("button", name="下一件").press("Enter")
    expect(wu_yan.main).to_contain_text("现在没有等您处理的案件")


def test_the_desks_other_pages_are_accessible_and_fit(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    wait_for_a_person(writing, server, cast.li_na, "L-1001")
    boss = new_desk(server)
    boss.sign_in(cast.wu_yan)
    boss.page.get_by_role("button", name="下一件").press("Enter")
    for path, name in (
        ("/desk?bucket=M2&sort=sum", "desk-queue-narrowed"),
        ("/desk/team", "desk-team"),
        ("/desk/me/away", "desk-away"),
    ):
        boss.open(path)
        boss.see(name)
    boss.open("/desk?bucket=M2&sort=sum")
    boss.page.locator("summary", has_text="把当前筛选保存为视图").press("Enter")
    boss.page.fill("[name=name]", "M2 的")
    boss.page.keyboard.press("Enter")
    expect(boss.main).to_contain_text("视图已保存")
    boss.open("/desk/views")
    boss.see("desk-views")
    boss.open("/desk/search")
    boss.page.fill("[name=q]", "李娜")
    boss.page.keyboard.press("Enter")
    expect(boss.main).to_contain_text("李*")
    boss.see("desk-search")
