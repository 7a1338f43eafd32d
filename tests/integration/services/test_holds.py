"""Holds set, ended and run out: on both databases, with their events, and seen by the guard."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.domain.contact_guard import ask_guard
from portal.domain.contact_packs import pack_on
from portal.domain.contact_requests import ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.holds import EndReason, Evidence, HoldKind
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Event, Hold, Loan, ServiceCase, StaffMember, StaffRelation
from portal.queries.contacts import contact_facts
from portal.queries.holds import holds_of_loans
from portal.services.cases import CaseForm, open_case
from portal.services.holds import end_due_holds
from portal.services.staff_holds import (
    HoldWish,
    confirm_hold_end,
    end_hold_by_hand,
    get_hold,
    get_loan_to_hold,
    look_at_holds,
    record_hold_refusal,
    refuse_hold_end,
    set_hold,
)
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.stories import ZONE, borrower_actor

LAST = TODAY + timedelta(days=10)


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    return add_loan(session, cast.li_na)


def actor_of(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))


def wish(kind: HoldKind = HoldKind.HARDSHIP, ends_on: date | None = None) -> HoldWish:
    return HoldWish(kind=kind, evidence=Evidence.PAPER_SEEN.value, note="看到了医院的通知。", ends_on=ends_on)


def put(session: Session, member: StaffMember, loan: Loan, wished: HoldWish) -> Hold:
    hold_id = set_hold(session, actor_of(member), loan=loan, wish=wished, today=TODAY, now=NOW)
    return get_hold(session, loan.id, hold_id)


def events(session: Session) -> list[str]:
    names = session.scalars(select(Event.name).where(Event.name.startswith("hold:")).order_by(Event.id))
    return list(names)


def rule_for(session: Session, loan: Loan, at_day: date) -> tuple[str | None, date | None]:
    """The guard's rule for a call that collects, at ten in the morning of a day; and when it would be yes."""
    at = NOW.astimezone(ZONE) + (at_day - TODAY)
    facts = contact_facts(session, borrower_id=loan.borrower_id, loan_id=loan.id, number="n", now=at)
    request = ContactRequest(
        at=at, channel=Channel.PHONE, purpose=Purpose.COLLECTION, number="n", debt=loan.id
    )
    verdict = ask_guard(request, facts, pack_on("CN", at_day))
    return verdict.rule, verdict.opens_at.date() if verdict.opens_at else None


def test_a_dated_hold_stops_contact_to_its_last_day_whether_or_not_the_day_s_run_came(
    session: Session, cast: Cast, loan: Loan
) -> None:
    put(session, cast.zhou_min, loan, wish(ends_on=LAST))
    assert rule_for(session, loan, TODAY) == ("C09", LAST + timedelta(days=1))
    assert rule_for(session, loan, LAST) == ("C09", LAST + timedelta(days=1))
    assert rule_for(session, loan, LAST + timedelta(days=1))[0] is None
    assert [hold.ends_on for hold in holds_of_loans(session, [loan.id], on=LAST)[loan.id]] == [LAST]
    assert loan.id not in holds_of_loans(session, [loan.id], on=LAST + timedelta(days=1))


def test_what_is_over_is_ended_by_the_clock_once(session: Session, cast: Cast, loan: Loan) -> None:
    put(session, cast.zhou_min, loan, wish(ends_on=LAST))
    put(session, cast.zhou_min, loan, wish(HoldKind.DECEASED))
    at = NOW.astimezone(ZONE) + timedelta(days=10)
    assert end_due_holds(session, SYSTEM, now=at) == 0
    assert end_due_holds(session, SYSTEM, now=at + timedelta(days=1)) == 1
    assert end_due_holds(session, SYSTEM, now=at + timedelta(days=1)) == 0
    ended = session.scalars(select(Hold).where(Hold.ended_at.is_not(None))).one()
    assert (ended.kind, ended.end_reason, ended.ended_by) == ("hardship", "time_over", None)
    assert events(session) == ["hold:started", "hold:started", "hold:ended"]


def test_of_many_that_are_over_no_more_are_ended_than_asked_for(session: Session, cast: Cast) -> None:
    for number in range(3):
        loan = add_loan(session, cast.li_na, ref=f"L-{number}")
        put(session, cast.zhou_min, loan, wish(ends_on=LAST))
    at = NOW.astimezone(ZONE) + timedelta(days=11)
    assert [end_due_holds(session, SYSTEM, now=at, limit=2) for _ in range(3)] == [2, 1, 0]


def test_the_longest_of_several_loans_counts_where_a_contact_is_about_none(
    session: Session, cast: Cast, loan: Loan
) -> None:
    other = add_loan(session, cast.li_na, ref="L-2")
    put(session, cast.zhou_min, loan, wish(ends_on=LAST))
    put(session, cast.zhou_min, other, wish(ends_on=LAST + timedelta(days=5)))
    facts = contact_facts(session, borrower_id=cast.li_na.id, loan_id=None, number="n", now=NOW)
    assert facts.holds == {HoldKind.HARDSHIP: LAST + timedelta(days=5)}
    put(session, cast.zhou_min, loan, wish(HoldKind.DISPUTE))
    facts = contact_facts(session, borrower_id=cast.li_na.id, loan_id=None, number="n", now=NOW)
    assert facts.holds[HoldKind.DISPUTE] is None


def test_one_person_ends_what_takes_one_and_a_second_click_is_nothing(
    session: Session, cast: Cast, loan: Loan
) -> None:
    hold = put(session, cast.zhou_min, loan, wish())
    for _ in range(2):
        assert end_hold_by_hand(session, actor_of(cast.wu_yan), hold=hold, reason=EndReason.OVER, now=NOW)
    with pytest.raises(Conflict, match="hold_over"):
        end_hold_by_hand(session, actor_of(cast.zhou_min), hold=hold, reason=EndReason.OVER, now=NOW)
    assert events(session) == ["hold:started", "hold:ended"]
    assert rule_for(session, loan, TODAY)[0] is None


def test_what_could_do_harm_is_ended_by_two(session: Session, cast: Cast, loan: Loan) -> None:
    hold = put(session, cast.zhou_min, loan, wish(HoldKind.DECEASED))
    first, second = actor_of(cast.zhou_min), actor_of(cast.wu_yan)
    for _ in range(2):
        assert not end_hold_by_hand(session, first, hold=hold, reason=EndReason.SET_BY_MISTAKE, now=NOW)
    with pytest.raises(Conflict, match="hold_end_asked_already"):
        end_hold_by_hand(session, second, hold=hold, reason=EndReason.SET_BY_MISTAKE, now=NOW)
    session.refresh(hold)
    with pytest.raises(AccessRefused, match="hold_end_needs_another"):
        confirm_hold_end(session, first, hold=hold, now=NOW)
    assert rule_for(session, loan, TODAY)[0] == "C09"
    for _ in range(2):
        confirm_hold_end(session, second, hold=hold, now=NOW)
    session.refresh(hold)
    assert (hold.end_asked_by, hold.ended_by, hold.end_reason) == (first.id, second.id, "set_by_mistake")
    assert events(session) == ["hold:started", "hold:end_asked", "hold:ended"]
    with pytest.raises(Conflict, match="hold_over"):
        confirm_hold_end(session, first, hold=hold, now=NOW)


def test_an_end_that_is_refused_or_taken_back_leaves_the_hold(
    session: Session, cast: Cast, loan: Loan
) -> None:
    hold = put(session, cast.zhou_min, loan, wish(HoldKind.MINOR))
    first, second = actor_of(cast.zhou_min), actor_of(cast.wu_yan)
    end_hold_by_hand(session, first, hold=hold, reason=EndReason.OVER, now=NOW)
    assert refuse_hold_end(session, second, hold=hold, now=NOW)
    assert not refuse_hold_end(session, second, hold=hold, now=NOW)
    with pytest.raises(Conflict, match="hold_over"):
        confirm_hold_end(session, second, hold=hold, now=NOW)
    session.refresh(hold)
    assert (hold.ended_at, hold.end_asked_by) == (None, None)
    assert events(session) == ["hold:started", "hold:end_asked", "hold:end_refused"]


def test_the_database_itself_wants_two(session: Session, cast: Cast, loan: Loan) -> None:
    hold = put(session, cast.zhou_min, loan, wish(HoldKind.MINOR))
    with session.begin_nested() as savepoint:
        hold.end_asked_by = hold.ended_by = cast.zhou_min.id
        with pytest.raises(IntegrityError):
            session.flush()
        savepoint.rollback()


def test_the_same_hold_set_twice_by_one_person_is_one_and_another_is_told(
    session: Session, cast: Cast, loan: Loan
) -> None:
    assert put(session, cast.zhou_min, loan, wish()).id == put(session, cast.zhou_min, loan, wish()).id
    with pytest.raises(Conflict, match="hold_runs_already"):
        put(session, cast.wu_yan, loan, wish())
    assert events(session) == ["hold:started"]


def test_a_hold_whose_last_day_is_over_makes_room_for_another(
    session: Session, cast: Cast, loan: Loan
) -> None:
    put(session, cast.zhou_min, loan, wish(ends_on=TODAY))
    later = NOW + timedelta(days=1)
    set_hold(
        session, actor_of(cast.wu_yan), loan=loan, wish=wish(), today=TODAY + timedelta(days=1), now=later
    )
    assert events(session) == ["hold:started", "hold:ended", "hold:started"]


@pytest.mark.parametrize("kind", [HoldKind.PROPOSAL_PENDING, HoldKind.PLAN_ACTIVE])
def test_what_follows_from_a_plan_is_not_set_by_hand(
    session: Session, cast: Cast, loan: Loan, kind: HoldKind
) -> None:
    with pytest.raises(AccessRefused, match="hold_not_by_hand"):
        put(session, cast.wu_yan, loan, wish(kind))


@pytest.mark.parametrize("who", ["zheng_hao", "sun_hao", "he_jing"])
def test_whose_role_it_is_not(session: Session, cast: Cast, loan: Loan, who: str) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        put(session, getattr(cast, who), loan, wish())


def test_nobody_pauses_contact_with_somebody_close(session: Session, cast: Cast, loan: Loan) -> None:
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        put(session, cast.zhou_min, loan, wish())


def test_an_agent_sets_a_hold_where_they_answer_the_borrower(
    session: Session, cast: Cast, loan: Loan
) -> None:
    with pytest.raises(NotFound):
        put(session, cast.chen_chen, loan, wish())
    case = brought_up(session, cast, loan, CaseKind.TALK, "plan_help")
    case.owner_id = cast.chen_chen.id
    session.flush()
    hold = put(session, cast.chen_chen, loan, wish())
    assert hold.started_by == cast.chen_chen.id
    with pytest.raises(AccessRefused, match="permission_missing"):
        end_hold_by_hand(session, actor_of(cast.chen_chen), hold=hold, reason=EndReason.OVER, now=NOW)


def test_a_hold_with_an_open_case_behind_it_ends_with_the_case(
    session: Session, cast: Cast, loan: Loan
) -> None:
    brought_up(session, cast, loan, CaseKind.DISPUTE, "sum_wrong")
    hold = session.scalars(select(Hold)).one()
    with pytest.raises(Conflict, match="hold_of_open_case"):
        end_hold_by_hand(session, actor_of(cast.wu_yan), hold=hold, reason=EndReason.OVER, now=NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"note": " "}, "note_missing"),
        ({"note": "长" * 201}, "text_too_long"),
        ({"evidence": ""}, "evidence_missing"),
    ],
)
def test_what_is_missing_is_said(
    session: Session, cast: Cast, loan: Loan, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        put(session, cast.wu_yan, loan, replace(wish(HoldKind.ILLNESS), **change))


def brought_up(session: Session, cast: Cast, loan: Loan, kind: CaseKind, topic: str) -> ServiceCase:
    form = CaseForm(form_key="", kind=kind, topic=topic, body="请看一下。", loan_id=loan.id)
    return open_case(session, borrower_actor(cast.li_na), form=form, today=TODAY, zone=ZONE, now=NOW)


def test_a_loan_is_found_for_who_sees_its_pauses(session: Session, cast: Cast, loan: Loan) -> None:
    """An agent has to have a case of its borrower's; who is close to them never finds it."""
    find = partial(get_loan_to_hold, session, public_id=loan.public_id)
    assert find(actor_of(cast.zhou_min)) is loan
    for who, public_id in ((cast.zhou_min, "nobody"), (cast.chen_chen, loan.public_id)):
        with pytest.raises(NotFound, match=r"^not_found$"):
            get_loan_to_hold(session, actor_of(who), public_id=public_id)
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        find(actor_of(cast.he_jing))
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        find(actor_of(cast.zhou_min))


def test_a_look_at_pauses_and_a_refusal_there_are_told_with_the_loan(
    session: Session, cast: Cast, loan: Loan
) -> None:
    look_at_holds(session, actor_of(cast.zhou_min), loan=loan, now=NOW)
    error = DomainError("note_missing", field="note")
    record_hold_refusal(session, actor_of(cast.zhou_min), loan=loan, act="set", error=error, now=NOW)
    told = session.scalars(select(Event).where(Event.name.startswith("hold:")).order_by(Event.id)).all()
    about = (cast.li_na.id, loan.id, None)
    assert [(each.borrower_id, each.loan_id, each.proposal_id) for each in told] == [about, about]
    assert [(each.name, dict(each.fields)) for each in told] == [
        ("hold:looked_at", {"reason": "holds_page"}),
        ("hold:act_refused", {"act": "set", "code": "note_missing"}),
    ]
