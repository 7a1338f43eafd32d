"""Approving several together: only what one may approve alone inside the band, each by itself; what moved is left out and named."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event, select

from portal.domain.bulk import MOST
from portal.domain.policy import HardshipReason
from portal.models import Agreement, Decision, Event, Proposal, StaffRelation
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, WaitingCase, events_of, status_of
from tests.people import NOW, Cast, add_loan
from tests.stories import CATCH_UP, Story, borrower_actor

URL = "/desk/review/bulk"
EIGHTEEN = {**CATCH_UP, "installments": 18}
PAUSE = {"kind": "defer", "defer_periods": 3}


@pytest.fixture
def three(cast: Cast, waiting_case: WaitingCase) -> Sequence[Case]:
    """李娜's three cases of illness, inside the band."""
    return [waiting_case(cast.li_na, ref=f"L-10{place}") for place in range(3)]


@pytest.fixture
def zhou_min(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.zhou_min)


def chosen(cases: Sequence[Case]) -> str:
    return f"{URL}/preview?" + "&".join(f"case={case.public_id}" for case in cases)


def send(client: CheckedClient, cases: Sequence[Case], **changes: str) -> str:
    """Look, choose a reason, approve; the page that follows."""
    page = client.get(chosen(cases)).text
    _, fields = form_of(page)
    sent = {
        **{name: value for name, value in fields.items() if name != "case"},
        "case": [part.split('"', 1)[0] for part in page.split('name="case" value="')[1:]],
        "reason": "affordable",
        **changes,
    }
    answer = client.post(URL, data=sent)
    return client.get(answer.location).text if answer.status_code == 303 else answer.text


def test_three_are_approved_each_with_its_own_decision_and_event(
    cast: Cast, three: Sequence[Case], zhou_min: CheckedClient, writing: Writing
) -> None:
    listed = zhou_min.get(URL).text
    preview = zhou_min.get(chosen(three)).text
    for case in three:
        assert case.reference in listed
        assert case.reference in preview
    assert events_of(writing, "case:looked_at") == [{"reason": "bulk_page"}] * 3
    assert "已通过 3 件" in send(zhou_min, three)
    with writing() as session:
        assert set(session.scalars(select(Proposal.status))) == {"approved"}
        decided = session.execute(select(Decision.proposal_id, Decision.first_staff_id)).all()
        assert {tuple(row) for row in decided} == {(case.id, cast.zhou_min.id) for case in three}
        assert len(session.scalars(select(Agreement)).all()) == 3
        approved = session.scalars(select(Event.proposal_id).where(Event.name == "plan:approved")).all()
        assert len(approved) == len(set(approved)) == 3


def test_none_and_one_read_well(three: Sequence[Case], zhou_min: CheckedClient, writing: Writing) -> None:
    assert "没有选择任何案件" in zhou_min.get(chosen([])).text
    assert "已通过 1 件" in send(zhou_min, three[:1])
    assert [status_of(writing, case) for case in three] == ["approved", "in_review", "in_review"]


def test_a_reason_is_asked_for_and_what_was_chosen_stays(
    three: Sequence[Case], zhou_min: CheckedClient, writing: Writing
) -> None:
    page = send(zhou_min, three, reason="other")
    assert three[2].reference in page
    assert {status_of(writing, case) for case in three} == {"in_review"}


def test_what_moved_was_taken_or_was_decided_meanwhile_is_left_out_and_named(
    cast: Cast, three: Sequence[Case], zhou_min: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    page = zhou_min.get(chosen(three)).text
    wu_yan = staff_client(cast.wu_yan)
    wu_yan.submit(three[0].url, action=f"{three[0].url}/claim")
    with writing() as session:
        session.get_one(Proposal, three[1].id).row_version += 1
    _, fields = form_of(page)
    values = [part.split('"', 1)[0] for part in page.split('name="case" value="')[1:]]
    answer = zhou_min.post(
        URL, data={"csrf_token": fields["csrf_token"], "case": values, "reason": "affordable"}
    )
    said = zhou_min.get(answer.location).text
    assert f"未处理：{three[0].reference}" in said
    assert "工号 1003" in said
    assert f"未处理：{three[1].reference}" in said
    assert [status_of(writing, case) for case in three] == ["in_review", "in_review", "approved"]
    codes = {fields["code"] for fields in events_of(writing, "decision:refused")}
    assert codes == {"claimed_by_other", "proposal_moved"}
    again = zhou_min.post(
        URL, data={"csrf_token": fields["csrf_token"], "case": values, "reason": "affordable"}
    )
    assert "已有审批结果" in zhou_min.get(again.location).text, "sent twice"
    with writing() as session:
        assert len(session.scalars(select(Decision)).all()) == 1


def test_only_what_one_may_approve_alone_inside_the_band_is_offered(
    cast: Cast, waiting_case: WaitingCase, zhou_min: CheckedClient, writing: Writing
) -> None:
    wang, apart = cast.wang_qiang, []
    apart.append(waiting_case(wang, ref="L-1", choice=EIGHTEEN))
    apart.append(waiting_case(wang, ref="L-2", has_guarantor=True))
    apart.append(waiting_case(wang, ref="L-3", choice=PAUSE))
    written = waiting_case(wang, ref="L-4")
    own = waiting_case(cast.li_na, ref="L-5")
    with writing() as session:
        message = WrittenMessage(form_key="ab" * 16, body="请再等等。")
        about = session.get_one(Proposal, written.id)
        post_message(session, borrower_actor(wang), about=about, written=message, now=NOW)
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    listed, preview = zhou_min.get(URL).text, zhou_min.get(chosen([*apart, written, own])).text
    for case in (*apart, written, own):
        assert case.reference not in listed
        assert case.reference in preview.split("以下案件不能一起通过")[1]
    assert "<table" not in preview
    assert {fields["code"] for fields in events_of(writing, "decision:refused")} == {
        "bulk_needs_own_look", "bulk_message_waits", "related_case", "bulk_needs_second",
    }  # fmt: skip


def test_at_most_twenty_at_a_time_and_the_list_is_one_statement(
    cast: Cast, writing: Writing, zhou_min: CheckedClient, database: Database
) -> None:
    with writing() as session:
        for place in range(MOST + 2):
            story = Story(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{place}"))
            story.submit(reason=HardshipReason.ILLNESS)
    said: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda *args: said.append(args[2]) if "review_item" in args[2] else None,
    )
    page = zhou_min.get(f"{URL}?all=1").text
    assert page.count('type="checkbox"') == page.count(" checked>") == MOST
    assert len(said) == 1
