"""A proposal's page in every state, taking it back, another person's look, and the agreement that comes of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import DeclineReason
from portal.models import Agreement, Event, Hold, Loan, Proposal, ReviewItem, StaffMember
from portal.queries.proposals import find_open_counter, get_proposal_of, get_signed_version
from portal.services.claims import claim_case
from portal.services.deciding import Seen
from portal.services.decisions import Refusal, decline_proposal
from portal.services.documents import keep_preview
from portal.services.facts_moved import flag_moved_facts
from tests.desk import Approver
from tests.integration.web.borrower.book_changes import book_payment
from tests.integration.web.conftest import Writing
from tests.people import Cast, add_creditor
from tests.plan_walks import Walk, page_of, shown_text
from tests.stories import Story, send_out

LONG = {"kind": "catch_up", "installments": "14"}


@pytest.fixture
def waiting(walk: Walk) -> Walk:
    """With a person."""
    walk.to_sent(own=LONG)
    assert walk.status == "in_review"
    return walk


def decline(walk: Walk, member: StaffMember) -> None:
    actor = Actor(
        ActorKind.STAFF, member.id, frozenset({Role.APPROVER}), request_id="test", session_key="k" * 64
    )
    now = walk.clock.now()
    with walk.writing() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.public_id == walk.id)).one()
        claim_case(session, actor, proposal=proposal, now=now)
        version = get_signed_version(session, proposal)
        decline_proposal(
            session,
            actor,
            seen=Seen(
                proposal_id=proposal.id,
                row_version=proposal.row_version,
                content_hash=version.content_hash,
            ),
            refusal=Refusal(
                reason=DeclineReason.TERM_TOO_LONG,
                text="十四个月太长。",
                would_accept="十二个月以内，每月不低于 180 元。",
            ),
            now=now,
        )
        send_out(session, now=now)


def set_status(walk: Walk, status: ProposalStatus) -> None:
    with walk.writing() as session:
        session.execute(
            update(Proposal)
            .where(Proposal.public_id == walk.id)
            .values(status=status.value, closes_at=datetime(2026, 11, 9, 10, tzinfo=UTC))
        )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (ProposalStatus.SUBMITTED, "您已签署并提交"),
        (ProposalStatus.INFO_REQUESTED, "我们还想了解一点情况"),
        (ProposalStatus.COUNTERED, "为您准备了另一份"),
        (ProposalStatus.NEEDS_RESIGN, "请在2026年11月9日（周一）18:00 之前"),
        (ProposalStatus.WITHDRAWN, "您撤回了这个方案"),
        (ProposalStatus.EXPIRED, "这不是拒绝"),
    ],
)
def test_every_state_before_a_decision_reads_well(waiting: Walk, status: ProposalStatus, said: str) -> None:
    set_status(waiting, status)
    assert said in shown_text(waiting.client.get(waiting.url()))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (ProposalStatus.APPROVED, "您的方案已生效"),
        (ProposalStatus.ACTIVE, "您的方案已生效"),
        (ProposalStatus.MISSED, "方案有效，有一期还没有还"),
        (ProposalStatus.BROKEN, "您的方案已中断"),
        (ProposalStatus.COMPLETED, "已经全部还清"),
        (ProposalStatus.TERMINATED, "方案不再有效"),
    ],
)
def test_every_state_after_a_decision_reads_well(walk: Walk, status: ProposalStatus, said: str) -> None:
    walk.to_sent()
    set_status(walk, status)
    assert said in shown_text(walk.client.get(walk.url()))


def test_taking_it_back_is_asked_once_and_ends_the_wait(waiting: Walk, writing: Writing) -> None:
    page = waiting.client.get(waiting.url("withdraw"))
    assert "要撤回这个方案吗" in shown_text(page)
    assert waiting.status == "in_review"
    assert waiting.client.submit(waiting.url("withdraw")).location == waiting.url()
    assert waiting.status == "withdrawn"
    assert waiting.client.get(waiting.url("withdraw")).location == waiting.url()
    with writing() as session:
        assert session.scalars(select(ReviewItem)).all() == []
        assert session.scalars(select(Hold).where(Hold.ended_at.is_(None))).all() == []
    assert waiting.client.get(f"/loans/{waiting.loan.public_id}/plan").status_code == 200


def test_a_plan_in_force_is_not_taken_back(walk: Walk) -> None:
    walk.to_sent()
    assert walk.url("withdraw") not in page_of(walk.client.get(walk.url()))
    assert walk.client.get(walk.url("withdraw")).location == walk.url()


def test_a_declined_proposal_stays_within_reach_of_the_first_page(waiting: Walk, cast: Cast) -> None:
    decline(waiting, cast.zhou_min)
    assert waiting.url() in page_of(waiting.client.get("/"))
    assert waiting.url() in page_of(waiting.client.get(f"/loans/{waiting.loan.public_id}"))


def test_a_decline_says_why_and_what_would_be_accepted_and_another_person_looks_once(
    waiting: Walk, cast: Cast
) -> None:
    decline(waiting, cast.zhou_min)
    page = shown_text(waiting.client.get(waiting.url()))
    for part in (
        "这个方案我们没能接受",
        "十四个月太长。",
        "我们可以接受什么样的方案",
        "每月不低于 180 元",
        "请另一位工作人员复核",
    ):
        assert part in page
    answer = waiting.client.submit(waiting.url(), action=waiting.url("review"))
    assert answer.location == waiting.url()
    assert waiting.status == "in_review"
    assert "会由另一位工作人员来看您的方案" in shown_text(waiting.client.get(waiting.url()))
    decline(waiting, cast.wu_yan)
    again = page_of(waiting.client.get(waiting.url()))
    assert waiting.url("review") not in again
    assert "重新制定方案" in again


def test_after_fifteen_days_the_other_look_is_not_offered(waiting: Walk, cast: Cast) -> None:
    decline(waiting, cast.zhou_min)
    waiting.wait(days=15, minutes=2)
    assert waiting.url("review") not in page_of(waiting.client.get(waiting.url()))


def test_while_another_plan_is_on_its_way_the_other_look_is_not_offered(waiting: Walk, cast: Cast) -> None:
    decline(waiting, cast.zhou_min)
    first = waiting.url()
    waiting.start()
    assert f"{first}/review" not in page_of(waiting.client.get(first))


def test_another_creditor_is_named_before_it_is_signed_again(waiting: Walk, writing: Writing) -> None:
    with writing() as session:
        loan = session.scalars(select(Loan).where(Loan.id == waiting.loan.id)).one()
        loan.creditor = add_creditor(session, "江南资产管理有限公司").name
        loan.facts_version += 1
        flag_moved_facts(session, SYSTEM, loan_id=loan.id, now=waiting.clock.now())
    page = shown_text(waiting.client.get(waiting.url()))
    assert "现在的债权人是江南资产管理有限公司" in page
    waiting.clock.move_on(seconds=61)
    waiting.freeze()
    assert "江南资产管理有限公司" in shown_text(waiting.client.get(waiting.url("disclosure")))


def test_while_another_plan_runs_the_other_look_is_not_offered(waiting: Walk, cast: Cast) -> None:
    decline(waiting, cast.zhou_min)
    with waiting.writing() as session:
        declined = get_proposal_of(session, waiting.borrower.id, waiting.id)
        session.add(
            Proposal(
                public_id="f" * 32,
                reference="P-OTHER",
                loan_id=declined.loan_id,
                borrower_id=declined.borrower_id,
                status="active",
                answers={},
                referral_reasons=[],
                made_at=declined.made_at,
            )
        )
    assert waiting.url("review") not in page_of(waiting.client.get(waiting.url()))


def test_when_the_loan_changes_the_page_says_what_changed_and_it_is_signed_again(
    waiting: Walk, writing: Writing
) -> None:
    book_payment(waiting)
    assert waiting.status == "needs_resign"
    page = shown_text(waiting.client.get(waiting.url()))
    for part in (
        "签署之后借款情况有变化",
        "2026年11月1日的一笔 500.00 元还款已入账",
        "签署时的逾期金额",
        "2026年11月9日",
    ):
        assert part in page
    assert waiting.client.get(waiting.url("sign")).location == waiting.url("check")
    waiting.clock.move_on(seconds=61)
    waiting.freeze()
    waiting.read_disclosure()
    waiting.preview()
    waiting.tick()
    assert waiting.sign().location == waiting.url()
    assert waiting.status == "in_review"
    with writing() as session:
        assert session.scalars(select(Proposal.version_number)).one() == 2


def test_the_agreement_is_downloaded_sealed_and_each_download_is_recorded(
    walk: Walk, writing: Writing
) -> None:
    walk.to_check()
    walk.freeze()
    walk.read_disclosure()
    walk.work()
    walk.tick()
    walk.sign()
    with writing() as session:
        agreement = session.scalars(select(Agreement)).one()
    place = f"/agreements/{agreement.public_id}"
    before = shown_text(walk.client.get(place))
    assert "文件正在生成" in before
    assert walk.client.get(f"{place}/agreement.pdf").status_code == 404
    walk.work()
    page = shown_text(walk.client.get(place))
    for part in (
        agreement.check_code,
        "查看或保存协议",
        "下一期，2026年11月16日应还",
        "视为按期还款",
        "SHA-256",
    ):
        assert part in page
    answer = walk.client.get(f"{place}/agreement.pdf")
    assert answer.data.startswith(b"%PDF-")
    with writing() as session:
        downloaded = session.scalars(select(Event).where(Event.name == "agreement:downloaded")).one()
        assert downloaded.fields["document_hash"] in page


def test_signing_an_offer_says_that_it_holds_at_once(walk: Walk, cast: Cast, writing: Writing) -> None:
    """It is the lender's: nobody decides about it afterwards, and nothing can be taken back until then."""
    with writing() as session:
        story = Story(session, cast.li_na, session.get_one(Loan, walk.loan.id))
        story.submit(reason=HardshipReason.ILLNESS)
        Approver(session, cast.zhou_min, story).take().counter()
        walk.id = story.proposal.public_id
    walk.wait(minutes=2)
    with writing() as session:
        send_out(session, now=walk.clock.now())
    assert walk.status == "countered"
    walk.read_disclosure()
    with writing() as session:
        offered = find_open_counter(session, get_proposal_of(session, cast.li_na.id, walk.id))
        assert offered
        body = f"%PDF-1.7 {offered.content_hash}".encode()
        keep_preview(session, SYSTEM, version_id=offered.id, body=body, now=walk.clock.now())
    assert walk.tick().location == walk.url("sign")
    said = shown_text(walk.client.get(walk.url("sign")))
    assert "签署后协议当即生效" in said
    assert "可以撤回" not in said
    assert "草稿" not in said
    assert "签署并提交" not in said
    walk.sign()
    assert walk.status == "approved"
