"""An invitation works once, for three days, and nobody signs in before."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.passwords import Argon2Passwords
from portal.adapters.time_codes import PyotpTimeCodes
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.staff_invitations import InvitationState
from portal.models import Event, StaffChange, StaffDeclaration, StaffInvitation, StaffMember, StaffRelation
from portal.services.agencies import end_agency
from portal.services.staff_invitations import (
    Acceptance,
    Invited,
    Wish,
    accept_invitation,
    answer_change,
    count_acceptance,
    invitation_state,
    invite,
    make_link,
    withdraw_invitation,
)
from portal.services.staff_relations import HashKeys
from tests.people import NOW, Cast, add_agency
from tests.staff_ids import ID_NUMBER, id_hash

PASSWORDS, CODES = Argon2Passwords(), PyotpTimeCodes()
KEYS = HashKeys(own="a secret key for tests, long enough")
PASSWORD = "a quiet walk by the river"
VISITOR = Actor(ActorKind.PUBLIC)


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


def invited(session: Session, cast: Cast, *roles: Role, **wish: Any) -> Invited:
    said = {"login": "new.one", "name": "新人", "number": "3001", "roles": roles or (Role.AGENT,), **wish}
    return invite(session, actor(cast.sun_hao), wish=Wish(**said), time_codes=CODES, now=NOW)


def accept(session: Session, invitation: StaffInvitation, *, now: Any = NOW, **said: str) -> StaffMember:
    code = CODES.code_at(invitation.totp_secret or "A" * 32, now)
    typed = {"password": PASSWORD, "code": code, "id_number": ID_NUMBER, **said}
    return accept_invitation(
        session,
        VISITOR,
        invitation=invitation,
        said=Acceptance(**typed),
        passwords=PASSWORDS,
        time_codes=CODES,
        keys=KEYS,
        locale="zh_CN",
        now=now,
    )


def test_the_account_is_there_once_it_is_accepted(session: Session, cast: Cast) -> None:
    cast.li_na.id_hash = id_hash(ID_NUMBER)
    made = invited(session, cast)
    assert made.token
    assert made.invitation.token_hash != made.token
    assert session.scalar(select(StaffMember).where(StaffMember.login == "new.one")) is None
    member = accept(session, made.invitation)
    assert (member.number, member.roles, member.totp_last_step is not None) == ("3001", ["agent"], True)
    assert PASSWORDS.verify(member.password_hash, PASSWORD)
    assert made.invitation.totp_secret is None
    relation = session.scalars(select(StaffRelation)).one()
    assert (relation.staff_member_id, relation.borrower_id, relation.kind) == (
        member.id,
        cast.li_na.id,
        "oneself",
    )
    kept = session.scalars(select(StaffDeclaration)).one()
    assert ID_NUMBER not in kept.match_key
    assert id_hash(ID_NUMBER) not in kept.match_key
    assert session.get_one(type(cast.li_na), cast.li_na.id).is_staff_relation


def test_it_works_once(session: Session, cast: Cast) -> None:
    made = invited(session, cast)
    accept(session, made.invitation)
    with pytest.raises(Conflict, match="invitation_over"):
        accept(session, made.invitation)
    assert len(session.scalars(select(StaffMember).where(StaffMember.login == "new.one")).all()) == 1


def test_it_works_for_three_days(session: Session, cast: Cast) -> None:
    made = invited(session, cast)
    last = NOW + timedelta(hours=72)
    assert invitation_state(made.invitation, last - timedelta(seconds=1)) is InvitationState.OPEN
    with pytest.raises(Conflict, match="invitation_over"):
        accept(session, made.invitation, now=last)


def test_a_withdrawn_one_opens_nothing(session: Session, cast: Cast) -> None:
    made = invited(session, cast)
    assert withdraw_invitation(session, actor(cast.sun_hao), invitation=made.invitation, now=NOW)
    assert not withdraw_invitation(session, actor(cast.sun_hao), invitation=made.invitation, now=NOW)
    with pytest.raises(Conflict, match="invitation_over"):
        accept(session, made.invitation)
    with pytest.raises(Conflict, match="invitation_over"):
        make_link(session, actor(cast.sun_hao), invitation=made.invitation, now=NOW)


def test_a_new_link_takes_the_place_of_the_old(session: Session, cast: Cast) -> None:
    made = invited(session, cast)
    before = made.invitation.token_hash
    again = make_link(session, actor(cast.sun_hao), invitation=made.invitation, now=NOW)
    assert again.token not in {None, made.token}
    assert made.invitation.token_hash != before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"password": "short"}, "password_too_short"),
        ({"password": "new.one new.one new.one"}, "password_own_word"),
        ({"code": "000000"}, "totp_code_wrong"),
        ({"id_number": ""}, "id_number_missing"),
        ({"id_number": "110101199003070000"}, "id_number_unclear"),
    ],
)
def test_what_is_wrong_leaves_the_invitation_as_it_was(
    session: Session, cast: Cast, said: dict[str, str], code: str
) -> None:
    made = invited(session, cast)
    with pytest.raises(DomainError) as refused, session.begin_nested():
        accept(session, made.invitation, **said)
    assert refused.value.code == code
    session.expire_all()
    assert invitation_state(made.invitation, NOW) is InvitationState.OPEN
    assert session.scalar(select(StaffMember).where(StaffMember.login == "new.one")) is None


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_one_to_power_has_no_link_before_a_second_agrees(session: Session, cast: Cast, role: Role) -> None:
    made = invited(session, cast, role)
    assert made.token is None
    assert made.invitation.token_hash is None
    with pytest.raises(Conflict, match="invitation_over"):
        accept(session, made.invitation)
    with pytest.raises(Conflict, match="invitation_waits"):
        make_link(session, actor(cast.sun_hao), invitation=made.invitation, now=NOW)
    change = session.scalars(select(StaffChange)).one()
    agreed = answer_change(
        session, actor(cast.wu_yan), change=change, is_agreed=True, time_codes=CODES, now=NOW
    )
    assert agreed is not None
    assert agreed.token
    assert accept(session, made.invitation).roles == [role.value]


def test_a_no_withdraws_it(session: Session, cast: Cast) -> None:
    made = invited(session, cast, Role.APPROVER)
    change = session.scalars(select(StaffChange)).one()
    answer_change(session, actor(cast.wu_yan), change=change, is_agreed=False, time_codes=CODES, now=NOW)
    assert invitation_state(made.invitation, NOW) is InvitationState.WITHDRAWN


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"login": ""}, "login_missing"),
        ({"login": "two words"}, "login_missing"),
        ({"login": "ZHOU.MIN"}, "login_taken"),
        ({"number": "1002"}, "login_taken"),
        ({"number": "invite"}, "staff_number_missing"),
        ({"roles": ()}, "roles_missing"),
        ({"roles": (Role.COLLECTOR,)}, "agency_missing"),
    ],
)
def test_what_cannot_be_invited_is_refused(
    session: Session, cast: Cast, wish: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        invited(session, cast, **wish)
    assert session.scalars(select(StaffInvitation)).all() == []


def test_nobody_is_invited_for_an_agency_that_has_ended(session: Session, cast: Cast) -> None:
    agency = add_agency(session)
    first = invited(session, cast, Role.COLLECTOR, login="first", number="3002", agency_id=agency.id)
    assert first.invitation.agency_id == agency.id
    assert end_agency(session, actor(cast.wu_yan), agency=agency, now=NOW)
    with pytest.raises(DomainError, match="agency_ended"):
        invited(session, cast, Role.COLLECTOR, agency_id=agency.id)


def test_one_that_ran_out_keeps_nobodys_login(session: Session, cast: Cast) -> None:
    invited(session, cast)
    with pytest.raises(DomainError, match="login_taken"):
        invited(session, cast)
    later = NOW + timedelta(days=4)
    wish = Wish(login="new.one", name="新人", number="3001", roles={Role.AGENT})
    assert invite(session, actor(cast.sun_hao), wish=wish, time_codes=CODES, now=later).token


def test_nobody_is_asked_any_more_about_one_that_ran_out(session: Session, cast: Cast) -> None:
    invited(session, cast, Role.APPROVER)
    later = NOW + timedelta(days=4)
    wish = Wish(login="new.one", name="新人", number="3001", roles={Role.APPROVER})
    invite(session, actor(cast.sun_hao), wish=wish, time_codes=CODES, now=later)
    assert list(session.scalars(select(StaffChange.state).order_by(StaffChange.id))) == ["withdrawn", "asked"]


@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "wu_yan", "zheng_hao", "he_jing", "lin_yue"])
def test_only_an_administrator_invites(session: Session, cast: Cast, who: str) -> None:
    wish = Wish(login="new.one", name="新人", number="3001", roles={Role.AGENT})
    with pytest.raises(AccessRefused, match="permission_missing"):
        invite(session, actor(getattr(cast, who)), wish=wish, time_codes=CODES, now=NOW)


def test_guessing_ends_after_ten(session: Session, cast: Cast) -> None:
    made = invited(session, cast)
    tries = [
        count_acceptance(session, invitation=made.invitation, address_key="here", now=NOW) for _ in range(11)
    ]
    assert [full is None for full in tries] == [True] * 10 + [False]


def test_every_step_is_on_record(session: Session, cast: Cast) -> None:
    accept(session, invited(session, cast).invitation)
    names = session.scalars(select(Event.name).where(Event.name.like("staff:%")).order_by(Event.id)).all()
    assert names == ["staff:invited", "staff:declared", "staff:added", "staff:invitation_used"]
