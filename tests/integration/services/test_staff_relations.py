"""Whom staff are close to: declared by number, kept as a keyed hash, found in every book."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.staff_relations import Closeness, parse_id_number
from portal.models import Event, ReviewItem, StaffDeclaration, StaffMember, StaffRelation
from portal.services.case_handling import take_service_case
from portal.services.claims import claim_case
from portal.services.staff import disable_staff_member
from portal.services.staff_changes import enable_staff_member
from portal.services.staff_relations import (
    HashKeys,
    confirm_relations,
    declare_loan,
    declare_person,
    match_borrowers,
    match_loans,
)
from tests.callers import Caller, fill_list, item_of
from tests.people import NOW, Cast, add_borrower, add_loan
from tests.service_cases import bring_up
from tests.staff_ids import ANOTHER_ID, ID_NUMBER, id_hash
from tests.stories import Story

KEYS = HashKeys(own="a secret key for tests, long enough")


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


def declare(session: Session, member: StaffMember, number: str = ID_NUMBER, keys: HashKeys = KEYS) -> bool:
    return declare_person(
        session, actor(member), member=member, kind=Closeness.SPOUSE, id_number=number, keys=keys, now=NOW
    )


def related(session: Session) -> list[tuple[int, int, str]]:
    rows = select(StaffRelation.staff_member_id, StaffRelation.borrower_id, StaffRelation.kind)
    return [tuple(row) for row in session.execute(rows.order_by(StaffRelation.id))]  # type: ignore[misc]


@pytest.mark.parametrize("known", [id_hash(ID_NUMBER), id_hash(ID_NUMBER).upper(), id_hash(ID_NUMBER)[:16]])
def test_a_declared_person_is_found_however_the_book_writes_the_hash(
    session: Session, cast: Cast, known: str
) -> None:
    cast.li_na.id_hash = known
    session.flush()
    assert declare(session, cast.zhou_min)
    assert not declare(session, cast.zhou_min)
    assert related(session) == [(cast.zhou_min.id, cast.li_na.id, "close")]
    assert cast.li_na.is_staff_relation
    assert not cast.wang_qiang.is_staff_relation


def test_a_key_shared_with_the_lender_is_used(session: Session, cast: Cast) -> None:
    cast.li_na.id_hash = hmac.new(b"the lender's", ID_NUMBER.encode(), hashlib.sha256).hexdigest()
    session.flush()
    declare(session, cast.zhou_min)
    assert related(session) == []
    declare(session, cast.wu_yan, keys=HashKeys(KEYS.own, "the lender's"))
    assert [row[0] for row in related(session)] == [cast.wu_yan.id]


def test_no_number_is_kept(session: Session, cast: Cast) -> None:
    declare(session, cast.zhou_min)
    declare_loan(
        session,
        actor(cast.zhou_min),
        member=cast.zhou_min,
        kind=Closeness.OTHER,
        number="L-9",
        keys=KEYS,
        now=NOW,
    )
    for kept in session.scalars(select(StaffDeclaration)):
        assert len(kept.match_key) == 64
        assert kept.match_key != id_hash(ID_NUMBER)
    for event in session.scalars(select(Event).where(Event.name == "staff:declared")):
        assert event.fields.keys() == {"staff_number", "kind", "by"}
        assert event.borrower_id is None


def test_a_book_that_comes_later_is_compared(session: Session, cast: Cast) -> None:
    declare(session, cast.zhou_min)
    declare_loan(
        session,
        actor(cast.wu_yan),
        member=cast.wu_yan,
        kind=Closeness.OTHER,
        number="L-77",
        keys=KEYS,
        now=NOW,
    )
    late = add_borrower(session, "赵六", mobile="+8613800138009", id_last4="1028")
    late.id_hash = id_hash(ID_NUMBER)
    session.flush()
    hashes = {late.borrower_ref: late.id_hash, cast.li_na.borrower_ref: None}
    assert match_borrowers(session, SYSTEM, id_hashes=hashes, key=KEYS.own, now=NOW) == 1
    assert match_borrowers(session, SYSTEM, id_hashes=hashes, key=KEYS.own, now=NOW) == 0
    add_loan(session, cast.wang_qiang, ref="L-77")
    assert match_loans(session, SYSTEM, loan_refs=["L-77", "L-78"], key=KEYS.own, now=NOW) == 1
    assert related(session) == [
        (cast.zhou_min.id, late.id, "close"),
        (cast.wu_yan.id, cast.wang_qiang.id, "close"),
    ]


@pytest.mark.parametrize("kind", ["loan", "proposal"])
def test_a_number_of_any_kind_leads_to_the_person_and_all_their_loans(
    session: Session, cast: Cast, story: Story, kind: str
) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    twin = add_borrower(session, "李娜", mobile="+8613800138007", id_last4="1024")
    twin.id_hash = cast.li_na.id_hash = id_hash(ANOTHER_ID)
    session.flush()
    declare_loan(
        session,
        actor(cast.zhou_min),
        member=cast.zhou_min,
        kind=Closeness.SIBLING,
        number=story.loan.loan_ref if kind == "loan" else story.proposal.reference,
        keys=KEYS,
        now=NOW,
    )
    assert {row[1] for row in related(session)} == {cast.li_na.id, twin.id}


def test_what_is_held_of_theirs_is_free_at_once(session: Session, cast: Cast, story: Story) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    cast.li_na.id_hash = id_hash(ID_NUMBER)
    claim_case(session, actor(cast.zhou_min), proposal=story.proposal, now=NOW)
    declare(session, cast.zhou_min)
    assert session.scalars(select(ReviewItem.claimed_by)).all() == [None]
    released = session.scalars(select(Event).where(Event.name == "case:released")).one()
    assert released.fields == {"reason": "related"}


def test_the_flag_goes_with_whoever_leaves(session: Session, cast: Cast) -> None:
    cast.li_na.id_hash = id_hash(ID_NUMBER)
    session.flush()
    declare(session, cast.zhou_min)
    disable_staff_member(session, SYSTEM, login="zhou.min", now=NOW)
    assert not cast.li_na.is_staff_relation
    enable_staff_member(session, actor(cast.sun_hao), member=cast.zhou_min, now=NOW)
    assert cast.li_na.is_staff_relation


def test_a_confirmation_is_kept(session: Session, cast: Cast) -> None:
    """Once a year: a second tap is nothing."""
    cast.zhou_min.relations_confirmed_at = NOW - timedelta(days=366)
    session.flush()
    for _ in range(2):
        confirm_relations(session, actor(cast.zhou_min), member=cast.zhou_min, now=NOW)
    assert cast.zhou_min.relations_confirmed_at == NOW
    event = session.scalars(select(Event).where(Event.name == "staff:relations_confirmed")).one()
    assert event.fields == {"staff_number": "1002", "declared": 0}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f" {ID_NUMBER[:6]} {ID_NUMBER[6:]}", ID_NUMBER),
        ("\uff11" + ID_NUMBER[1:], ID_NUMBER),
        ("h1234567", "H1234567"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, kept: str) -> None:
    assert parse_id_number(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "12345", ID_NUMBER[:-1] + "0", "李娜", "x" * 200])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(DomainError, match="id_number"):
        parse_id_number(typed)


def test_their_cases_and_loans_go_back_too_and_nobody_elses(session: Session, cast: Cast) -> None:
    """What a member of staff held of somebody who turns out to be close to them waits for others, and the record says why."""
    cast.li_na.id_hash = id_hash(ID_NUMBER)
    cast.zhou_min.roles = [Role.CALLER.value, Role.AGENT.value]
    session.flush()
    loans = [add_loan(session, cast.li_na), add_loan(session, cast.wang_qiang, ref="L-2001", late_days=50)]
    cases = [
        bring_up(session, loan_owner, loan)
        for loan_owner, loan in zip((cast.li_na, cast.wang_qiang), loans, strict=True)
    ]
    for case in cases:
        take_service_case(session, actor(cast.zhou_min), case=case, now=NOW)
    fill_list(session)
    Caller(session, cast.zhou_min).take(loans[0])
    declare(session, cast.zhou_min)
    session.expire_all()
    assert [(case.owner_id, case.owned_at is None) for case in cases] == [
        (None, True),
        (cast.zhou_min.id, False),
    ]
    item = item_of(session, loans[0])
    assert (item.leased_by, item.leased_until) == (None, None)
    given_back = select(Event).where(Event.name.in_(["service:given_back", "call:given_back"]))
    assert [
        (each.name, each.borrower_id, each.loan_id, dict(each.fields))
        for each in session.scalars(given_back.order_by(Event.id))
    ] == [
        (
            "service:given_back",
            cast.li_na.id,
            loans[0].id,
            {"case_id": cases[0].id, "reason": "related"},
        ),
        ("call:given_back", cast.li_na.id, loans[0].id, {"reason": "related"}),
    ]


def test_a_lease_of_somebody_elses_loan_stays(session: Session, cast: Cast) -> None:
    cast.li_na.id_hash = id_hash(ID_NUMBER)
    loan = add_loan(session, cast.wang_qiang, ref="L-2001")
    fill_list(session)
    Caller(session, cast.lin_yue).take(loan)
    declare(session, cast.lin_yue)
    assert item_of(session, loan).leased_by == cast.lin_yue.id
