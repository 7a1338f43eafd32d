"""The next case: by deadline, one's own business never, two people never the same."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.claims import HELD_AT_MOST, LEASE
from portal.domain.errors import AccessRefused
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Decision, Loan, Proposal, ReviewItem, StaffMember, StaffRelation
from portal.services.next_cases import take_next_case
from tests.databases import Database
from tests.people import NOW, Cast, add_cast
from tests.waiting_cases import fill_queue


def actor_of(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


def taken(session: Session, member: StaffMember, **more: object) -> int | None:
    found = take_next_case(session, actor_of(member), **{"now": NOW, **more})  # type: ignore[arg-type]
    return found.id if found else None


def later(number: int) -> dict[str, object]:
    """So long after the last click that it is another one, and the lease still runs."""
    return {"now": NOW + number * timedelta(seconds=10)}


def test_the_earliest_deadline_comes_first_and_a_second_approval_before_its_equals(
    session: Session, cast: Cast
) -> None:
    fill_queue(session, cast, 4)
    for number, hours in enumerate((3, 1, 2, 1), start=1):
        session.get_one(ReviewItem, number).deadline_at = NOW + timedelta(hours=hours)
    session.get_one(ReviewItem, 4).stage = "second"
    session.flush()
    assert [taken(session, cast.zhou_min, **later(n)) for n in range(4)] == [4, 2, 3, 1]
    assert taken(session, cast.wu_yan) is None


def test_what_one_may_not_decide_never_comes(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 6)
    me = cast.zhou_min.id
    session.get_one(Proposal, 1).drafted_by_staff_id = me
    of_wang = session.get_one(Proposal, 2)
    of_wang.borrower_id = session.get_one(Loan, of_wang.loan_id).borrower_id = cast.wang_qiang.id
    session.add(StaffRelation(staff_member_id=me, borrower_id=cast.wang_qiang.id, kind="close", made_at=NOW))
    item = session.get_one(ReviewItem, 3)
    item.stage, item.decided_by = "second", me
    session.get_one(ReviewItem, 4).stage = "held"
    session.get_one(Proposal, 5).review_round = 2
    session.add(declined(5, cast))
    session.flush()
    assert [taken(session, cast.zhou_min, **later(n)) for n in range(3)] == [6, None, None]
    assert [taken(session, cast.wu_yan, **later(n)) for n in range(5)] == [1, 2, 3, 5, None]


def declined(proposal_id: int, cast: Cast) -> Decision:
    return Decision(
        proposal_id=proposal_id,
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


def test_a_second_click_gives_the_same_case_and_leaving_it_the_next(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 3)
    assert taken(session, cast.zhou_min) == taken(session, cast.zhou_min) == 1
    assert taken(session, cast.zhou_min, leaving_id=1) == 2


def test_who_holds_many_gets_one_of_those_first(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, HELD_AT_MOST + 2)
    held = [taken(session, cast.zhou_min, **later(n)) for n in range(HELD_AT_MOST + 1)]
    assert held == [*range(1, HELD_AT_MOST + 1), 1]


def test_a_lapsed_claim_is_free_again(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 1)
    assert taken(session, cast.zhou_min) == 1
    assert taken(session, cast.wu_yan) is None
    assert taken(session, cast.wu_yan, now=NOW + LEASE) == 1


def test_who_may_not_claim_gets_none(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 1)
    with pytest.raises(AccessRefused):
        take_next_case(session, actor_of(cast.zheng_hao), now=NOW)


@contextmanager
def two_approvers(database: Database, cases: int) -> Iterator[tuple[StaffMember, StaffMember]]:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        fill_queue(session, cast, cases)
    yield cast.zhou_min, cast.wu_yan


def test_two_who_reach_at_once_never_get_the_same(database: Database) -> None:
    with two_approvers(database, 8) as approvers:
        start = threading.Barrier(2)

        def take(member: StaffMember) -> list[int | None]:
            got = []
            for number in range(4):
                start.wait()
                with transaction(database.engine) as session:
                    got.append(taken(session, member, **later(number)))
            return got

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(take, approvers)
    assert sorted(number for number in (*first, *second) if number) == list(range(1, 9))
