"""The policy's pages: a draft through replay and proposal to approval by another person, with every refusal in words."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from portal.commands.policy_replays import Replay
from portal.domain.permissions import SYSTEM, Role
from portal.domain.policy import Policy
from portal.models import Borrower, OutboxItem, PolicyReplay, PolicyTrial, PolicyVersion, StaffMember
from portal.queries.policies import policy_named
from portal.services.policy_replays import begin_replay, keep_replay
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of, post_to
from tests.people import NOW, Cast, add_loan, add_staff
from tests.policies import Change
from tests.stories import Story

AMOUNT = "bands-catch_up-max_amount_minor"


@pytest.fixture
def other(writing: Writing) -> StaffMember:
    with writing() as session:
        return add_staff(session, "1009", "xu.jie", "徐洁", Role.SUPERVISOR)


@pytest.fixture
def drafting(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.wu_yan)


@pytest.fixture
def deciding(other: StaffMember, staff_client: StaffClient) -> CheckedClient:
    return staff_client(other)


def begin(client: CheckedClient) -> str:
    """The address of a new draft."""
    answer = post_to(client, "/desk/policy", {})
    assert answer.status_code == 303
    return str(answer.location.rpartition("/")[0])


def write(client: CheckedClient, url: str, **typed: str) -> int:
    return client.submit(f"{url}/write", {"why": "少一些人等待", **typed}).status_code


def change_of(writing: Writing, drafter: StaffMember, **limits: int) -> Change:
    with writing() as session:
        return Change(session, session.get_one(StaffMember, drafter.id), **limits).write().replay().propose()


def row_version(writing: Writing, version: str) -> str:
    with writing() as session:
        found = session.scalars(select(PolicyVersion).where(PolicyVersion.version == version)).one()
        return str(found.row_version)


def state_of(writing: Writing, version: str) -> str:
    with writing() as session:
        return session.scalars(select(PolicyVersion.state).where(PolicyVersion.version == version)).one()


def test_a_limit_is_written_with_its_difference_in_words(drafting: CheckedClient, writing: Writing) -> None:
    url = begin(drafting)
    assert write(drafting, url, **{AMOUNT: "20000"}) == 303
    assert "逾期部分分期还：当场批准的最高金额从 30,000.00 元 改为 20,000.00 元" in drafting.get(url).text
    with writing() as session:
        draft = session.scalars(select(PolicyVersion).where(PolicyVersion.state == "draft")).one()
        assert draft.body["bands"]["catch_up"]["max_amount_minor"] == 2_000_000


def test_a_second_click_makes_no_second_draft(drafting: CheckedClient, writing: Writing) -> None:
    first = begin(drafting)
    assert begin(drafting) == first
    assert write(drafting, first, **{AMOUNT: "20000"}) == 303
    assert begin(drafting) != first


def test_a_draft_changed_in_another_window_keeps_what_is_typed_and_can_be_saved_over(
    drafting: CheckedClient, writing: Writing
) -> None:
    url = begin(drafting)
    _, fields = form_of(drafting.get(f"{url}/write").text, f"{url}/write")
    assert write(drafting, url, **{AMOUNT: "20000"}) == 303
    late = drafting.post(f"{url}/write", data={**fields, "why": "少一些人等待", AMOUNT: "15000"})
    assert late.status_code == 409
    assert "另一个窗口" in late.text
    _, shown = form_of(late.text, f"{url}/write")
    assert shown[AMOUNT] == "15000"
    assert drafting.post(f"{url}/write", data=shown).status_code == 303
    with writing() as session:
        draft = session.scalars(select(PolicyVersion).where(PolicyVersion.state == "draft")).one()
        assert draft.body["bands"]["catch_up"]["max_amount_minor"] == 1_500_000


def test_what_cannot_stand_is_said_at_each_field_and_nothing_typed_is_lost(
    drafting: CheckedClient, writing: Writing
) -> None:
    url = begin(drafting)
    typed = {
        AMOUNT: "zwanzig",
        "max_terms-reschedule": "61",
        "reading_seconds": "3",
        "budget-living_floor_minor": "3000, 2000",
        "product_caps-bank": "99",
        "effective_on": "",
    }
    answer = drafting.submit(f"{url}/write", typed)
    assert answer.status_code == 422
    fields = form_of(answer.text, f"{url}/write")[1]
    assert {name: fields[name] for name in typed} == typed
    for words in ("范围为 1 到 60", "范围为 15 到 300", "人多的家庭所需不能少于人少的家庭", "范围为 1 到 36"):
        assert words in answer.text
    assert events_of(writing, "policy:written") == []


def test_a_draft_is_replayed_by_the_worker_and_its_result_stands_on_the_page(
    drafting: CheckedClient, writing: Writing
) -> None:
    url = begin(drafting)
    write(drafting, url, **{AMOUNT: "20000"})
    answer = drafting.submit(url, {"offers": "10", "loans": "5"}, action=f"{url}/replay")
    assert answer.status_code == 303
    with writing() as session:
        item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy:replay")).one()
        replay = session.scalars(select(PolicyReplay)).one()
        assert (item.payload, replay.state) == ({"replay_id": replay.id}, "waiting")
    assert "正在进行" in drafting.get(url).text
    again = drafting.submit(url, {"offers": "10", "loans": "5"}, action=f"{url}/replay")
    assert again.status_code == 409
    wrong = drafting.submit(url, {"offers": "many", "loans": "5"}, action=f"{url}/replay")
    assert (wrong.status_code, "请填整数" in wrong.text) == (422, True)


def test_the_result_stands_on_the_page_in_tables_and_pictures(
    cast: Cast, drafting: CheckedClient, writing: Writing, database: Database, clock: HandClock
) -> None:
    with writing() as session:
        li_na = session.get_one(Borrower, cast.li_na.id)
        Story(session, li_na, add_loan(session, li_na, ref="L-1")).submit()
        add_loan(session, li_na, ref="L-2")
    url = begin(drafting)
    write(drafting, url, **{AMOUNT: "1000"})
    with writing() as session:
        draft = session.scalars(select(PolicyVersion).where(PolicyVersion.state == "draft")).one()
        replay = begin_replay(session, SYSTEM, policy=draft, offers=10, loans=10, now=NOW)
        drafted, against = Policy.from_data(draft.version, draft.body), policy_named(session, "2026-01")
    result = Replay(database.engine, clock, drafted, against, 10, 10).run(lambda _count: None)
    with writing() as session:
        keep_replay(session, SYSTEM, replay_id=replay.id, result=result, now=NOW)
    page = drafting.get(url).text
    assert "共 1 件，读取 1 件，回测 1 件" in page
    assert page.count("<figure") == 2 * 5
    assert result["offers"]["outcomes"]["after"]["person"] == 1


def test_nobody_proposes_what_was_not_replayed(drafting: CheckedClient, writing: Writing) -> None:
    url = begin(drafting)
    write(drafting, url, **{AMOUNT: "20000"})
    version = url.rpartition("/")[2]
    answer = post_to(drafting, f"{url}/act", {"act": "propose", "seen": row_version(writing, version)})
    assert (answer.status_code, "请先按现有内容回测" in answer.text) == (409, True)
    assert [each["code"] for each in events_of(writing, "policy:act_refused")] == ["policy_not_replayed"]


def test_somebody_else_approves_and_the_drafter_cannot(
    cast: Cast, drafting: CheckedClient, deciding: CheckedClient, writing: Writing
) -> None:
    version = change_of(writing, cast.wu_yan, draft_days=9).row.version
    url = f"/desk/policy/{version}"
    sent = {"act": "approve", "seen": row_version(writing, version)}
    assert "批准" not in drafting.get(url).text.partition("办理过程")[2]
    own = post_to(drafting, f"{url}/decide", sent)
    assert (own.status_code, "须由另一人决定" in own.text) == (403, True)
    assert state_of(writing, version) == "proposed"
    assert post_to(deciding, f"{url}/decide", sent).status_code == 303
    assert state_of(writing, version) == "approved"
    assert "现行" in deciding.get(url).text
    late = post_to(deciding, f"{url}/decide", sent)
    assert (late.status_code, "已不能这样做" in late.text) == (409, True)


def test_a_refusal_needs_its_reason(
    cast: Cast, drafting: CheckedClient, deciding: CheckedClient, writing: Writing
) -> None:
    version = change_of(writing, cast.wu_yan, draft_days=9).row.version
    url, seen = f"/desk/policy/{version}", row_version(writing, version)
    sent: Mapping[str, str] = {"act": "refuse", "seen": seen, "note": ""}
    assert post_to(deciding, f"{url}/decide", sent).status_code == 422
    assert post_to(deciding, f"{url}/decide", {**sent, "note": "时间太短"}).status_code == 303
    assert "时间太短" in drafting.get(url).text


def test_a_trial_is_compared_and_ends_by_two(
    cast: Cast, other: StaffMember, drafting: CheckedClient, deciding: CheckedClient, writing: Writing
) -> None:
    with writing() as session:
        change = Change(session, session.get_one(StaffMember, cast.wu_yan.id), draft_days=9)
        change.write(share_pct=20).replay().propose().approve(session.get_one(StaffMember, other.id))
        url = f"/desk/policy/{change.row.version}"
    page = deciding.get(url).text
    assert "试用两组对照" in page
    assert page.count("数量太少") == 3, "nothing is signed yet: nothing is said of a difference"
    assert post_to(deciding, f"{url}/trial/end", {"end": "all", "why": ""}).status_code == 422
    assert post_to(deciding, f"{url}/trial/end", {"end": "all", "why": "效果好"}).status_code == 303
    assert post_to(deciding, f"{url}/trial/answer", {"end": "all", "answer": "yes"}).status_code == 403
    assert post_to(drafting, f"{url}/trial/answer", {"end": "all", "answer": "yes"}).status_code == 303
    with writing() as session:
        assert session.scalars(select(PolicyTrial.state)).one() == "all"
    assert "全面施行" in drafting.get(url).text


def test_an_auditor_reads_and_an_approver_has_no_part_in_it(
    cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    version = change_of(writing, cast.wu_yan, draft_days=9).row.version
    auditor = staff_client(cast.zheng_hao)
    for path in ("/desk/policy", f"/desk/policy/{version}", f"/desk/policy/2026-01/to/{version}"):
        assert auditor.get(path).status_code == 200
        assert staff_client(cast.zhou_min).get(path).status_code == 403
    assert post_to(auditor, "/desk/policy", {}).status_code == 403
