"""The window of an agency's staff: their list, the page of a call, and nothing of a loan once it is not with their agency any more."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.call_outcomes import CallOutcome
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.permissions import SYSTEM
from portal.models import Agency, Borrower, Call, Creditor, Loan, StaffMember
from portal.queries.call_list import PAGE
from portal.services.holds import start_hold
from tests.callers import AT_TEN, Caller, fill_list, item_of
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import post_to, sign_in_data
from tests.integration.web.worlds import visit
from tests.people import TODAY, Cast, add_agency, add_loan
from tests.placements import place
from tests.plan_walks import shown_text

TICKS = {"statements": ["identity", "recording", "purpose"]}


@pytest.fixture
def url(cast: Cast, writing: Writing) -> str:
    """李娜's loan with 何静's agency: the page of its call."""
    with writing() as session:
        agency = add_agency(session)
        session.get_one(Creditor, cast.creditor.id).agency = agency.name
        session.get_one(StaffMember, cast.he_jing.id).agency_id = agency.id
        return f"/desk/calls/{place(session, cast.li_na).public_id}"


@pytest.fixture
def he_jing(app: Flask, cast: Cast, url: str) -> CheckedClient:
    return visit(app, staff=cast.he_jing.id)


def act(client: CheckedClient, url: str, name: str, **data: Any) -> Any:
    return post_to(client, f"{url}/{name}", data)


def recall(writing: Writing) -> None:
    with writing() as session:
        session.scalars(
            select(Loan).where(Loan.loan_ref == "L-9001")
        ).one().collection_stage = Stage.INTERNAL.value


def test_they_land_on_their_list_and_have_no_other_tabs(he_jing: CheckedClient, url: str) -> None:
    page = he_jing.get("/desk/calls")
    shown = shown_text(page)
    assert "L-9001" in shown
    assert "李*" in shown
    assert "李娜" not in page.text
    assert "13800138001" not in page.text
    tabs = {"/desk/calls", "/desk/guide", "/desk/me"}
    for path in (
        "/desk/queue",
        "/desk/search",
        "/desk/reference",
        "/desk/messages",
        "/desk/exceptions",
        "/desk/team",
    ):
        assert f'href="{path}"' not in page.text
        assert he_jing.get(path).status_code in {403, 404}
    assert all(f'href="{tab}"' in page.text for tab in tabs)


def test_after_signing_in_they_are_on_their_list(app: Flask, clock: HandClock, url: str) -> None:
    signed = visit(app).submit("/desk/sign-in", sign_in_data("he.jing", clock.now()))
    assert signed.location == "/desk/calls"


def test_an_empty_list_says_so(he_jing: CheckedClient, url: str, writing: Writing) -> None:
    recall(writing)
    shown = shown_text(he_jing.get("/desk/calls"))
    assert "没有需要拨打的人。" in shown
    assert "正信服务有限公司" in shown
    assert act(he_jing, "/desk/calls", "next").location == "/desk/calls"
    assert "L-9001" not in he_jing.get("/desk/calls").text


def test_the_list_says_until_when_the_contract_runs(
    he_jing: CheckedClient, url: str, writing: Writing
) -> None:
    assert "合同有效期至2027年6月30日" in shown_text(he_jing.get("/desk/calls"))
    with writing() as session:
        session.scalars(select(Agency)).one().contract_to = TODAY - timedelta(days=1)
    shown = shown_text(he_jing.get("/desk/calls"))
    assert "L-9001" not in shown
    assert "您所在的机构目前没有有效的合作合同" in shown


def test_a_long_list_has_pages_of_their_own_loans_alone(
    he_jing: CheckedClient, url: str, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        for number in range(PAGE):
            place(session, session.get_one(Borrower, cast.li_na.id), ref=f"A-{number:02}")
        add_loan(session, session.get_one(Borrower, cast.wang_qiang.id), ref="L-1")
        fill_list(session)
    first = he_jing.get("/desk/calls")
    assert f"待拨打：{PAGE + 1}" in shown_text(first)
    onward = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = he_jing.get(onward.replace("&amp;", "&"))
    shown = [f"A-{number:02}" for number in range(PAGE)] + ["L-9001"]
    found = [ref for ref in shown if ref in first.text] + [ref for ref in shown if ref in second.text]
    assert sorted(found) == sorted(shown)
    assert "L-1<" not in first.text + second.text


def test_a_call_from_the_list_to_its_outcome(he_jing: CheckedClient, url: str) -> None:
    assert act(he_jing, "/desk/calls", "next").location == url
    before = he_jing.get(url).text
    assert "tel:" not in before
    assert "/exception" not in before
    assert act(he_jing, url, "open").location == url
    opened = he_jing.get(url)
    assert 'href="tel:+8613800138001"' in opened.text
    assert "所属机构" in opened.text
    assert act(he_jing, url, "said", **TICKS).status_code == 303
    promise = {"outcome": "promise", "amount": "10", "due_on": "2026-11-05", "note": "下周发工资"}
    assert act(he_jing, url, "outcome", **promise).location == f"{url}/noted"
    noted = he_jing.get(f"{url}/noted")
    assert noted.status_code == 200
    assert "send-link" not in noted.text
    assert "tel:" not in he_jing.get(url).text
    assert act(he_jing, url, "outcome", **promise).location == f"{url}/noted"
    again = act(he_jing, url, "outcome", **{**promise, "note": "月底发工资"})
    assert (again.status_code, "下周发工资" in again.text, "月底发工资" in again.text) == (409, True, True)


def test_what_a_rule_refuses_they_read_and_ask_nobody_to_set_aside(
    app: Flask, clock: HandClock, cast: Cast, url: str, writing: Writing
) -> None:
    clock.move_on(hours=13)
    client = visit(app, staff=cast.he_jing.id)
    act(client, url, "take")
    shown = shown_text(client.get(url))
    assert "现在不行。" in shown
    assert "这条规则不能申请例外" not in shown
    assert act(client, url, "open").status_code == 409
    assert act(client, url, "exception", reason="at_risk", explanation="有风险").status_code == 403
    with writing() as session:
        assert session.scalars(select(Call)).all() == []


def test_the_pages_are_there_in_english_too(he_jing: CheckedClient, url: str) -> None:
    he_jing.submit("/desk/calls", {"language": "en"}, action="/desk/language")
    assert "Whom to call next" in he_jing.get("/desk/calls").text
    act(he_jing, url, "take")
    assert "Call about loan L-9001" in he_jing.get(url).text


def test_somebody_elses_and_nobodys_loan_are_the_same_page(
    he_jing: CheckedClient, url: str, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        ours = add_loan(session, cast.wang_qiang, ref="L-1")
        fill_list(session)
        foreign = f"/desk/calls/{item_of(session, ours).public_id}"
    for name in ("take", "open", "said", "heartbeat", "outcome", "next-day", "pause", "skip"):
        answers = [act(he_jing, each, name) for each in (foreign, f"/desk/calls/{'0' * 32}")]
        assert [each.status_code for each in answers] == [404, 404], name
    for tail in ("", "/noted"):
        assert he_jing.get(f"{foreign}{tail}").status_code == 404


@pytest.mark.parametrize("how", ["recalled", "held"])
def test_a_loan_that_has_left_is_not_found(
    he_jing: CheckedClient, url: str, writing: Writing, how: str
) -> None:
    act(he_jing, url, "take")
    if how == "recalled":
        recall(writing)
    else:
        with writing() as session:
            loan_id = session.scalars(select(Loan.id).where(Loan.loan_ref == "L-9001")).one()
            start_hold(session, SYSTEM, loan_id=loan_id, kind=HoldKind.DISPUTE, reason="test", now=AT_TEN)
    assert he_jing.get(url).status_code == 404
    assert act(he_jing, url, "open").status_code == 404
    assert "L-9001" not in he_jing.get("/desk/calls").text


def test_of_a_call_that_was_on_only_the_outcome_is_asked(
    he_jing: CheckedClient, url: str, writing: Writing, cast: Cast
) -> None:
    act(he_jing, url, "take")
    act(he_jing, url, "open")
    recall(writing)
    page = he_jing.get(url)
    assert page.status_code == 200
    for kept in (
        "13800138001",
        "李娜",
        "tel:",
        "消费金融",
        'value="promise"',
        'value="call_back"',
        "call_back_at",
    ):
        assert kept not in page.text
    assert act(he_jing, url, "said", **TICKS).status_code == 409
    assert act(he_jing, url, "heartbeat").status_code == 409
    with writing() as session:
        assert session.scalars(select(Call.identity_said_at)).all() == [None]
    assert (
        act(
            he_jing, url, "outcome", outcome="call_back", call_back_at="2026-11-03", call_back_time="10:00"
        ).status_code
        == 422
    )
    assert act(he_jing, url, "outcome", outcome="refused_to_talk", note="不方便").location == f"{url}/noted"
    noted = he_jing.get(f"{url}/noted")
    assert noted.status_code == 200
    assert "next-day" not in noted.text
    assert act(he_jing, url, "next-day", days="3").status_code == 409


def test_what_was_taken_again_a_moment_after_a_call_is_not_found_once_it_has_left(
    he_jing: CheckedClient, url: str, writing: Writing
) -> None:
    act(he_jing, url, "take")
    act(he_jing, url, "open")
    act(he_jing, url, "outcome", outcome="busy")
    act(he_jing, url, "take")
    assert he_jing.get(url).status_code == 200
    recall(writing)
    assert he_jing.get(url).status_code == 404
    assert act(he_jing, url, "open").status_code == 404
    assert he_jing.get(f"{url}/noted").status_code == 200


def test_the_agency_reads_its_own_notes_and_not_the_teams(
    he_jing: CheckedClient, url: str, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == "L-9001")).one()
        loan.collection_stage = Stage.INTERNAL.value
        fill_list(session)
        Caller(session, session.get_one(StaffMember, cast.lin_yue.id)).call(
            loan, CallOutcome.REACHED, note="内部备注"
        )
        loan.collection_stage = Stage.AGENCY.value
        fill_list(session)
    act(he_jing, url, "take")
    page = he_jing.get(url)
    assert page.status_code == 200
    assert "内部备注" not in page.text


def test_the_borrower_reads_which_agency_called(
    he_jing: CheckedClient, url: str, app: Flask, cast: Cast, writing: Writing
) -> None:
    act(he_jing, url, "take")
    act(he_jing, url, "open")
    record = shown_text(visit(app, borrower=cast.li_na.id).get("/record"))
    assert "正信服务有限公司，工号 1006：" in record
