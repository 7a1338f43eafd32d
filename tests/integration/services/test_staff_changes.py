"""What an account may: taken away at once, given by two."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.adapters.time_codes import PyotpTimeCodes
from portal.db import transaction
from portal.domain.claims import LEASE
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Agency, CallItem, Event, ReviewItem, StaffChange, StaffInvitation, StaffMember
from portal.queries.staff_accounts import get_account
from portal.services.case_handling import take_service_case
from portal.services.claims import claim_case
from portal.services.staff import disable_staff_member
from portal.services.staff_changes import change_roles, enable_staff_member, withdraw_change
from portal.services.staff_invitations import answer_change, ask_for_reset
from tests.callers import fill_list, item_of
from tests.databases import Database
from tests.people import NOW, TODAY, Cast, add_cast, add_loan, add_staff
from tests.races import count, two_before_either_commits
from tests.service_cases import bring_up
from tests.stories import Story
from tests.support_desk import SupportDesk

CODES = PyotpTimeCodes()


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


def agree(session: Session, by: StaffMember, change: StaffChange, *, yes: bool = True) -> object:
    return answer_change(session, actor(by), change=change, is_agreed=yes, time_codes=CODES, now=NOW)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).where(Event.name.like("staff:%")).order_by(Event.id)))


@pytest.fixture
def asked(session: Session, cast: Cast) -> StaffChange:
    """陈晨 is to approve, asked for by 孙浩."""
    change = change_roles(
        session, actor(cast.sun_hao), member=cast.chen_chen, roles={Role.AGENT, Role.APPROVER}, now=NOW
    )
    assert change is not None
    return change


def test_power_is_given_once_a_second_person_agrees(session: Session, cast: Cast, asked: StaffChange) -> None:
    assert cast.chen_chen.roles == ["agent"]
    assert agree(session, cast.wu_yan, asked) is None
    assert cast.chen_chen.roles == ["agent", "approver"]
    assert names(session) == ["staff:change_asked", "staff:change_ended", "staff:roles_changed"]
    assert agree(session, cast.wu_yan, asked) is None
    with pytest.raises(Conflict, match="staff_change_over"):
        agree(session, add_staff(session, "1099", "other", "另一", Role.SUPERVISOR), asked)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("sun_hao", "staff_change_by_oneself"),
        ("zhou_min", "permission_missing"),
        ("zheng_hao", "permission_missing"),
        ("chen_chen", "permission_missing"),
    ],
)
def test_neither_the_asker_nor_who_has_no_say_agrees(
    session: Session, cast: Cast, asked: StaffChange, who: str, code: str
) -> None:
    with pytest.raises(AccessRefused, match=code):
        agree(session, getattr(cast, who), asked)
    assert cast.chen_chen.roles == ["agent"]


def test_who_gains_by_it_does_not_agree(session: Session, cast: Cast) -> None:
    change = change_roles(
        session, actor(cast.sun_hao), member=cast.wu_yan, roles={Role.ADMINISTRATOR}, now=NOW
    )
    assert change is not None
    with pytest.raises(AccessRefused, match="staff_change_by_oneself"):
        agree(session, cast.wu_yan, change)


def test_taking_away_waits_for_nobody_and_frees_what_was_held(
    session: Session, cast: Cast, story: Story
) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    claim_case(session, actor(cast.zhou_min), proposal=story.proposal, now=NOW)
    assert (
        change_roles(session, actor(cast.sun_hao), member=cast.zhou_min, roles={Role.AGENT}, now=NOW) is None
    )
    assert cast.zhou_min.roles == ["agent"]
    assert session.scalars(select(ReviewItem.claimed_by)).all() == [None]
    released = session.scalars(select(Event).where(Event.name == "case:released")).one()
    assert released.fields == {"reason": "role_removed"}


def test_a_no_and_a_withdrawal_change_nothing(session: Session, cast: Cast, asked: StaffChange) -> None:
    agree(session, cast.wu_yan, asked, yes=False)
    assert (asked.state, cast.chen_chen.roles) == ("refused", ["agent"])
    again = change_roles(
        session, actor(cast.sun_hao), member=cast.chen_chen, roles={Role.AGENT, Role.APPROVER}, now=NOW
    )
    assert again is not None
    assert withdraw_change(session, actor(cast.sun_hao), change=again, now=NOW)
    with pytest.raises(Conflict, match="staff_change_over"):
        agree(session, cast.wu_yan, again)


def test_a_yes_does_not_bring_back_what_was_taken_meanwhile(
    session: Session, cast: Cast, asked: StaffChange
) -> None:
    change_roles(session, actor(cast.sun_hao), member=cast.chen_chen, roles={Role.CALLER}, now=NOW)
    with pytest.raises(Conflict, match="staff_change_stale"):
        agree(session, cast.wu_yan, asked)


@pytest.mark.parametrize(
    ("member", "roles", "code"),
    [
        ("sun_hao", {Role.AGENT}, "staff_oneself"),
        ("chen_chen", set(), "roles_missing"),
        ("chen_chen", {Role.AGENT}, "roles_as_before"),
        ("chen_chen", {Role.AUDITOR, Role.AGENT}, "roles_not_together"),
        ("chen_chen", {Role.COLLECTOR, Role.APPROVER}, "roles_not_together"),
        ("chen_chen", {Role.ADMINISTRATOR, Role.APPROVER}, "roles_not_together"),
        ("chen_chen", {Role.COLLECTOR}, "agency_missing"),
        ("zhou_min", {Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR}, "roles_not_together"),
    ],
)
def test_roles_that_cannot_be_are_refused(
    session: Session, cast: Cast, member: str, roles: set[Role], code: str
) -> None:
    before = list(getattr(cast, member).roles)
    with pytest.raises(DomainError, match=code):
        change_roles(session, actor(cast.sun_hao), member=getattr(cast, member), roles=roles, now=NOW)
    assert getattr(cast, member).roles == before


def test_there_is_always_an_administrator(session: Session, cast: Cast) -> None:
    second = add_staff(session, "1098", "second", "第二", Role.ADMINISTRATOR)
    assert disable_staff_member(session, actor(second), login="sun.hao", now=NOW)
    third = add_staff(session, "1097", "third", "第三", Role.ADMINISTRATOR)
    third.disabled_at = NOW
    session.flush()
    with pytest.raises(Conflict, match="last_administrator"):
        disable_staff_member(session, actor(cast.sun_hao), login="second", now=NOW)
    with pytest.raises(Conflict, match="last_administrator"):
        change_roles(session, actor(cast.sun_hao), member=second, roles={Role.AGENT}, now=NOW)
    with pytest.raises(AccessRefused, match="staff_oneself"):
        disable_staff_member(session, actor(second), login="second", now=NOW)


def test_a_yes_that_would_leave_no_administrator_is_refused(session: Session, cast: Cast) -> None:
    second = add_staff(session, "1098", "second", "第二", Role.ADMINISTRATOR)
    change = change_roles(session, actor(cast.sun_hao), member=second, roles={Role.APPROVER}, now=NOW)
    assert change is not None
    assert disable_staff_member(session, actor(second), login="sun.hao", now=NOW)
    with pytest.raises(Conflict) as refused, session.begin_nested():
        agree(session, cast.wu_yan, change)
    assert refused.value.code == "last_administrator"
    session.refresh(second)
    assert second.roles == ["administrator"]


def test_of_two_who_end_an_account_at_once_one_does(database: Database) -> None:
    with transaction(database.engine) as session:
        by = actor(add_cast(session).sun_hao)

    def end(session: Session, _number: int) -> None:
        shown = get_account(session, "1002")  # as the page does, before anything is locked
        disable_staff_member(session, by, login=shown.login, now=NOW)

    assert two_before_either_commits(database, end) == ["done", "done"]
    assert count(database, Event.name == "staff:disabled") == 1


@pytest.mark.parametrize("act", ["disable", "roles"])
def test_two_administrators_do_not_end_each_other_at_once(database: Database, act: str) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        second = add_staff(session, "1098", "second", "第二", Role.ADMINISTRATOR)
        pairs = [(actor(cast.sun_hao), "second", second.id), (actor(second), "sun.hao", cast.sun_hao.id)]

    def end(session: Session, number: int) -> None:
        by, login, member_id = pairs[number]
        if act == "disable":
            disable_staff_member(session, by, login=login, now=NOW)
            return
        member = session.get_one(StaffMember, member_id, with_for_update=True)
        change_roles(session, by, member=member, roles={Role.AGENT}, now=NOW)

    assert two_before_either_commits(database, end) == ["done", "last_administrator"]


def test_who_comes_back_has_no_power_until_two_give_it(session: Session, cast: Cast) -> None:
    disable_staff_member(session, actor(cast.sun_hao), login="wu.yan", now=NOW)
    enable_staff_member(session, actor(cast.sun_hao), member=cast.wu_yan, now=NOW)
    assert (cast.wu_yan.disabled_at, cast.wu_yan.roles) == (None, ["agent"])
    with pytest.raises(Conflict, match="staff_enabled"):
        enable_staff_member(session, actor(cast.sun_hao), member=cast.wu_yan, now=NOW)


def test_ending_an_account_ends_what_waits_for_it(session: Session, cast: Cast, asked: StaffChange) -> None:
    disable_staff_member(session, actor(cast.sun_hao), login="chen.chen", now=NOW)
    session.refresh(asked)
    assert asked.state == "withdrawn"
    with pytest.raises(Conflict, match="staff_disabled"):
        change_roles(session, actor(cast.sun_hao), member=cast.chen_chen, roles={Role.CALLER}, now=NOW)
    with pytest.raises(Conflict, match="staff_disabled"):
        ask_for_reset(session, actor(cast.sun_hao), member=cast.chen_chen, now=NOW)


def test_of_two_who_answer_at_once_one_does(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        other = add_staff(session, "1099", "other", "另一", Role.SUPERVISOR)
        change = change_roles(
            session, actor(cast.sun_hao), member=cast.chen_chen, roles={Role.AGENT, Role.APPROVER}, now=NOW
        )
        assert change is not None
        change_id, who = change.id, [actor(cast.wu_yan), actor(other)]

    def answer(number: int) -> str:
        try:
            with transaction(database.engine) as session:
                locked = session.get_one(StaffChange, change_id, with_for_update=True)
                answer_change(
                    session, who[number], change=locked, is_agreed=number == 0, time_codes=CODES, now=NOW
                )
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(answer, range(2)))
    assert outcomes == ["done", "staff_change_over"]


@pytest.mark.parametrize(
    "values",
    [
        lambda cast: {"asked_by": cast.sun_hao.id, "answered_by": cast.sun_hao.id, "staff_member_id": None},
        lambda cast: {
            "asked_by": cast.sun_hao.id,
            "answered_by": cast.wu_yan.id,
            "staff_member_id": cast.sun_hao.id,
        },
        lambda cast: {
            "asked_by": cast.sun_hao.id,
            "answered_by": cast.wu_yan.id,
            "staff_member_id": cast.wu_yan.id,
        },
        lambda cast: {"asked_by": cast.sun_hao.id, "answered_by": None, "staff_member_id": None},
    ],
    ids=["asker agrees", "for the asker", "beneficiary agrees", "nobody agrees"],
)
def test_the_database_refuses_what_two_did_not_do(
    session: Session, cast: Cast, values: Callable[[Cast], dict[str, int | None]]
) -> None:
    row = {
        "public_id": "c" * 32, "kind": "roles", "roles_before": [], "roles": ["approver"], "state": "agreed",
        "asked_at": NOW, "answered_at": NOW, **values(cast),
    }  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(StaffChange).values(row))


@pytest.mark.parametrize("roles", [["collector", "approver"], ["approver", "collector"], ["approver"]])
def test_the_database_lets_no_agency_staff_decide(session: Session, cast: Cast, roles: list[str]) -> None:
    agency = Agency(
        public_id="a" * 32,
        name="诚信催收",
        registration_number="91310000",
        phone="400",
        contract_from=TODAY,
        contract_to=TODAY,
        made_at=NOW,
    )
    session.add(agency)
    session.flush()
    cast.he_jing.agency_id = agency.id
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(StaffMember).where(StaffMember.id == cast.he_jing.id).values(roles=roles))


def signs_in_with(session: Session, member: StaffMember) -> str | None:
    return session.get_one(StaffMember, member.id, populate_existing=True).totp_secret


def test_a_reset_stops_the_old_ones_and_makes_a_link(session: Session, cast: Cast) -> None:
    change = ask_for_reset(session, actor(cast.sun_hao), member=cast.zhou_min, now=NOW)
    assert signs_in_with(session, cast.zhou_min) is not None
    invited = agree(session, cast.wu_yan, change)
    assert signs_in_with(session, cast.zhou_min) is None
    invitation = session.scalars(select(StaffInvitation)).one()
    assert invitation.staff_member_id == cast.zhou_min.id
    assert getattr(invited, "token", "")
    assert invitation.token_hash != getattr(invited, "token", "")


@pytest.mark.parametrize(
    ("left", "held"),
    [
        (Role.APPROVER, {"proposal", "case"}),
        (Role.AGENT, {"case", "support"}),
        (Role.CALLER, {"call"}),
    ],
)
def test_what_the_roles_that_are_left_can_do_stays_and_the_rest_goes_back(
    session: Session, cast: Cast, story: Story, left: Role, held: set[str]
) -> None:
    """Somebody who held one of each: a proposal, a case, a loan to call and a support call."""
    member, second = cast.zhou_min, add_loan(session, cast.wang_qiang, ref="L-2001")
    member.roles = [Role.AGENT.value, Role.APPROVER.value, Role.CALLER.value]
    session.flush()
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    claim_case(session, actor(member), proposal=story.proposal, now=NOW)
    case = bring_up(session, cast.wang_qiang, second)
    take_service_case(session, actor(member), case=case, now=NOW)
    fill_list(session)
    session.execute(
        update(CallItem)
        .where(CallItem.loan_id == story.loan.id)
        .values(leased_by=member.id, leased_until=NOW + LEASE)
    )
    call = SupportDesk(session, member, cast.li_na).open()
    assert change_roles(session, actor(cast.sun_hao), member=member, roles={left}, now=NOW) is None
    for row in (case, call):
        session.refresh(row)
    kept = {
        "proposal": session.scalars(select(ReviewItem.claimed_by)).one() == member.id,
        "case": case.owner_id == member.id,
        "call": item_of(session, story.loan).leased_by == member.id,
        "support": call.ended_at is None,
    }
    assert {name for name, is_kept in kept.items() if is_kept} == held
