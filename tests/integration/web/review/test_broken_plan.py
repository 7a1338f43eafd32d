"""The desk's pages of a plan that broke: let it go on, or tell the borrower and end it; what is said, and to whom they open."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.permissions import Actor, ActorKind
from portal.models import Event, Loan, Message, Payment, Proposal
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage, post_message
from tests.broken_plans import break_it, first_due, seen, tell
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to, status_of
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

DAY = timedelta(days=1)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What a page says is the same on both databases."""
    return sqlite_database


@pytest.fixture
def broken(cast: Cast, writing: Writing, clock: HandClock) -> Case:
    """李娜's; today is five days after it broke."""
    with writing() as session:
        story = break_it(Story(session, cast.li_na, add_loan(session, cast.li_na)))
        on = first_due(story) + 16 * DAY
        proposal = story.proposal
        found = Case(proposal.id, proposal.public_id, proposal.reference)
    clock.move_on(seconds=(on - NOW.date()).days * 86_400)
    return found


@pytest.fixture
def approver(cast: Cast, staff_client: StaffClient, broken: Case) -> CheckedClient:
    del broken
    return staff_client(cast.zhou_min)


def letters(writing: Writing) -> list[str]:
    with writing() as session:
        return [each.body for each in session.scalars(select(Message).order_by(Message.id))]


def test_the_case_says_that_it_is_interrupted_and_leads_to_both(
    approver: CheckedClient, broken: Case
) -> None:
    page = approver.get(broken.url).text
    assert "方案已中断" in page
    assert f'href="{broken.url}/reinstate"' in page
    assert f'href="{broken.url}/end-plan"' in page
    assert "协议自" not in page


def test_a_plan_goes_on_from_its_page(approver: CheckedClient, broken: Case, writing: Writing) -> None:
    page = approver.get(f"{broken.url}/reinstate").text
    assert "一份方案只能恢复一次" in page
    assert "现在还差的" in page
    sent = {"reason": "asked_and_able", "words": "谢谢您来信说明情况。"}
    assert approver.submit(f"{broken.url}/reinstate", sent).location == broken.url
    assert status_of(writing, broken) == "active"
    (letter,) = letters(writing)
    assert "谢谢您来信说明情况。" in letter
    page = approver.get(broken.url).text
    assert "方案恢复：借款人提出申请，并且能够继续还款" in page
    assert "/reinstate" not in page


def test_a_reason_is_asked_for_and_what_was_typed_is_kept(
    approver: CheckedClient, broken: Case, writing: Writing
) -> None:
    for page in ("reinstate", "end-plan"):
        answer = approver.submit(f"{broken.url}/{page}", {"words": "您好，我们看了您的来信。"})
        assert answer.status_code == 422
        assert "请选择理由" in answer.text
        assert "您好，我们看了您的来信。" in answer.text
    assert status_of(writing, broken) == "broken"


def test_words_that_threaten_are_named_and_not_sent(
    approver: CheckedClient, broken: Case, writing: Writing
) -> None:
    sent = {"reason": "nothing_paid_since", "words": "否则我们起诉"}
    answer = approver.submit(f"{broken.url}/end-plan", sent)
    assert (answer.status_code, letters(writing)) == (422, [])
    assert "起诉" in answer.text


def test_an_end_is_told_first_and_possible_ten_days_later(
    approver: CheckedClient, broken: Case, writing: Writing, clock: HandClock
) -> None:
    sent = {"reason": "nothing_paid_since", "words": ""}
    assert approver.submit(f"{broken.url}/end-plan", sent).location == broken.url
    assert status_of(writing, broken) == "broken"
    page = approver.get(f"{broken.url}/end-plan").text
    assert "起才可以终止" in page
    assert "现在终止方案" not in page
    early = post_to(approver, f"{broken.url}/end-plan", {"row_version": _row_version(writing, broken)})
    assert early.status_code == 422
    assert status_of(writing, broken) == "broken"


def _row_version(writing: Writing, case: Case) -> str:
    with writing() as session:
        return str(session.get_one(Proposal, case.id).row_version)


def test_after_that_it_is_ended_with_its_reason(
    cast: Cast, broken: Case, staff_client: StaffClient, writing: Writing, clock: HandClock
) -> None:
    with writing() as session:
        proposal = session.get_one(Proposal, broken.id)
        story = Story(session, cast.li_na, session.get_one(Loan, proposal.loan_id))
        story._proposal = proposal
        tell(session, cast.zhou_min, seen(story), on=clock.today())
    clock.move_on(seconds=11 * 86_400)
    approver = staff_client(cast.wu_yan)
    page = approver.get(f"{broken.url}/end-plan").text
    assert "不能撤销" in page
    assert "为什么要终止" not in page
    assert approver.submit(f"{broken.url}/end-plan", {"words": ""}).location == broken.url
    assert status_of(writing, broken) == "terminated"
    assert [each["reason_code"] for each in events_of(writing, "plan:terminated")] == ["nothing_paid_since"]
    page = approver.get(broken.url).text
    assert "方案已终止：中断以后没有还款" in page
    gone = approver.get(f"{broken.url}/end-plan")
    assert gone.status_code == 409
    assert "现在不是中断状态" in gone.text


def test_where_the_told_reason_is_no_longer_true_it_is_told_anew(
    approver: CheckedClient, broken: Case, writing: Writing, clock: HandClock
) -> None:
    approver.submit(f"{broken.url}/end-plan", {"reason": "nothing_paid_since", "words": ""})
    with writing() as session:
        loan_id = session.get_one(Proposal, broken.id).loan_id
        session.add(
            Payment(
                payment_ref="late",
                loan_id=loan_id,
                paid_on=clock.today() - DAY,
                amount_minor=100,
                channel="bank",
                is_reversed=False,
            )
        )
    old = post_to(
        approver, f"{broken.url}/end-plan", {"row_version": _row_version(writing, broken), "words": ""}
    )
    assert old.status_code == 422
    page = approver.get(f"{broken.url}/end-plan").text
    assert "为什么要终止" in page
    assert "现在终止方案" not in page
    sent = {"reason": "too_little_paid_since", "words": ""}
    assert approver.submit(f"{broken.url}/end-plan", sent).location == broken.url
    assert status_of(writing, broken) == "broken"
    assert "不足以让它继续下去" in letters(writing)[-1]


def test_both_pages_lead_to_what_the_borrower_wrote(
    approver: CheckedClient, broken: Case, writing: Writing, cast: Cast
) -> None:
    pages = [f"{broken.url}/reinstate", f"{broken.url}/end-plan"]
    link = f'href="{broken.url.replace("/cases/", "/messages/")}"'
    assert not any("还没有人回复" in approver.get(page).text for page in pages)
    with writing() as session:
        proposal = session.get_one(Proposal, broken.id)
        written = WrittenMessage(form_key=new_public_id(), body="我下周可以还。")
        actor = Actor(ActorKind.BORROWER, cast.li_na.id)
        post_message(session, actor, about=proposal, written=written, now=NOW)
    for page in pages:
        text = approver.get(page).text
        assert "还没有人回复" in text
        assert link in text


def test_who_comes_second_is_told_and_keeps_their_words(
    approver: CheckedClient, broken: Case, writing: Writing
) -> None:
    seen_by_both = _row_version(writing, broken)
    approver.submit(f"{broken.url}/end-plan", {"reason": "asked_for", "words": ""})
    late = post_to(
        approver,
        f"{broken.url}/reinstate",
        {"reason": "asked_and_able", "row_version": seen_by_both, "words": "我写的话"},
    )
    assert late.status_code == 409
    assert "我写的话" in late.text
    assert [each["code"] for each in events_of(writing, "decision:refused")] == ["proposal_moved"]


def test_where_it_cannot_go_on_the_page_says_why_and_offers_nothing(
    approver: CheckedClient, broken: Case, writing: Writing
) -> None:
    with writing() as session:
        session.get_one(Proposal, broken.id).reinstated_on = NOW.date()
    page = approver.get(f"{broken.url}/reinstate").text
    assert "已经恢复过一次" in page
    assert f'action="{broken.url}/reinstate"' not in page
    assert f'href="{broken.url}/reinstate"' not in approver.get(broken.url).text


def test_who_only_reads_is_offered_nothing(broken: Case, cast: Cast, staff_client: StaffClient) -> None:
    auditor = staff_client(cast.zheng_hao)
    page = auditor.get(broken.url).text
    assert "方案已中断" in page
    assert "/reinstate" not in page
    assert auditor.get(f"{broken.url}/reinstate").status_code == 403


def test_an_end_recorded_without_a_reason_is_still_read(
    approver: CheckedClient, broken: Case, writing: Writing
) -> None:
    with writing() as session:
        proposal = session.get_one(Proposal, broken.id)
        proposal.status = "terminated"
        session.add(
            Event(
                name="plan:terminated",
                at=NOW,
                actor_kind="system",
                borrower_id=proposal.borrower_id,
                loan_id=proposal.loan_id,
                proposal_id=proposal.id,
                fields={"version_number": 1},
                salt=b"s" * 16,
            )
        )
    page = approver.get(broken.url)
    assert page.status_code == 200
    assert "方案已终止" in page.text
