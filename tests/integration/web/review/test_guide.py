"""The guide's pages: read by agents, written on by supervisors; what may not be said is refused with the phrase and the rule."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from portal.models import GuideVersion, StaffMember
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import StaffClient, events_of, post_to
from tests.people import Cast

UPSET = "/desk/guide/any-upset"
GOOD = {
    "says_zh_cn": "您慢慢说，我在听。",
    "avoids_zh_cn": "不打断。",
    "says_en": "Take your time; I am listening.",
    "avoids_en": "Do not interrupt.",
}


def versions(writing: Writing) -> list[tuple[str, str, int]]:
    with writing() as session:
        rows = session.scalars(select(GuideVersion).order_by(GuideVersion.id))
        return [(row.stage, row.situation, row.number) for row in rows]


@pytest.fixture
def supervisor(cast: Cast, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.wu_yan)


@pytest.mark.parametrize("who", ["chen_chen", "wu_yan", "zheng_hao", "lin_yue"])
def test_whoever_speaks_with_borrowers_or_looks_after_it_reads_the_guide(
    cast: Cast, staff_client: StaffClient, who: str
) -> None:
    member: StaffMember = getattr(cast, who)
    client = staff_client(member)
    assert "情绪激动" in client.get("/desk/guide").text
    page = client.get(UPSET).text
    assert "您慢慢说" in page
    assert ("写下一版" in page) == (who == "wu_yan")


def test_an_approver_has_no_part_in_it_and_an_agent_does_not_write(
    cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    assert staff_client(cast.zhou_min).get("/desk/guide").status_code == 403
    agent = staff_client(cast.chen_chen)
    assert post_to(agent, UPSET, {**GOOD, "after": "0"}).status_code == 403
    assert versions(writing) == []


def test_a_new_version_follows_and_earlier_ones_stay(
    cast: Cast, supervisor: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    assert supervisor.submit(UPSET, GOOD).status_code == 303
    assert supervisor.submit(UPSET, {**GOOD, "says_zh_cn": "不着急，您说。"}).status_code == 303
    assert versions(writing) == [("any", "upset", 1), ("any", "upset", 2)]
    page = staff_client(cast.chen_chen).get(UPSET).text
    assert page.index("不着急，您说。") < page.index("您慢慢说，我在听。") < page.index("我听到您现在很着急")
    assert cast.wu_yan.number in page
    written = events_of(writing, "guide:written")
    assert [(event["situation"], event["number"]) for event in written] == [("upset", 1), ("upset", 2)]
    assert written[0]["words_hash"] != written[1]["words_hash"]


@pytest.mark.parametrize("field", ["says_zh_cn", "avoids_zh_cn", "says_en", "avoids_en"])
@pytest.mark.parametrize(("words", "phrase"), [("再不付就上门", "上门"), ("We go to Court", "court")])
def test_a_forbidden_phrase_is_refused_in_every_field_and_nothing_typed_is_lost(
    supervisor: CheckedClient, writing: Writing, field: str, words: str, phrase: str
) -> None:
    answer = supervisor.submit(UPSET, {**GOOD, field: words})
    assert answer.status_code == 422
    assert f"“{phrase}”不能对借款人说（规则 C13）" in answer.text
    for kept in {**GOOD, field: words}.values():
        assert kept in answer.text
    assert versions(writing) == []


def test_what_somebody_wrote_meanwhile_is_not_overwritten_unread(
    cast: Cast, supervisor: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    other = staff_client(cast.wu_yan)
    late = {**GOOD, "says_en": "Written in the meantime."}
    assert supervisor.submit(UPSET, GOOD).status_code == 303
    answer = other.submit(UPSET, {**late, "after": "0"})
    assert answer.status_code == 409
    assert "Written in the meantime." in answer.text
    assert other.submit(UPSET, {**late, "after": "1"}).status_code == 303
    assert len(versions(writing)) == 2


def test_a_stage_may_get_a_text_of_its_own_and_unknown_ones_are_not_found(
    supervisor: CheckedClient, writing: Writing
) -> None:
    assert "没有单独的文字" in supervisor.get("/desk/guide/internal-upset").text
    steps = {**GOOD, "steps": "call_back"}
    assert supervisor.submit("/desk/guide/internal-upset", GOOD).status_code == 422
    assert supervisor.submit("/desk/guide/internal-upset", steps).status_code == 303
    assert versions(writing) == [("internal", "upset", 1)]
    assert supervisor.get("/desk/guide/internal-nothing").status_code == 404
    assert supervisor.get("/desk/guide/nowhere-upset").status_code == 404


@pytest.mark.parametrize("change", [update(GuideVersion).values(number=9), delete(GuideVersion)])
def test_no_version_is_ever_changed_in_the_database_either(
    supervisor: CheckedClient, writing: Writing, change: object
) -> None:
    supervisor.submit(UPSET, GOOD)
    with pytest.raises(DBAPIError), writing() as session:
        session.execute(change)  # type: ignore[call-overload]
    assert versions(writing) == [("any", "upset", 1)]
