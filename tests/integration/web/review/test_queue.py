import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from portal.models import Decision, Proposal, ReviewItem, StaffRelation
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, WaitingCase
from tests.people import NOW, Cast, add_borrower
from tests.plan_walks import shown_text


def add_waiting(writing: Writing, waiting_case: WaitingCase, count: int) -> list[Case]:
    """Cases of as many borrowers, the later the longer they have time."""
    with writing() as session:
        borrowers = [
            add_borrower(session, f"张{number}", mobile=f"+861390000{number:04d}", id_last4=f"{number:04d}")
            for number in range(count)
        ]
    cases = [waiting_case(b, ref=f"L-9{number:03d}") for number, b in enumerate(borrowers)]
    with writing() as session:
        for number, case in enumerate(cases):
            item = session.get_one(ReviewItem, case.id)
            item.deadline_at = NOW + timedelta(hours=number // 2)
    return cases


def test_an_empty_queue_says_so(cast: Cast, staff_client: StaffClient) -> None:
    page = staff_client(cast.zhou_min).get("/desk")
    assert "目前没有待审批案件" in page.text
    assert "无超期" in page.text


def test_a_case_shows_all_that_tells_it_apart_and_nothing_of_the_person(
    cast: Cast, case: Case, staff_client: StaffClient
) -> None:
    page = shown_text(staff_client(cast.zhou_min).get("/desk"))
    for shown in (
        case.reference,
        "逾期部分分期还",
        "42",
        "2026年11月4日（周三）18:00",
        "待审批 1 件",
        "待领取",
    ):
        assert shown in page
    for hidden in ("李娜", "138", "1024"):
        assert hidden not in page


def test_what_is_past_its_time_is_told_in_words(
    cast: Cast, case: Case, staff_client: StaffClient, clock: HandClock
) -> None:
    clock.move_on(days=2, minutes=-5)
    assert "今天到期" in staff_client(cast.zhou_min).get("/desk").text
    clock.move_on(hours=9)
    page = staff_client(cast.zhou_min).get("/desk").text
    assert "已超期" in page
    assert "已超答复期限 1 件" in page


def test_filters_stand_in_the_address(
    cast: Cast, case: Case, waiting_case: WaitingCase, staff_client: StaffClient
) -> None:
    other = waiting_case(
        cast.wang_qiang, ref="L-2002", choice={"kind": "reschedule", "installments": 12, "day_of_month": 20}
    )
    client = staff_client(cast.zhou_min)
    only = client.get("/desk?kind=reschedule").text
    assert other.reference in only
    assert case.reference not in only
    client.submit(case.url, action=f"{case.url}/claim")
    mine, free = client.get("/desk?whose=mine").text, client.get("/desk?whose=free").text
    assert case.reference in mine
    assert other.reference not in mine
    assert other.reference in free
    assert case.reference not in free
    assert "没有符合条件的案件" in client.get("/desk?kind=defer&whose=mine").text


def test_counts_of_a_choice_are_told_as_such(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    """Nothing waits in it, and yet something waits."""
    client = staff_client(cast.zhou_min)
    assert "仅限当前筛选" in client.get("/desk?kind=defer").text
    assert "仅限当前筛选" in json.loads(client.get("/desk/now?kind=defer").text)["counts"]
    assert "仅限当前筛选" not in client.get("/desk?whose=all").text
    assert "仅限当前筛选" not in json.loads(client.get("/desk/now").text)["counts"]


def test_who_holds_a_case_is_told_by_number(
    cast: Cast, case: Case, holder: object, staff_client: StaffClient, clock: HandClock
) -> None:
    page = shown_text(staff_client(cast.wu_yan).get("/desk"))
    assert "1002" in page
    assert "周敏" not in page
    clock.move_on(minutes=16)
    assert "1002" not in shown_text(staff_client(cast.wu_yan).get("/desk"))


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=-1-1",
        "before=9-9-9",
        f"after={'9' * 40}-1",
        "after=１２-3",
        "kind=x&whose=y&due=z&sum=-1&bucket=M9&reason=0&drafted=%2F&currency=XXX&sort=; DROP TABLE",
        f"sort=dpd_up&before={'9' * 17}-{'9' * 18}",
        "after=",
    ],
)
def test_a_strange_address_shows_the_first_page(
    cast: Cast, case: Case, staff_client: StaffClient, query: str
) -> None:
    page = staff_client(cast.zhou_min).get(f"/desk?{query}")
    assert page.status_code == 200
    assert case.reference in page.text


def test_a_case_of_somebody_close_is_not_even_listed(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    page = staff_client(cast.zhou_min).get("/desk").text
    assert case.reference not in page
    assert "待审批 0 件" in page
    assert case.reference in staff_client(cast.wu_yan).get("/desk").text


def test_a_page_costs_the_same_few_statements_however_many_wait(
    cast: Cast, waiting_case: WaitingCase, staff_client: StaffClient, writing: Writing, database: Database
) -> None:
    client = staff_client(cast.zhou_min)
    counted: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))

    def statements() -> int:
        counted.clear()
        assert client.get("/desk").status_code == 200
        return len([line for line in counted if "review_item" in line])

    few = statements()
    add_waiting(writing, waiting_case, 4)
    assert few == statements() == 3


def test_a_case_that_one_declined_waits_for_others_alone(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        proposal = session.get_one(Proposal, case.id)
        proposal.review_round = 2
        session.add(
            Decision(
                proposal_id=case.id,
                review_round=1,
                version_number=1,
                content_hash="0" * 64,
                kind="decline",
                plan_kind="catch_up",
                policy_version="2026-01",
                maker_borrower_id=cast.li_na.id,
                first_staff_id=cast.zhou_min.id,
                reason_code="other",
                decided_at=NOW,
            )
        )
    assert case.reference not in staff_client(cast.zhou_min).get("/desk").text
    assert case.reference in staff_client(cast.wu_yan).get("/desk").text


def test_every_filter_and_order_stands_in_the_address(
    cast: Cast, case: Case, staff_client: StaffClient
) -> None:
    client = staff_client(cast.zhou_min)
    query = "kind=catch_up&due=later&sum=small&bucket=M2&reason=sensitive_hardship&drafted=borrower&currency=CNY&sort=dpd"
    page = client.get(f"/desk?{query}").text
    assert case.reference in page
    for chosen in (
        '"later" selected',
        '"M2" selected',
        '"sensitive_hardship" selected',
        '"CNY" selected',
        "<details open",
    ):
        assert chosen in page
    assert "sort=dpd_up" in page
    assert 'aria-sort="descending"' in page
    assert case.reference not in client.get("/desk?bucket=M3").text


def test_the_cost_of_the_plan_stands_beside_that_of_none(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        item = session.get_one(ReviewItem, case.id)
        assert item.plan_cost_minor is not None
        assert item.no_plan_cost_minor is not None
        assert 0 < item.plan_cost_minor < item.no_plan_cost_minor
        item.plan_cost_minor, item.no_plan_cost_minor = 12_345, 67_890
    page = staff_client(cast.zhou_min).get("/desk").text
    assert "123.45" in page
    assert "678.90" in page


def now_of(client: CheckedClient, case: Case, page: str) -> dict[str, Any]:
    """What the page's script would be told of a case and of one that is gone."""
    address = unescape(page.split('data-live="')[1].split('"', maxsplit=1)[0])
    answer = client.get(f"{address}&ids={case.public_id},{'0' * 32}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.get_json()
    return told


def test_an_open_page_learns_what_was_taken_what_is_done_and_what_is_new(
    cast: Cast,
    case: Case,
    waiting_case: WaitingCase,
    staff_client: StaffClient,
    clock: HandClock,
) -> None:
    client, other = staff_client(cast.zhou_min), staff_client(cast.wu_yan)
    page = client.get("/desk").text
    told = now_of(client, case, page)
    assert told["new"] == ""
    assert told["rows"][case.public_id] == {"state": "free", "words": "待领取"}
    assert told["rows"]["0" * 32] == {"state": "gone", "words": "已处理"}
    other.submit(case.url, action=f"{case.url}/claim")
    clock.move_on(minutes=1)
    waiting_case(cast.wang_qiang, ref="L-2002", now=clock.now())
    told = now_of(client, case, page)
    assert told["rows"][case.public_id] == {"state": "other", "words": "1003"}
    assert told["new"] == "有 1 件新案件，点此显示"
    assert "待审批 2 件" in told["counts"]
    assert client.get("/desk/now?since=x&ids=,,&due=%E4%BB%8A").status_code == 200


def test_asking_how_the_queue_stands_keeps_no_session_alive(
    cast: Cast, case: Case, staff_client: StaffClient, clock: HandClock
) -> None:
    client = staff_client(cast.zhou_min)
    page = client.get("/desk").text
    for _ in range(2):
        clock.move_on(minutes=7)
        now_of(client, case, page)
    clock.move_on(minutes=2)
    assert (client.get("/desk/now").location or "").startswith("/desk/sign-in")


def test_a_promise_about_to_pass_is_told_to_whoever_may_decide(
    cast: Cast, case: Case, staff_client: StaffClient, clock: HandClock
) -> None:
    clock.move_on(days=2, hours=6, minutes=-1)
    assert "两小时内到答复期限" not in staff_client(cast.zhou_min).get("/desk").text
    clock.move_on(minutes=2)
    page = staff_client(cast.zhou_min).get("/desk").text
    assert "有 1 件将在两小时内到答复期限" in page
    assert "最早的是 18:00" in page
    assert case.reference in staff_client(cast.zhou_min).get("/desk?due=near").text
    assert "最早的是" not in staff_client(cast.zheng_hao).get("/desk").text


def test_an_open_page_learns_of_a_promise_that_comes_near(
    cast: Cast, case: Case, staff_client: StaffClient, clock: HandClock
) -> None:
    clock.move_on(days=2, hours=5, minutes=55)
    client = staff_client(cast.zhou_min)
    page = client.get("/desk").text
    assert now_of(client, case, page)["alarm"] == ""
    clock.move_on(minutes=9)
    assert "有 1 件将在两小时内到答复期限" in now_of(client, case, page)["alarm"]


def test_the_second_queue_is_narrowed_and_kept_up_to_date_like_the_first(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        item = session.get_one(ReviewItem, case.id)
        item.stage, item.decided_by = "second", cast.zhou_min.id
    client = staff_client(cast.wu_yan)
    page = client.get("/desk/seconds").text
    assert case.reference in page
    assert 'action="/desk/seconds"' in page
    assert now_of(client, case, page)["rows"][case.public_id]["state"] == "free"
    assert case.reference in client.get("/desk/seconds?kind=catch_up&whose=free").text
    none = client.get("/desk/seconds?kind=defer&sort=dpd").text
    assert "没有符合条件的案件" in none
    assert 'href="/desk/seconds?sort=dpd"' in none
    assert now_of(staff_client(cast.zhou_min), case, page)["rows"][case.public_id]["state"] == "gone"
