"""What a borrower decides: when they are contacted, what they consent to, who speaks for them, what becomes of their data."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.sms import DemoMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.models import (
    Borrower,
    Consent,
    Contact,
    ContactWish,
    DataRestriction,
    Event,
    Hold,
    Loan,
    Proposal,
    Representative,
    ServiceCase,
)
from portal.services.representatives import verify_representative
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

ALL = ["sms", "phone", "email", "letter"]


@pytest.fixture
def loan(cast: Cast, writing: Writing) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na)


@pytest.fixture
def li_na(app: Flask, cast: Cast, loan: Loan) -> CheckedClient:
    return visit(app, borrower=cast.li_na.id)


@pytest.fixture
def shop(config: Config, database: Database, clock: HandClock) -> Workshop:
    sender = DemoMessages(database.engine, PackagedTexts(), BabelWording(), clock)
    return Workshop(config, database.engine, clock, renderer=None, sealer=None, sender=sender)  # type: ignore[arg-type]


def page_of(client: CheckedClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def names(writing: Writing, borrower: Borrower) -> list[str]:
    with writing() as session:
        found = select(Event.name).where(Event.borrower_id == borrower.id).order_by(Event.id)
        return list(session.scalars(found))


def wish(client: CheckedClient, first: int, last: int, channels: list[str], **more: str) -> int:
    return client.submit(
        "/record/contact", {"first": str(first), "last": str(last), "channels": channels, **more}
    ).status_code


# when and how


def test_usual_hours_stand_where_nothing_was_said(li_na: CheckedClient) -> None:
    page = page_of(li_na, "/record/contact")
    assert "22:00 至次日 8:00 不会有人联系您" in page
    assert '<option value="8" selected>' in page


def test_a_wish_is_kept_with_its_history_and_twice_is_once(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    assert wish(li_na, 18, 20, ["sms"]) == wish(li_na, 18, 20, ["sms"]) == 303
    assert wish(li_na, 9, 20, ["sms", "letter"]) == 303
    with writing() as session:
        rows = session.scalars(select(ContactWish).order_by(ContactWish.id)).all()
        assert [(row.first_hour, row.last_hour, row.ended_at is None) for row in rows] == [
            (18, 20, False),
            (9, 20, True),
        ]
    assert names(writing, cast.li_na).count("wishes:set") == 2
    assert "您设定了联系时段和方式：9:00 至 20:00，信函、短信" in page_of(li_na, "/record").replace(
        "，短信", "、短信"
    )


def test_quiet_hours_need_a_consent_that_can_be_withdrawn(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    assert wish(li_na, 6, 23, ALL) == 422
    assert wish(li_na, 6, 23, ALL, consents="y") == 303
    with writing() as session:
        assert session.scalars(select(Consent.kind)).all() == ["contact_hours"]
    li_na.submit("/record/consents", action="/record/consents/withdraw")
    with writing() as session:
        standing = session.scalars(select(ContactWish).where(ContactWish.ended_at.is_(None))).one()
        assert (standing.first_hour, standing.last_hour) == (8, 22)
    assert names(writing, cast.li_na)[-2:] == ["consent:withdrawn", "wishes:set"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"first": "20", "last": "9"}, "结束时间要晚于开始时间"),
        ({"first": "x"}, "请选择可以联系您的开始和结束时间"),
        ({"channels": None}, "请至少保留一种联系方式"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    li_na: CheckedClient, writing: Writing, typed: dict[str, str | None], told: str
) -> None:
    sent = {"first": "9", "last": "20", "channels": ["sms"], **typed}
    answer = li_na.submit("/record/contact", sent)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    with writing() as session:
        assert session.scalars(select(ContactWish)).all() == []


def _staff_answer(session: Session, cast: Cast) -> None:
    """李娜 asked; 陈晨 answers: a notice is to be sent."""
    case = session.scalars(select(ServiceCase)).one()
    agent = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    post_message(session, agent, about=case, written=WrittenMessage(form_key="", body="请看。"), now=NOW)


def sent_at(writing: Writing) -> list[datetime]:
    with writing() as session:
        return list(session.scalars(select(Contact.at).where(Contact.purpose == "message_notice")))


def refusals(writing: Writing) -> list[str]:
    with writing() as session:
        found = session.scalars(select(Event).where(Event.name == "contact:refused").order_by(Event.id))
        return [event.fields["rule"] for event in found]


def test_a_message_waits_for_the_hours_that_are_wanted(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing, shop: Workshop, clock: HandClock
) -> None:
    wish(li_na, 18, 20, ["sms"])
    li_na.submit(f"/loans/{loan.public_id}/talk", {"topic": "other", "body": "请回复。"})
    with writing() as session:
        _staff_answer(session, cast)
    run_until_empty(shop, HANDLERS)
    assert (sent_at(writing), refusals(writing)) == ([], ["C02"])
    clock.move_on(hours=8)
    run_until_empty(shop, HANDLERS)
    assert sent_at(writing) == [NOW + timedelta(hours=8)]


def test_no_message_goes_a_way_that_is_not_wanted(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing, shop: Workshop
) -> None:
    wish(li_na, 8, 22, ["letter"])
    li_na.submit(f"/loans/{loan.public_id}/talk", {"topic": "other", "body": "请回复。"})
    with writing() as session:
        _staff_answer(session, cast)
    run_until_empty(shop, HANDLERS)
    assert (sent_at(writing), refusals(writing)) == ([], ["C02"])
    assert "有一次联系按规则" in page_of(li_na, "/record?kind=contact")


# consents


def reasons(writing: Writing) -> list[dict[str, str]]:
    with writing() as session:
        return [row.answers["reason"] for row in session.scalars(select(Proposal).order_by(Proposal.id))]


def test_withdrawing_the_reason_takes_it_out_of_drafts_and_out_of_sight_elsewhere(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-2")).submit(
            reason=HardshipReason.ILLNESS
        )
        Story(session, cast.li_na, loan).start().answer(reason=HardshipReason.JOB_LOST)
        theirs = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-3"))
        theirs.start().answer(reason=HardshipReason.JOB_LOST)
    assert "不再有人能看到，只封存作为凭证" in page_of(li_na, "/record/consents")
    for _ in range(2):
        li_na.post("/record/consents/withdraw", data={**token(li_na), "kind": "hardship_reason"})
    assert reasons(writing) == [
        {"reason": "not_said", "withheld": "illness"},
        {"reason": "not_said"},
        {"reason": "job_lost"},
    ]
    told = [name for name in names(writing, cast.li_na) if name in {"consent:withdrawn", "data:withheld"}]
    assert told == ["consent:withdrawn", "data:withheld", "data:withheld"]
    page = page_of(li_na, "/record/consents")
    assert "已撤回" in page or "撤回" in page
    assert "使用我说明的困难原因" in page


def test_the_privacy_notice_is_information_and_other_kinds_do_not_exist(
    li_na: CheckedClient, writing: Writing, cast: Cast, loan: Loan
) -> None:
    with writing() as session:
        Story(session, cast.li_na, loan).start()
    assert "不需要撤回" in page_of(li_na, "/record/consents")
    for kind in ("privacy_notice", "", "x" * 300):
        answer = li_na.post("/record/consents/withdraw", data={**token(li_na), "kind": kind})
        assert answer.status_code == 422
    with writing() as session:
        assert session.scalars(select(Consent.withdrawn_at)).one() is None


def test_nothing_agreed_to_reads_calmly(app: Flask, cast: Cast) -> None:
    assert "还没有同意过任何事项" in page_of(visit(app, borrower=cast.wang_qiang.id), "/record/consents")


# who speaks for me


def token(client: CheckedClient) -> dict[str, str]:
    page = page_of(client, "/record/data")
    return {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}


def held(writing: Writing) -> list[str]:
    with writing() as session:
        return list(session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None))))


LAWYER = {"kind": "lawyer", "name": "方正律师事务所 方律师", "contact": "021-5555 6666"}


def test_a_representative_is_named_verified_and_removed(
    li_na: CheckedClient, cast: Cast, writing: Writing
) -> None:
    for _ in range(2):
        li_na.post("/record/representative", data={**token(li_na), **LAWYER})
    with writing() as session:
        named = session.scalars(select(Representative)).one()
        case = session.get_one(ServiceCase, named.case_id)
        assert (named.status, case.kind, case.topic) == ("named", "represented", "lawyer")
    assert held(writing) == ["represented"]
    assert "2026年11月3日（周二）18:00 前核实" in page_of(li_na, "/record/representative")
    staff = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    with writing() as session:
        assert verify_representative(session, staff, borrower_id=cast.li_na.id, is_right=True, now=NOW)
        assert not verify_representative(session, staff, borrower_id=cast.li_na.id, is_right=True, now=NOW)
    assert "已核实" in page_of(li_na, "/record/representative")
    for _ in range(2):
        li_na.post("/record/representative/remove", data=token(li_na))
    assert held(writing) == []
    assert [name for name in names(writing, cast.li_na) if name.startswith("representative:")] == [
        "representative:named",
        "representative:verified",
        "representative:removed",
    ]
    assert LAWYER["name"] in page_of(li_na, "/record/representative")


def test_one_who_cannot_be_verified_holds_nothing(li_na: CheckedClient, cast: Cast, writing: Writing) -> None:
    li_na.post("/record/representative", data={**token(li_na), **LAWYER})
    staff = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    with writing() as session:
        assert verify_representative(session, staff, borrower_id=cast.li_na.id, is_right=False, now=NOW)
    assert held(writing) == []


@pytest.mark.parametrize(
    ("field", "told"),
    [("kind", "请选择由谁替您沟通"), ("name", "请填写姓名或者机构名称"), ("contact", "请填写联系方式")],
)
def test_what_is_missing_about_a_representative_is_said(
    li_na: CheckedClient, writing: Writing, field: str, told: str
) -> None:
    answer = li_na.post("/record/representative", data={**token(li_na), **LAWYER, field: " "})
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert held(writing) == []


def test_a_second_one_needs_the_first_removed(li_na: CheckedClient, writing: Writing) -> None:
    li_na.post("/record/representative", data={**token(li_na), **LAWYER})
    answer = li_na.post("/record/representative", data={**token(li_na), **LAWYER, "name": "别人"})
    assert answer.status_code == 409
    with writing() as session:
        assert len(session.scalars(select(Representative)).all()) == 1


# my data


def test_a_request_about_data_has_its_deadline_of_fifteen_working_days(
    li_na: CheckedClient, writing: Writing
) -> None:
    answer = li_na.submit("/record/data", {"topic": "correct_data", "body": "出生年份有误。"})
    assert "2026年11月23日（周一）18:00" in page_of(li_na, answer.location)
    assert "请更正" in page_of(li_na, "/record/data")
    assert held(writing) == []


def test_what_a_wish_to_delete_ends_is_said_before_it_is_sent(li_na: CheckedClient) -> None:
    page = page_of(li_na, "/record/data")
    assert page.index("您的同意随即终止") < page.rindex('type="submit"')
    li_na.submit("/record/data", {"topic": "delete_data", "body": "请删除。"})
    assert "您的同意随即终止" not in page_of(li_na, "/record/data")


def test_deletion_locks_and_ends_what_rests_on_consent(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        Story(session, cast.li_na, loan).start().answer(reason=HardshipReason.ILLNESS)
    for _ in range(2):
        li_na.submit("/record/data", {"topic": "delete_data", "body": "请删除。"})
    with writing() as session:
        assert len(session.scalars(select(DataRestriction)).all()) == 1
    assert reasons(writing) == [{"reason": "not_said"}]
    assert "您的数据已封存" in page_of(li_na, "/record/data")
    assert names(writing, cast.li_na).count("data:restricted") == 1


def test_a_request_without_topic_or_words_is_refused(li_na: CheckedClient) -> None:
    assert li_na.submit("/record/data", {"topic": "", "body": "请看。"}).status_code == 422
    assert li_na.submit("/record/data", {"topic": "copy_data", "body": " "}).status_code == 422


def test_a_stranger_sees_nothing_of_all_this(app: Flask, li_na: CheckedClient, cast: Cast) -> None:
    wish(li_na, 18, 20, ["sms"])
    li_na.post("/record/representative", data={**token(li_na), **LAWYER})
    li_na.submit("/record/data", {"topic": "delete_data", "body": "请删除。"})
    stranger = visit(app, borrower=cast.wang_qiang.id)
    assert '<option value="8" selected>' in page_of(stranger, "/record/contact")
    assert LAWYER["name"] not in page_of(stranger, "/record/representative")
    assert "已封存" not in page_of(stranger, "/record/data")
