from datetime import timedelta

import pytest

from portal.models import Proposal, ReviewItem
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to
from tests.people import TODAY, Cast

TWO_DAYS = {"first_on": TODAY.isoformat(), "last_on": (TODAY + timedelta(days=1)).isoformat()}


def held_by(writing: Writing, case: Case) -> int | None:
    with writing() as session:
        return session.get_one(ReviewItem, case.id).claimed_by


def test_who_goes_away_gives_back_what_they_hold_and_gets_no_next_case(
    cast: Cast, case: Case, holder: CheckedClient, writing: Writing, clock: HandClock
) -> None:
    assert holder.submit("/desk/me/away", TWO_DAYS).status_code == 303
    assert held_by(writing, case) is None
    assert events_of(writing, "case:released") == [{"reason": "away"}]
    assert holder.submit("/desk", action="/desk/next").location == "/desk/me/away"
    assert "您已设为外出" in holder.get("/desk/me/away").text
    assert held_by(writing, case) is None
    for _ in range(2):
        assert post_to(holder, "/desk/me/back").status_code == 303
    assert len(events_of(writing, "staff:back")) == 1
    assert holder.submit("/desk", action="/desk/next").location == case.url


def test_an_absence_ends_by_itself_and_one_to_come_changes_nothing_yet(
    cast: Cast,
    case: Case,
    holder: CheckedClient,
    staff_client: StaffClient,
    writing: Writing,
    clock: HandClock,
) -> None:
    tomorrow = {name: (TODAY + timedelta(days=1)).isoformat() for name in ("first_on", "last_on")}
    assert holder.submit("/desk/me/away", tomorrow).status_code == 303
    assert held_by(writing, case) == cast.zhou_min.id
    clock.move_on(days=1)
    assert staff_client(cast.zhou_min).submit("/desk", action="/desk/next").location == "/desk/me/away"
    clock.move_on(days=1)
    assert staff_client(cast.zhou_min).submit("/desk", action="/desk/next").location == case.url


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "x", "请填写日期"),
        ("2026-11-05", "2026-11-04", "早于第一天"),
        ("2026-10-01", "2026-11-01", "已经过去"),
        ("2026-11-02", "2099-01-01", "最多一年"),
    ],
)
def test_days_that_make_no_sense_are_said_on_the_field(
    cast: Cast, staff_client: StaffClient, first: str, last: str, said: str
) -> None:
    answer = staff_client(cast.zhou_min).submit("/desk/me/away", {"first_on": first, "last_on": last})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_supervisor_marks_somebody_away_and_hands_the_case_on(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    boss = staff_client(cast.wu_yan)
    hand_on = {"case": case.public_id, "to": "1003", "reason": "holder_away"}
    assert boss.submit("/desk/team", hand_on, action="/desk/team/hand-on").status_code == 303
    assert held_by(writing, case) == cast.wu_yan.id
    event = events_of(writing, "case:handed_on")[0]
    assert (event["from_staff_id"], event["to_staff_id"]) == (cast.zhou_min.id, cast.wu_yan.id)
    days = {f"1002-{name}": day for name, day in TWO_DAYS.items()}
    assert post_to(boss, "/desk/team/away", {"member": "1002", **days}).status_code == 303
    post_to(boss, "/desk/team/hand-on", {**hand_on, "to": "1002"})
    assert "这位同事外出中" in boss.get("/desk/team").text
    assert held_by(writing, case) == cast.wu_yan.id


def test_a_case_is_handed_to_nobody_who_may_not_decide_it(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.get_one(Proposal, case.id).drafted_by_staff_id = cast.wu_yan.id
    boss = staff_client(cast.wu_yan)
    for number in ("1003", "1004", "9999"):
        post_to(boss, "/desk/team/hand-on", {"case": case.public_id, "to": number, "reason": "other"})
    assert held_by(writing, case) == cast.zhou_min.id
    assert events_of(writing, "case:claim_refused") == [{"code": "drafted_by_oneself"}]


def test_a_supervisor_frees_all_that_somebody_holds_with_a_reason(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, writing: Writing
) -> None:
    boss = staff_client(cast.wu_yan)
    assert post_to(boss, "/desk/team/free", {"member": "1002", "reason": "x"}).status_code == 303
    assert held_by(writing, case) == cast.zhou_min.id
    post_to(boss, "/desk/team/free", {"member": "1002", "reason": "holder_away"})
    assert held_by(writing, case) is None
    assert events_of(writing, "case:released") == [{"reason": "holder_away"}]
    assert staff_client(cast.zhou_min).get("/desk/team").status_code == 403


def test_a_supervisor_sees_what_is_about_to_pass_and_gives_it_to_somebody(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing, clock: HandClock
) -> None:
    clock.move_on(days=2)
    assert "两小时内没有到期的答复" in staff_client(cast.wu_yan).get("/desk/team").text
    clock.move_on(hours=7)
    boss = staff_client(cast.wu_yan)
    page = boss.get("/desk/team").text
    assert case.reference in page
    assert "无人处理" in page
    hand_on = {"case": case.public_id, "to": "1002", "reason": "deadline_near"}
    assert boss.submit("/desk/team", hand_on, action="/desk/team/hand-on").status_code == 303
    assert held_by(writing, case) == cast.zhou_min.id
    assert "1002 处理中" in boss.get("/desk/team").text
    clock.move_on(hours=2)
    assert "已超期" in staff_client(cast.wu_yan).get("/desk/team").text
