from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.plans import PlanKind
from portal.domain.queue_choices import BUCKETS, Drafted, Due, Sort, SumBand, Whose
from portal.models import Proposal, ReviewItem, StaffRelation
from portal.queries.queue_filters import QueueFilter
from portal.queries.queue_keys import QueueKey
from portal.queries.reviews import QueueRow, queue_counts, queue_page
from tests.people import NOW, Cast, add_cast
from tests.waiting_cases import add_signed

END_OF_DAY = NOW + timedelta(hours=14)


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


def fill(session: Session, cast: Cast, count: int) -> None:
    """Cases in threes of one deadline, of changing kinds; every fifth is 周敏's, every tenth of 吴岩 and lapsed."""
    kinds = (PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.DEFER)
    numbers = range(1, count + 1)
    add_signed(session, cast, count)
    session.execute(
        insert(ReviewItem),
        [
            {
                "proposal_id": n, "deadline_at": NOW + timedelta(hours=(n // 3) - 5), "kind": kinds[n % 3].value,
                "amount_minor": n, "currency": "CNY", "dpd": n, "main_reason": "guarantor",
                "claimed_by": {0: cast.wu_yan.id, 5: cast.zhou_min.id}.get(n % 10),
                "claimed_until": {0: NOW, 5: NOW + timedelta(minutes=1)}.get(n % 10),
            }
            for n in numbers
        ],
    )  # fmt: skip


def wanted(cast: Cast, **choices: object) -> QueueFilter:
    return QueueFilter(staff_id=cast.zhou_min.id, now=NOW, today_ends=END_OF_DAY, **choices)  # type: ignore[arg-type]


def walk(session: Session, found: QueueFilter, size: int) -> list[Sequence[QueueRow]]:
    """All pages forwards, and the same pages backwards."""
    pages, key = [], None
    while True:
        page = queue_page(session, found, key=key, size=size)
        pages.append(page.rows)
        if page.after is None:
            break
        key = page.after
    back = [page.rows]
    while page.before is not None:
        page = queue_page(session, found, key=page.before, size=size)
        back.append(page.rows)
    assert back[::-1] == pages
    return pages


@pytest.mark.parametrize(("count", "size"), [(1, 5), (5, 5), (6, 5), (31, 4), (31, 1)])
def test_every_case_stands_on_one_page_in_the_order_of_deadlines(
    session: Session, cast: Cast, count: int, size: int
) -> None:
    fill(session, cast, count)
    rows = [row for page in walk(session, wanted(cast), size) for row in page]
    assert [row.proposal_id for row in rows] == list(range(1, count + 1))
    assert rows == sorted(rows, key=lambda row: (row.deadline_at, row.proposal_id))


def test_nothing_waits(session: Session, cast: Cast) -> None:
    page = queue_page(session, wanted(cast))
    assert (page.rows, page.before, page.after) == ((), None, None)


def test_cases_of_somebody_close_are_left_out_and_counted_out(session: Session, cast: Cast) -> None:
    fill(session, cast, 6)
    session.get_one(Proposal, 4).borrower_id = cast.wang_qiang.id
    session.add(
        StaffRelation(
            staff_member_id=cast.zhou_min.id, borrower_id=cast.wang_qiang.id, kind="close", made_at=NOW
        )
    )
    session.flush()
    rows = queue_page(session, wanted(cast)).rows
    assert [row.proposal_id for row in rows] == [1, 2, 3, 5, 6]
    assert queue_counts(session, wanted(cast)).found == 5


def test_a_page_holds_its_place_while_cases_before_it_go(session: Session, cast: Cast) -> None:
    fill(session, cast, 12)
    first = queue_page(session, wanted(cast), size=6)
    session.query(ReviewItem).where(ReviewItem.proposal_id < 4).delete()
    second = queue_page(session, wanted(cast), key=first.after, size=6)
    assert [row.proposal_id for row in second.rows] == list(range(7, 13))


def test_filters_find_what_they_say(session: Session, cast: Cast) -> None:
    fill(session, cast, 30)

    def ids(**choices: object) -> set[int]:
        return {row.proposal_id for page in walk(session, wanted(cast, **choices), 7) for row in page}

    assert ids(kind=PlanKind.DEFER) == {n for n in range(1, 31) if n % 3 == 2}
    assert ids(whose=Whose.MINE) == {5, 15, 25}
    assert ids(whose=Whose.FREE) == set(range(1, 31)) - {5, 15, 25}
    assert ids(whose=Whose.MINE, kind=PlanKind.CATCH_UP) == {15}
    assert ids(due=Due.OVERDUE) == set(range(1, 15))
    assert ids(due=Due.NEAR) == set(range(15, 21))
    assert ids(due=Due.LATER) == set()
    assert ids(whose=Whose.OTHERS) == set()
    assert ids(drafted=Drafted.STAFF) == ids(drafted=Drafted.ME) == ids(currency="EUR") == set()


def test_sums_and_days_are_found_by_their_bands(session: Session, cast: Cast) -> None:
    fill(session, cast, 4)
    for number, (minor, dpd) in enumerate(
        ((499_999, 0), (500_000, 30), (4_999_999, 31), (5_000_000, 91)), start=1
    ):
        item = session.get_one(ReviewItem, number)
        item.amount_minor, item.dpd = minor, dpd
    session.get_one(ReviewItem, 2).drafted_by = cast.zhou_min.id
    session.flush()

    def ids(**choices: object) -> list[int]:
        return [row.proposal_id for row in queue_page(session, wanted(cast, **choices)).rows]

    assert [ids(sum=band) for band in SumBand] == [[1], [2], [3], [4]]
    assert [ids(bucket=bucket) for bucket in BUCKETS] == [[1], [2], [3], [], [4]]
    assert ids(drafted=Drafted.ME) == ids(drafted=Drafted.STAFF) == [2]
    assert ids(drafted=Drafted.BORROWER) == [1, 3, 4]


@pytest.mark.parametrize("sort", [Sort.SUM, Sort.SUM_UP, Sort.DPD, Sort.DPD_UP])
def test_every_order_has_its_pages_both_ways(session: Session, cast: Cast, sort: Sort) -> None:
    fill(session, cast, 11)
    for item in session.query(ReviewItem):
        item.amount_minor = item.dpd = item.proposal_id // 3
    session.flush()
    rows = [row.proposal_id for page in walk(session, wanted(cast, sort=sort), 4) for row in page]
    assert rows == sorted(range(1, 12), reverse=sort.is_descending)


def test_a_row_says_what_is_late_and_who_holds_it(session: Session, cast: Cast) -> None:
    fill(session, cast, 30)
    rows = {row.proposal_id: row for page in walk(session, wanted(cast), 50) for row in page}
    assert [n for n, row in rows.items() if row.is_breached] == list(range(1, 15))
    assert (rows[15].due, rows[29].due) == (Due.NEAR, Due.TODAY)
    assert (rows[5].holder, rows[5].is_mine) == ("1002", True)
    assert (rows[10].holder, rows[10].is_mine) == (None, False)
    assert rows[1].more_reasons == 1


def test_counts_stop_at_a_hundred_and_one(session: Session, cast: Cast) -> None:
    fill(session, cast, 30)
    counts = queue_counts(session, wanted(cast))
    assert (counts.found, counts.breached, counts.mine) == (30, 14, 3)


def test_more_than_a_hundred_count_as_one_more(session: Session, cast: Cast) -> None:
    fill(session, cast, 140)
    assert queue_counts(session, wanted(cast)).found == 101


def test_a_key_comes_back_from_the_address_exactly() -> None:
    key = QueueKey(1_793_584_800_123_456, 2**40)
    assert QueueKey.parse(str(key)) == key
