"""Two supervisors in two browsers change the policy: draft, replay, proposal, approval by the other; an old case stays explained."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.models import Decision, PolicyVersion, Proposal, StaffMember
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.desks import Desk
from tests.journeys.servers import Server
from tests.people import Cast, add_loan, add_staff
from tests.stories import Story

pytestmark = pytest.mark.journey
AMOUNT = "[name='bands-catch_up-max_amount_minor']"


@pytest.fixture
def xu_jie(writing: Writing) -> StaffMember:
    with writing() as session:
        return add_staff(session, "1009", "xu.jie", "徐洁", Role.SUPERVISOR)


@pytest.fixture
def old_case(writing: Writing, cast: Cast) -> str:
    """李娜 was approved at once on one loan; on a larger one a person decides, by the version that held then. The address of that case."""
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-1001")).submit()
        large = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-1002", principal=30_000_000))
        large.submit()
        return f"/desk/cases/{large.proposal.public_id}"


def draft(desk: Desk) -> None:
    desk.open("/desk/policy")
    desk.see("desk-policy")
    desk.main.get_by_role("button", name="起草新版本").click()
    desk.see("desk-policy-write")
    desk.page.fill("[name=why]", "金额较大的分期希望由人工再看一眼。")
    desk.page.fill(AMOUNT, "很多")
    desk.main.get_by_role("button", name="保存草稿").click()
    assert desk.page.input_value(AMOUNT) == "很多"
    desk.page.fill(AMOUNT, "1000")
    desk.main.get_by_role("button", name="保存草稿").click()
    expect(desk.main).to_contain_text("当场批准的最高金额从 30,000.00 元 改为 1,000.00 元")
    desk.see("desk-policy-draft")


def replay_and_propose(desk: Desk) -> None:
    desk.main.get_by_role("button", name="提交审批").click()
    expect(desk.main).to_contain_text("请先按现有内容回测")
    desk.main.get_by_role("button", name="回测").click()
    expect(desk.main).to_contain_text("正在进行")
    for _ in range(100):
        desk.page.reload()
        if desk.main.locator("#offers-heading").count():
            break
        desk.page.wait_for_timeout(100)
    expect(desk.main.locator("#replay")).to_contain_text("共 2 件，读取 2 件，回测 2 件")
    for folded in desk.main.locator("#replay summary").all():
        folded.click()
    desk.see("desk-policy-replayed")
    desk.main.get_by_role("button", name="提交审批").click()
    expect(desk.main).to_contain_text("已提交，现由另一人决定")
    desk.see("desk-policy-proposed")


def test_from_draft_through_replay_to_force_by_two(
    server: Server, cast: Cast, xu_jie: StaffMember, old_case: str, writing: Writing, new_desk: NewDesk
) -> None:
    wu_yan, other = new_desk(server), new_desk(server)
    wu_yan.sign_in(cast.wu_yan)
    other.sign_in(xu_jie)
    draft(wu_yan)
    replay_and_propose(wu_yan)
    approves_nothing_of_ones_own(wu_yan)
    other.open(wu_yan.path)
    other.see("desk-policy-decide")
    other.main.get_by_role("button", name="批准", exact=True).click()
    expect(other.main).to_contain_text("已批准")
    expect(other.main.locator("aside .tag")).to_have_text("现行")
    other.see("desk-policy-in-force")
    explains_what_was_decided_before(wu_yan, old_case)
    with writing() as session:
        new = session.scalars(select(PolicyVersion).where(PolicyVersion.state == "approved")).all()[-1]
        assert (new.drafted_by, new.decided_by) == (cast.wu_yan.id, xu_jie.id)
        assert session.scalars(select(Decision.policy_version)).all() == ["2026-01"]
        later = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2001"))
        later.submit()
        reasons = session.scalars(
            select(Proposal.referral_reasons).where(Proposal.id == later.proposal.id)
        ).one()
        assert (later.version.policy_version, reasons) == (new.version, ["amount_above_band"])


def approves_nothing_of_ones_own(desk: Desk) -> None:
    """There is no button; who sends it all the same is refused in words."""
    assert not desk.main.get_by_role("button", name="批准", exact=True).count()
    desk.page.evaluate(
        """() => {
          const form = document.querySelector("form[action$='/act']");
          form.action = form.action.replace(/act$/, "decide");
          form.elements.act.value = "approve";
          form.submit();
        }"""
    )
    expect(desk.main).to_contain_text("这一版由您起草，须由另一人决定")
    desk.open(desk.path.removesuffix("/decide"))


def explains_what_was_decided_before(desk: Desk, old_case: str) -> None:
    desk.open(old_case)
    expect(desk.main).to_contain_text("2026-01")
    expect(desk.main).to_contain_text("30,000.00 元")
    desk.main.get_by_role("link", name="其中的限额").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("政策 2026-01")
    desk.main.locator("summary").last.click()
    expect(desk.main).to_contain_text("逾期部分分期还：当场批准的最高金额")
    desk.see("desk-policy-old")
