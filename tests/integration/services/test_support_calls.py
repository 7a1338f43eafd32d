"""A support call: what shows when, who may, and the many ways in which it ends. Nobody signs in anybody's place."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.contact_packs import HOME_ZONE
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.events import ON_CALL_FIELDS
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.support_calls import (
    LASTS,
    MOST_TRIES,
    PAIRING_LASTS,
    Direction,
    EndedBy,
    Level,
    SoughtBy,
    SupportPage,
)
from portal.models import Consent, Contact, Event, StaffMember, StaffRelation, SupportCall
from portal.queries.support_calls import find_open_of_borrower
from portal.services.staff import disable_staff_member
from portal.services.staff_changes import change_roles
from portal.services.support_calls import (
    end_lapsed_support_calls,
    end_support_call,
    extend_support_call,
    look_in_support_call,
    on_support_call,
)
from portal.services.support_pairing import (
    make_pairing_number,
    shown_pairing_number,
)
from tests.callers import actor_of
from tests.integration.web.conftest import SECRET_KEY
from tests.people import NOW, Cast, add_loan, add_staff
from tests.stories import borrower_actor
from tests.support_desk import SupportDesk

KEY = SECRET_KEY
LATE = timedelta(seconds=1)


class Desk(SupportDesk):
    """陈晨, with 李娜 on the line."""

    def __init__(self, session: Session, cast: Cast) -> None:
        super().__init__(session, cast.chen_chen, cast.li_na)
        self.cast = cast


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    add_loan(session, cast.li_na, ref="L-1001")
    return Desk(session, cast)


def events(session: Session, name: str) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


@pytest.mark.parametrize(
    ("typed", "by", "is_found"),
    [
        ("138 0013 8001", SoughtBy.MOBILE, True),
        ("13900139009", SoughtBy.MOBILE, False),
        ("L-1001", SoughtBy.LOAN, True),
        ("L-100", SoughtBy.LOAN, False),
        ("李娜", SoughtBy.LOAN, False),
        ("%", SoughtBy.LOAN, False),
        ("P22222222", SoughtBy.REFERENCE, False),
        ("", SoughtBy.NOTHING, False),
    ],
)
def test_a_number_is_looked_for_exactly_and_a_name_never(
    desk: Desk, typed: str, by: SoughtBy, is_found: bool
) -> None:
    call = desk.open(typed)
    assert call.sought_by == by
    assert (call.sought_borrower_id == desk.cast.li_na.id) is is_found
    assert (call.borrower_id, call.level) == (None, Level.NONE)


def test_what_is_looked_up_is_on_record_and_counted(desk: Desk, session: Session) -> None:
    for _ in range(40):
        end_support_call(session, desk.agent, call=desk.open(), by=EndedBy.AGENT, now=NOW)
    with pytest.raises(DomainError, match="too_many_searches"):
        desk.open()
    assert len(events(session, "support:opened")) == 40


def test_nothing_shows_before_the_statements_and_the_borrowers_word(desk: Desk) -> None:
    call = desk.open()
    with pytest.raises(AccessRefused, match="support_not_allowed"):
        desk.on(call, Level.PROVEN)
    desk.enter(desk.number(call))
    with pytest.raises(AccessRefused, match="support_not_allowed"):
        desk.on(call, Level.PROVEN)
    desk.allow(call, Level.PROVEN)
    with pytest.raises(DomainError, match="statement_missing"):
        desk.on(call, Level.PROVEN)
    desk.say(call)
    assert desk.on(call, Level.PROVEN).borrower_id == desk.cast.li_na.id
    with pytest.raises(AccessRefused, match="support_not_allowed"):
        desk.on(call, Level.CONSENTED)


def test_a_draft_takes_the_borrowers_own_consents(desk: Desk, session: Session) -> None:
    call = desk.allowed(Level.CONSENTED)
    assert desk.on(call, Level.CONSENTED).call is call
    given = session.scalars(select(Consent)).one()
    assert (given.borrower_id, given.kind, given.given_by) == (
        desk.cast.li_na.id,
        "privacy_notice",
        "borrower",
    )


def test_a_number_works_once_and_for_five_minutes(desk: Desk) -> None:
    call = desk.open()
    number = desk.number(call)
    assert shown_pairing_number(call, key=KEY, now=NOW) == number
    desk.now += PAIRING_LASTS
    assert shown_pairing_number(call, key=KEY, now=desk.now) is None
    assert desk.enter(number) == "pairing_wrong"
    number = desk.number(call)
    assert desk.enter(f" {number[:4]}-{number[4:]} ") is None
    assert desk.enter(number) == "pairing_wrong"
    with pytest.raises(Conflict, match="support_entered_already"):
        desk.number(call)


def test_five_wrong_entries_spend_it(desk: Desk, session: Session) -> None:
    call = desk.open()
    number = desk.number(call)
    wrong = f"{(int(number) + 1) % 10**8:08}"
    assert [desk.enter(wrong) for _ in range(MOST_TRIES)] == ["pairing_wrong"] * MOST_TRIES
    assert desk.enter(number) == "too_many_pairings"
    session.refresh(call)
    desk.now += timedelta(minutes=4)
    assert call.pairing_tries == MOST_TRIES
    assert shown_pairing_number(call, key=KEY, now=desk.now) is None


def test_somebody_else_who_enters_it_ends_the_call(desk: Desk, session: Session) -> None:
    call = desk.open()
    number = desk.number(call)
    assert desk.enter(number, by=borrower_actor(desk.cast.wang_qiang)) == "pairing_wrong"
    assert (call.ended_by, call.borrower_id) == (EndedBy.OTHER_BORROWER, None)
    assert desk.enter(number) == "pairing_wrong"
    assert events(session, "support:ended")[0].actor_kind == ActorKind.SYSTEM


def test_so_does_a_second_borrower_after_the_first(desk: Desk) -> None:
    call = desk.open("")
    number = desk.number(call)
    assert desk.enter(number) is None
    assert desk.enter(number, by=borrower_actor(desk.cast.wang_qiang)) == "pairing_wrong"
    assert call.ended_by == EndedBy.OTHER_BORROWER


def test_own_and_related_borrowers_are_refused_at_every_door(desk: Desk, session: Session) -> None:
    unknown = desk.open("")
    session.add(
        StaffRelation(
            staff_member_id=desk.cast.chen_chen.id,
            borrower_id=desk.cast.li_na.id,
            kind="close",
            made_at=NOW,
        )
    )
    session.flush()
    assert desk.enter(desk.number(unknown)) == "pairing_wrong"
    assert unknown.ended_at is not None
    with pytest.raises(AccessRefused, match="related_case"):
        desk.open()


def test_one_call_an_agent_and_one_a_borrower(desk: Desk, session: Session) -> None:
    first = desk.allowed()
    with pytest.raises(Conflict, match="support_call_open"):
        desk.open("13900139009")
    other = actor_of(add_staff(session, "1021", "other.agent", "另一位", Role.AGENT))
    second = desk.open(by=other)
    on = on_support_call(session, other, public_id=second.public_id, now=NOW)
    number = make_pairing_number(session, on, key=KEY, now=NOW)
    assert desk.enter(number) == "borrower_on_support_call"
    paired = {"borrower_id": first.borrower_id, "entered_at": NOW}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(SupportCall).where(SupportCall.id == second.id).values(**paired))


def test_a_colleagues_call_opens_nothing(desk: Desk, session: Session) -> None:
    call = desk.allowed()
    desk.member = add_staff(session, "1021", "other.agent", "另一位", Role.AGENT)
    with pytest.raises(NotFound, match="support_not_your_call"):
        desk.on(call)


def test_it_lasts_twenty_minutes_and_is_extended_once(desk: Desk) -> None:
    call = desk.allowed()
    desk.now += timedelta(minutes=19)
    assert extend_support_call(desk.session, desk.on(call), now=desk.now) == NOW + 2 * LASTS
    with pytest.raises(Conflict, match="support_extended_already"):
        extend_support_call(desk.session, desk.on(call), now=desk.now)
    desk.now = NOW + 2 * LASTS
    with pytest.raises(Conflict, match="support_call_over"):
        desk.on(call)


def test_what_is_over_cannot_be_extended(desk: Desk) -> None:
    call = desk.allowed()
    on = desk.on(call)
    with pytest.raises(Conflict, match="support_extended_already"):
        extend_support_call(desk.session, on, now=NOW + LASTS)


def by_agent(desk: Desk, call: SupportCall) -> None:
    end_support_call(desk.session, desk.agent, call=call, by=EndedBy.AGENT, now=desk.now)


def by_borrower(desk: Desk, call: SupportCall) -> None:
    end_support_call(desk.session, desk.borrower, call=call, by=EndedBy.BORROWER, now=desk.now)


def by_clock(desk: Desk, call: SupportCall) -> None:
    del call
    desk.now += LASTS
    end_lapsed_support_calls(desk.session, now=desk.now + LATE)


def by_disabling(desk: Desk, call: SupportCall) -> None:
    del call
    disable_staff_member(desk.session, SYSTEM, login="chen.chen", now=desk.now)


def by_role(desk: Desk, call: SupportCall) -> None:
    del call
    desk.session.execute(
        update(StaffMember).where(StaffMember.id == desk.agent.id).values(roles=[Role.APPROVER.value])
    )
    with pytest.raises(AccessRefused, match="permission_missing"):
        desk.on(desk.session.scalars(select(SupportCall)).one())
    assert find_open_of_borrower(desk.session, desk.cast.li_na.id, now=desk.now) is None
    end_lapsed_support_calls(desk.session, now=desk.now)


def by_taking_the_role(desk: Desk, call: SupportCall) -> None:
    """By an administrator, while the agent is on the call and looks at nothing."""
    del call
    desk.cast.chen_chen.roles = [Role.AGENT.value, Role.APPROVER.value]
    administrator = Actor(ActorKind.STAFF, desk.cast.sun_hao.id, frozenset({Role.ADMINISTRATOR}))
    change_roles(desk.session, administrator, member=desk.cast.chen_chen, roles={Role.APPROVER}, now=desk.now)


@pytest.mark.parametrize(
    ("end", "by", "who"),
    [
        (by_agent, EndedBy.AGENT, ActorKind.STAFF),
        (by_borrower, EndedBy.BORROWER, ActorKind.BORROWER),
        (by_clock, EndedBy.CLOCK, ActorKind.SYSTEM),
        (by_disabling, EndedBy.DISABLED, ActorKind.SYSTEM),
        (by_role, EndedBy.ROLE_REMOVED, ActorKind.SYSTEM),
        (by_taking_the_role, EndedBy.ROLE_REMOVED, ActorKind.SYSTEM),
    ],
)
def test_each_end_is_an_end_at_once_and_told_once(
    desk: Desk, session: Session, end: Callable[[Desk, SupportCall], None], by: EndedBy, who: ActorKind
) -> None:
    call = desk.allowed(Level.CONSENTED)
    end(desk, call)
    session.refresh(call)
    assert call.ended_by == by
    with pytest.raises((Conflict, AccessRefused)):
        desk.on(call)
    assert find_open_of_borrower(session, desk.cast.li_na.id, now=desk.now) is None
    by_agent(desk, call)
    told = events(session, "support:ended")
    assert [(each.actor_kind, each.fields["ended_by"]) for each in told] == [(who, by)]


def test_every_event_of_a_call_says_whose_and_why(desk: Desk, session: Session) -> None:
    call = desk.allowed(Level.CONSENTED)
    look_in_support_call(session, desk.on(call, Level.PROVEN), page=SupportPage.HOME, now=NOW)
    by_agent(desk, call)
    wanted = {
        "support_call_id": call.id,
        "support_agent_id": desk.cast.chen_chen.id,
        "support_reason": "make_plan",
    }
    told = session.scalars(select(Event).where(Event.name.not_like("loan:%"))).all()
    assert len(told) == 10
    assert {event.borrower_id for event in told} == {desk.cast.li_na.id}
    assert [{name: event.fields[name] for name in ON_CALL_FIELDS} for event in told] == [wanted] * 10


def test_the_call_is_among_all_contacts(desk: Desk, session: Session) -> None:
    call = desk.open("")
    contact = session.get_one(Contact, call.contact_id)
    assert (contact.direction, contact.purpose, contact.borrower_id) == ("in", "support_call", None)
    desk.enter(desk.number(call))
    assert contact.borrower_id == desk.cast.li_na.id


def test_a_call_that_goes_out_asks_the_guard(desk: Desk, session: Session) -> None:
    desk.now = NOW.astimezone(HOME_ZONE).replace(hour=23)
    with pytest.raises(DomainError, match="contact_not_allowed") as refused:
        desk.open(direction=Direction.OUT)
    assert refused.value.rule == "C01"  # as for a number that nobody has: it tells nothing of anybody
    with pytest.raises(DomainError, match="contact_not_allowed") as refused:
        desk.open("13900139009", direction=Direction.OUT)
    assert refused.value.rule == "C01"
    assert session.scalar(select(func.count()).select_from(SupportCall)) == 0
    assert desk.open(direction=Direction.IN).direction == "in"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AGENT])
def test_nobody_but_an_agent_starts_one(desk: Desk, session: Session, role: Role) -> None:
    somebody = actor_of(add_staff(session, "1031", "somebody", "别人", role))
    with pytest.raises(AccessRefused, match="permission_missing"):
        desk.open(by=somebody)


@pytest.mark.parametrize(
    "values",
    [
        {"level": "proven"},
        {"allowed_at": NOW},
        {"entered_at": NOW},
        {"ended_at": NOW},
        {"level": "all"},
        {"ended_by": "nobody", "ended_at": NOW},
    ],
)
def test_the_database_says_so_too(desk: Desk, session: Session, values: dict[str, Any]) -> None:
    call = desk.open()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(SupportCall).where(SupportCall.id == call.id).values(**values))


@pytest.mark.parametrize("has_loan", [True, False])
def test_a_look_names_the_page_and_the_loan_on_it(desk: Desk, session: Session, *, has_loan: bool) -> None:
    loan_id = add_loan(session, desk.cast.li_na, ref="L-1002").id if has_loan else None
    call = desk.allowed(Level.PROVEN)
    look_in_support_call(
        session, desk.on(call, Level.PROVEN), page=SupportPage.LOAN, loan_id=loan_id, now=NOW
    )
    [look] = session.scalars(select(Event).where(Event.name == "support:looked_at")).all()
    assert (look.borrower_id, look.loan_id, look.proposal_id) == (desk.cast.li_na.id, loan_id, None)
    assert look.fields["page"] == "loan"
