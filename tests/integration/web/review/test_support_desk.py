"""The pages around support calls: wrapping up, what is due, a field in full for half a minute, and the supervisors' watch."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import CallTask, SupportCall, SupportReading, SupportWrapUp
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of, post_to
from tests.people import Cast, add_loan, add_staff, change_policy
from tests.support_stories import OnTheLine

Line = Callable[[Callable[[OnTheLine], SupportCall]], str]


@pytest.fixture
def in_call(cast: Cast, writing: Writing) -> Line:
    """Something done on the line; the address of the call it left."""
    with writing() as session:
        add_loan(session, cast.li_na, ref="L-1001")

    def do(act: Callable[[OnTheLine], SupportCall]) -> str:
        with writing() as session:
            line = OnTheLine(
                session, session.merge(cast.chen_chen, load=True), session.merge(cast.li_na, load=True)
            )
            return act(line).public_id

    return do


@pytest.fixture
def agent(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.chen_chen)


@pytest.fixture
def supervisor(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.wu_yan)


def set_rules(writing: Writing, **rules: int) -> None:
    with writing() as session:
        change_policy(session, support={**DEFAULT_POLICY["support"], **rules})


def test_a_call_is_wrapped_up_on_its_page_with_all_that_was_typed_kept(
    agent: CheckedClient, in_call: Line, writing: Writing
) -> None:
    url = f"/desk/support/{in_call(lambda line: line.proven())}/wrap-up"
    assert agent.submit(url, {"note": "问了金额"}).status_code == 422
    typed = {"outcome": "promise", "amount": "一百", "due_on": "2026-11-05", "note": "下周发工资"}
    answer = agent.submit(url, typed)
    assert answer.status_code == 422
    assert "下周发工资" in answer.text
    assert "一百" in answer.text
    assert agent.submit(url, {**typed, "amount": "100"}).status_code == 303
    assert agent.get(url).status_code == 303
    with writing() as session:
        assert session.scalars(select(SupportWrapUp.outcome)).all() == ["promise"]
        assert session.scalars(select(CallTask.amount_minor)).all() == [10_000]


def test_a_call_that_is_not_wrapped_up_is_told_before_another_is_typed(
    agent: CheckedClient, in_call: Line
) -> None:
    call = f"/desk/support/{in_call(lambda line: line.proven())}"
    assert "上一通通话还没有小结" not in agent.get("/desk/support").text
    agent.submit(call, action=f"{call}/end")
    page = agent.get("/desk/support").text
    assert "上一通通话还没有小结" in page
    assert f'href="{call}/wrap-up"' in page
    assert agent.submit(f"{call}/wrap-up", {"outcome": "helped"}).status_code == 303
    assert "上一通通话还没有小结" not in agent.get("/desk/support").text


def test_what_does_not_belong_in_a_note_is_named_before_it_is_saved(
    agent: CheckedClient, in_call: Line, writing: Writing
) -> None:
    url = f"/desk/support/{in_call(lambda line: line.proven())}/wrap-up"
    note = {"outcome": "helped", "note": "手机 13800138000，在住院"}
    answer = agent.submit(url, note)
    assert answer.status_code == 422
    assert "电话号码（…8000）" in answer.text
    assert "健康相关用语（住院）" in answer.text
    assert agent.submit(url, {**note, "keeps_note": "y"}).status_code == 303


def test_a_colleagues_call_is_not_found(
    in_call: Line, cast: Cast, writing: Writing, staff_client: StaffClient
) -> None:
    call = in_call(lambda line: line.proven())
    with writing() as session:
        other = add_staff(session, "3001", "other.agent", "别的坐席", Role.AGENT)
    client = staff_client(other)
    assert client.get(f"/desk/support/{call}/wrap-up").status_code == 404
    assert [fields["act"] for fields in events_of(writing, "support:act_refused")] == ["wrap_up"]
    assert post_to(client, f"/desk/support/{call}/reveal", {"field": "mobile"}).status_code == 404
    assert events_of(writing, "support:revealed") == []
    answer = post_to(client, f"/desk/support/{call}/wrap-up", {"outcome": "helped"})
    assert answer.status_code == 404
    with writing() as session:
        assert session.scalars(select(SupportWrapUp)).all() == []
    assert {fields["act"] for fields in events_of(writing, "support:act_refused")} == {"reveal", "wrap_up"}


def test_a_field_shows_for_thirty_seconds_and_the_page_leaves_by_itself(
    agent: CheckedClient, in_call: Line, writing: Writing, clock: HandClock, cast: Cast
) -> None:
    call = in_call(lambda line: line.proven())
    url, whole = f"/desk/support/{call}/revealed", cast.li_na.mobile
    assert agent.get(url).status_code == 303
    post_to(agent, f"/desk/support/{call}/reveal", {"field": "mobile", "reason": ""})
    assert agent.get(url).status_code == 303
    answer = post_to(agent, f"/desk/support/{call}/reveal", {"field": "mobile", "reason": "call_back"})
    assert answer.location == url
    page = agent.get(url)
    assert whole in page.text
    assert cast.li_na.name not in page.text
    assert page.headers["Refresh"].startswith("30; url=/desk/")
    assert "no-store" in page.headers["Cache-Control"]
    clock.move_on(seconds=30)
    gone = agent.get(url)
    assert (gone.status_code, whole in gone.text) == (303, False)
    (event,) = events_of(writing, "support:revealed")
    assert (event["field"], event["reason"]) == ("mobile", "call_back")


def test_what_is_due_is_listed_masked_and_comes_up_again_where_nobody_was_reached(
    agent: CheckedClient,
    in_call: Line,
    writing: Writing,
    clock: HandClock,
    cast: Cast,
    staff_client: StaffClient,
) -> None:
    assert "没有到期的" in agent.get("/desk/support/due").text
    url = f"/desk/support/{in_call(lambda line: line.proven())}/wrap-up"
    typed = {"outcome": "call_back", "call_back_at": "2026-11-02", "call_back_time": "15:00"}
    assert agent.submit(url, typed).status_code == 303
    page = agent.get("/desk/support/due").text
    assert "L-1001" in page
    assert cast.li_na.name not in page
    clock.move_on(hours=5)
    agent = staff_client(cast.chen_chen)
    assert agent.submit("/desk/support/due", action="/desk/support/due/missed").status_code == 303
    assert len(events_of(writing, "support:call_back_missed")) == 1
    assert post_to(agent, "/desk/support/due/missed", {"task": "x"}).status_code == 303


def test_the_watch_shows_nothing_one_and_many(
    supervisor: CheckedClient, in_call: Line, writing: Writing, cast: Cast
) -> None:
    for page, empty in (
        ("unusual", "没有异常"),
        ("escalations", "没有等待主管的事项"),
        ("readings", "没有待复查的通话"),
    ):
        assert empty in supervisor.get(f"/desk/support/{page}").text
    set_rules(writing, borrowers_a_day=1, share_per_mille=1000)

    def escalated(line: OnTheLine) -> SupportCall:
        call = line.start()
        said = {"escalation": "settlement", "explanation": "想少还一部分结清"}
        line.wrap_up(call, SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **said)
        return call

    call = in_call(escalated)
    unusual = supervisor.get("/desk/support/unusual").text
    assert "今天有人达到借款人数上限" in unusual
    assert cast.chen_chen.number in unusual
    assert "想少还一部分结清" in supervisor.get("/desk/support/escalations").text
    assert call in supervisor.get("/desk/support/readings").text


def test_an_escalation_is_answered_in_words_that_may_be_said(
    supervisor: CheckedClient, in_call: Line, writing: Writing
) -> None:
    def escalated(line: OnTheLine) -> SupportCall:
        call = line.start()
        said = {"escalation": "at_risk", "explanation": "请马上回电"}
        line.wrap_up(call, SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **said)
        return call

    in_call(escalated)
    page = supervisor.get("/desk/support/escalations").text
    action = page.split('action="/desk/support/escalations/')[1].split('"')[0]
    url = f"/desk/support/escalations/{action}"
    for answer, status in (("", 422), ("再不还就上门", 422), ("已回电，约了明天面谈", 303)):
        sent = supervisor.submit("/desk/support/escalations", {f"{action}-answer": answer}, action=url)
        assert sent.status_code == status
    assert len(events_of(writing, "support:escalation_answered")) == 1


def test_a_drawn_call_is_read_on_a_page_that_leaves_a_look(
    supervisor: CheckedClient, in_call: Line, writing: Writing
) -> None:
    set_rules(writing, share_per_mille=1000)

    def done(line: OnTheLine) -> SupportCall:
        call = line.proven()
        line.wrap_up(call, note="说明了金额")
        return call

    url = f"/desk/support/readings/{in_call(done)}"
    page = supervisor.get(url).text
    assert "support:allowed" in page
    assert "说明了金额" in page
    assert len(events_of(writing, "support:reading_opened")) == 1
    assert supervisor.submit(url, {"verdict": "improve"}).status_code == 422
    assert supervisor.submit(url, {"verdict": "improve", "remark": "先问候"}).status_code == 303
    with writing() as session:
        assert session.scalars(select(SupportReading.verdict)).all() == ["improve"]


def test_nothing_of_the_support_desk_can_be_exported(
    app: Flask, agent: CheckedClient, supervisor: CheckedClient, in_call: Line, writing: Writing
) -> None:
    """No address of it answers with a file, whatever is asked for; none is named like one."""
    set_rules(writing, share_per_mille=1000)

    def done(line: OnTheLine) -> SupportCall:
        call = line.proven()
        line.wrap_up(call)
        return call

    call = in_call(done)
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.rule.startswith(("/desk/support", "/desk/guide"))
    ]
    assert len(rules) >= 14
    for rule in rules:
        assert not rule.rule.endswith((".csv", ".json", ".xlsx", ".pdf", ".zip", ".txt"))
        assert not {"export", "download"} & set(rule.endpoint.replace(".", "_").split("_"))
        if "GET" not in (rule.methods or ()):
            continue
        path = rule.rule.replace("<public_id>", call).replace("<code>", "any-upset")
        for client in (agent, supervisor):
            for question in ("", "?format=csv", "?export=1"):
                answer = client.get(path + question, headers={"Accept": "text/csv,application/json"})
                if answer.status_code == 200:
                    assert answer.mimetype == "text/html", path
                assert "attachment" not in answer.headers.get("Content-Disposition", "")
