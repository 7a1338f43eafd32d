"""My record: every event about a borrower, one by one, and nobody else's."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.domain.holds import HoldKind
from portal.domain.own_record import NOT_SHOWN, RecordKind
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.reasons import RevealReason
from portal.models import Borrower, Contact, Event
from portal.queries.own_record import RecordLine
from portal.services.cases import CaseForm, open_case
from portal.services.claims import claim_case
from portal.services.holds import end_hold
from portal.services.looks import look_at_case, reveal_mobile
from portal.services.record import record
from portal.web.borrower.record.words import text_of_line, who_of_line
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import ZONE, Story, borrower_actor


def live_a_story(session: Session, cast: Cast) -> None:
    """李娜 signs in, gets a code, signs a plan that 周敏 looks at and takes on, complains; 王强 lives through the same."""
    for borrower, ref in ((cast.li_na, "L-1001"), (cast.wang_qiang, "L-2001")):
        actor, loan = borrower_actor(borrower), add_loan(session, borrower, ref=ref, has_guarantor=True)
        record(
            session, actor, "session:started", now=NOW, borrower_id=borrower.id, audience="borrower", device_known=False
        )  # fmt: skip
        _contact(session, borrower)
        story = Story(session, borrower, loan)
        story.submit()
        approver = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
        look_at_case(session, approver, proposal=story.proposal, reason="case_page", now=NOW)
        reveal_mobile(session, approver, proposal=story.proposal, reason=RevealReason.CALL_BACK, now=NOW)
        claim_case(session, approver, proposal=story.proposal, now=NOW)
        form = CaseForm(form_key="", kind=CaseKind.COMPLAINT, topic="service", body="请改进。")
        open_case(session, actor, form=form, today=TODAY, zone=ZONE, now=NOW)
        end_hold(session, SYSTEM, loan_id=loan.id, kind=HoldKind.COMPLAINT, reason="answered", now=NOW)
        record(
            session,
            SYSTEM,
            "agreement:downloaded",
            now=NOW,
            borrower_id=borrower.id,
            agreement_id=0,
            document_hash="a" * 64,
        )


def _contact(session: Session, borrower: Borrower) -> None:
    contact = Contact(
        borrower_id=borrower.id,
        purpose="code_sign_in",
        channel="sms",
        number_hash="h",
        number_last4=borrower.mobile[-4:],
        template_version="sign_in@1",
        rule_decision="let through",
        result="sent",
        text=f"给尾号 {borrower.mobile[-4:]} 的短信",
        actor_kind="system",
        at=NOW,
    )
    session.add(contact)
    session.flush()
    record(
        session, SYSTEM, "contact:made", now=NOW, borrower_id=borrower.id, contact_id=contact.id, channel="sms",
        purpose="code_sign_in", result="sent",
    )  # fmt: skip


@pytest.fixture
def lived(cast: Cast, writing: Writing) -> Cast:
    with writing() as session:
        live_a_story(session, cast)
    return cast


@pytest.fixture
def li_na(app: Flask, lived: Cast) -> CheckedClient:
    return visit(app, borrower=lived.li_na.id)


def recorded(writing: Writing, borrower: Borrower) -> list[tuple[str, str]]:
    """What the database holds about somebody, the newest first, but for what is left out on purpose."""
    with writing() as session:
        events = session.scalars(
            select(Event).where(Event.borrower_id == borrower.id).order_by(Event.id.desc())
        ).all()
        return [(event.name, event.at.isoformat()) for event in events if event.name not in NOT_SHOWN]


def whole(client: CheckedClient) -> dict[str, Any]:
    answer = client.get("/record/record.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.json"'
    found: dict[str, Any] = json.loads(answer.get_data(as_text=True))
    return found


def lines(client: CheckedClient, address: str = "/record") -> list[str]:
    """The instants and words of every line, page by page."""
    found: list[str] = []
    following: str | None = address
    while following:
        page = client.get(following).get_data(as_text=True)
        found += re.findall(r'<li>\s*<time datetime="[^"]+">[^<]+</time>\s*([^<]+?)\s*<', page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        following = html.unescape(link[1]) if link else None
    return found


def test_each_event_of_the_story_stands_in_the_record_one_by_one(
    li_na: CheckedClient, lived: Cast, writing: Writing
) -> None:
    wanted = recorded(writing, lived.li_na)
    assert len(wanted) > 15
    assert [(line["event"], line["at"]) for line in whole(li_na)["record"]] == wanted


def test_the_page_tells_the_same_lines_as_the_file(li_na: CheckedClient, lived: Cast) -> None:
    told = lines(li_na)
    assert told == [line["text"] for line in whole(li_na)["record"]]
    assert "短信：您获取的登录验证码，已发出" in told
    assert "查看了您的资料：方案申请页面" in told
    assert "查看了您的完整手机号码：给您回电" in told
    assert "您签署并提交了方案" in told
    assert not any("%" in text or "记录：" in text for text in told)


def test_the_kinds_are_the_whole_and_nothing_twice(li_na: CheckedClient) -> None:
    of_kinds = [text for kind in RecordKind for text in lines(li_na, f"/record?kind={kind}")]
    assert sorted(of_kinds) == sorted(lines(li_na))
    assert lines(li_na, "/record?kind=look") == [
        "领取了您的申请，准备审批",
        "查看了您的完整手机号码：给您回电",
        "查看了您的资料：方案申请页面",
    ]


def test_what_the_rules_answered_is_not_told_as_the_borrowers_own_act(li_na: CheckedClient) -> None:
    by = {line["event"]: line["by"] for line in whole(li_na)["record"]}
    assert (by["plan:submitted"], by["plan:referred"]) == ("您本人", "系统")
    for name in ("hold:started", "plan:text_shown"):
        assert by[name] == "系统", name


@pytest.mark.parametrize("name", ["plan:started", "plan:answered"])
def test_what_staff_typed_in_a_call_is_not_told_as_the_borrowers_own_act(app: Flask, name: str) -> None:
    own = RecordLine(id=1, at=NOW, name=name, kind=next(iter(RecordKind)), actor_kind="borrower", fields={})
    with app.test_request_context(), force_locale("en"):
        assert text_of_line(own).startswith("You ")
        staffs = replace(own, actor_kind="staff", staff_number="1001", staff_roles=("agent",))
        assert "together with you" in text_of_line(staffs)
        assert who_of_line(staffs).startswith("Staff member 1001")


def test_staff_are_numbers_and_roles_and_never_names(li_na: CheckedClient, lived: Cast) -> None:
    for answer in (
        li_na.get("/record?kind=look"),
        li_na.get("/record/record.txt"),
        li_na.get("/record/record.json"),
    ):
        text = answer.get_data(as_text=True)
        assert "工号 1002：审批员" in text
        assert lived.zhou_min.name not in text


def test_nothing_of_another_borrower_ever_appears(li_na: CheckedClient, lived: Cast) -> None:
    pages = [
        li_na.get(address)
        for address in (
            "/record",
            "/record/messages",
            "/record/sessions",
            "/record/data",
            "/record/record.txt",
            "/record/record.json",
        )
    ]
    for page in pages:
        text = page.get_data(as_text=True)
        assert "L-2001" not in text
        assert "王强" not in text
        assert "尾号 8002" not in text
        assert lived.wang_qiang.mobile not in text


def test_somebody_new_has_an_empty_record_that_reads_calmly(app: Flask, cast: Cast) -> None:
    client = visit(app, borrower=cast.wang_qiang.id)
    assert "还没有任何记录" in client.get("/record").get_data(as_text=True)
    assert "没有这一类记录" in client.get("/record?kind=look").get_data(as_text=True)
    assert "我的记录" in client.get("/record/record.txt").get_data(as_text=True)


def test_taking_the_record_along_is_itself_on_record(
    li_na: CheckedClient, writing: Writing, lived: Cast
) -> None:
    assert li_na.get("/record/record.txt").mimetype == "text/plain"
    whole(li_na)
    assert recorded(writing, lived.li_na)[:2] == [("record:exported", NOW.isoformat())] * 2
    assert lines(li_na, "/record?kind=download")[:2] == ["您下载了自己的记录"] * 2


def test_the_data_file_holds_what_is_kept(li_na: CheckedClient, lived: Cast) -> None:
    found = whole(li_na)
    assert found["person"]["mobile"] == lived.li_na.mobile
    assert [loan["loan_ref"] for loan in found["loans"]] == ["L-1001"]
    assert found["proposals"][0]["answers"]["choice"]["installments"] == 6
    assert found["cases"][0]["body"] == "请改进。"
    assert found["contacts"][0]["text"] == "给尾号 8001 的短信"
    assert {consent["kind"] for consent in found["consents"]} == {"privacy_notice", "hardship_reason"}


def test_very_many_lines_come_a_page_at_a_time(app: Flask, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        for number in range(1100):
            record(
                session,
                SYSTEM,
                "loan:changed",
                now=NOW,
                borrower_id=cast.li_na.id,
                facts_version=number,
                as_of="2026-11-01",
            )
    client = visit(app, borrower=cast.li_na.id)
    assert client.get("/record").get_data(as_text=True).count("贷款机构更新了借款数据") == 25
    versions = [line["fields"]["facts_version"] for line in whole(client)["record"]]
    assert versions == list(range(1099, -1, -1))


def test_an_event_without_words_is_told_by_its_name(app: Flask, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        session.add(
            Event(name="future:happened", at=NOW, actor_kind="system", borrower_id=cast.li_na.id, fields={})
        )
    assert lines(visit(app, borrower=cast.li_na.id), "/record?kind=request") == ["记录：future:happened"]


def test_the_record_is_a_tap_from_every_page_and_complete_in_english(li_na: CheckedClient) -> None:
    assert 'href="/record"' in li_na.get("/cases").get_data(as_text=True)
    li_na.set_cookie("language", "en")
    assert "Looked at your case: the page of your proposal" in lines(li_na)
    assert li_na.get("/record?kind=nonsense&before=x").status_code == 200
