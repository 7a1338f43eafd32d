"""Two at once about one account, one invitation, one agency: they wait for each other, and neither is in the other's way for ever."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.passwords import Argon2Passwords
from portal.adapters.time_codes import PyotpTimeCodes
from portal.db import transaction
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.staff_invitations import token_hash
from portal.models import StaffChange, StaffInvitation, StaffMember
from portal.queries.agencies import get_agency
from portal.queries.staff_accounts import find_invitation, get_account, get_change, get_invitation
from portal.services.agencies import end_agency
from portal.services.staff import disable_staff_member
from portal.services.staff_changes import change_roles, enable_staff_member
from portal.services.staff_invitations import (
    Acceptance,
    Invited,
    Wish,
    accept_invitation,
    answer_change,
    ask_for_reset,
    invite,
    withdraw_invitation,
)
from portal.services.staff_passwords import PasswordChange, change_password
from portal.services.staff_relations import HashKeys
from tests.databases import Database
from tests.people import NOW, Cast, add_agency, add_cast
from tests.races import count, two_before_either_commits, two_that_hold_a_lock_each
from tests.staff_ids import ID_NUMBER

PASSWORDS, CODES = Argon2Passwords(), PyotpTimeCodes()
KEYS = HashKeys(own="a secret key for tests, long enough")
OLD, NEW = "a quiet walk by the river", "another walk in the mountains"
Act = Callable[[Session, Any], object]


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


@pytest.fixture
def cast(database: Database) -> Cast:
    with transaction(database.engine) as session:
        return add_cast(session)


def answering(by: Actor, *, is_agreed: bool) -> Act:
    def answer(session: Session, change: StaffChange) -> None:
        answer_change(session, by, change=change, is_agreed=is_agreed, time_codes=CODES, now=NOW)

    return answer


def accept(session: Session, invitation: StaffInvitation) -> None:
    code = CODES.code_at(invitation.totp_secret or "A" * 32, NOW)
    accept_invitation(
        session,
        Actor(ActorKind.PUBLIC),
        invitation=invitation,
        said=Acceptance(password=OLD, code=code, id_number=ID_NUMBER),
        passwords=PASSWORDS,
        time_codes=CODES,
        keys=KEYS,
        locale="zh_CN",
        now=NOW,
    )


def of_link(made: Invited) -> Callable[[Session], StaffInvitation | None]:
    hashed = token_hash(made.token or "")
    return lambda session: find_invitation(session, hashed, is_locked=True)


@pytest.mark.parametrize("is_agreed", [True, False])
def test_an_invitation_is_taken_back_while_a_second_person_answers(
    database: Database, cast: Cast, is_agreed: bool
) -> None:
    by, second = actor(cast.sun_hao), actor(cast.wu_yan)
    with transaction(database.engine) as session:
        wish = Wish(login="new.one", name="新人", number="3001", roles=[Role.APPROVER])
        invitation_id = invite(session, by, wish=wish, time_codes=CODES, now=NOW).invitation.public_id
        change_id = session.scalars(select(StaffChange.public_id)).one()

    withdrawn, answered = two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_invitation(session, invitation_id),
            lambda session, found: withdraw_invitation(session, by, invitation=found, now=NOW),
        ),
        (lambda session: get_change(session, change_id), answering(second, is_agreed=is_agreed)),
    )
    assert withdrawn == "done"
    assert answered in {"done", "staff_change_over"}
    assert count(database, StaffInvitation.withdrawn_at.is_not(None)) == 1
    assert count(database, StaffChange.state == "asked") == 0


def test_an_account_is_ended_while_a_second_person_answers(database: Database, cast: Cast) -> None:
    by, second = actor(cast.sun_hao), actor(cast.wu_yan)
    with transaction(database.engine) as session:
        member = get_account(session, cast.chen_chen.number, is_locked=True)
        change = change_roles(session, by, member=member, roles={Role.AGENT, Role.APPROVER}, now=NOW)
        assert change is not None
        change_id = change.public_id

    ended, answered = two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_account(session, cast.chen_chen.number, is_locked=True),
            lambda session, found: disable_staff_member(session, by, login=found.login, now=NOW),
        ),
        (lambda session: get_change(session, change_id), answering(second, is_agreed=True)),
    )
    assert ended == "done"
    assert answered in {"done", "staff_change_over"}
    assert count(database, StaffMember.id == cast.chen_chen.id, StaffMember.disabled_at.is_not(None)) == 1


def test_an_account_is_ended_while_it_gets_a_new_password(database: Database, cast: Cast) -> None:
    by = actor(cast.sun_hao)
    with transaction(database.engine) as session:
        member = get_account(session, cast.chen_chen.number, is_locked=True)
        change = ask_for_reset(session, by, member=member, now=NOW)
        made = answer_change(
            session, actor(cast.wu_yan), change=change, is_agreed=True, time_codes=CODES, now=NOW
        )
        assert made is not None

    ended, accepted = two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_account(session, cast.chen_chen.number, is_locked=True),
            lambda session, found: disable_staff_member(session, by, login=found.login, now=NOW),
        ),
        (of_link(made), accept),
    )
    assert ended == "done"
    assert accepted in {"done", "invitation_over"}
    assert count(database, StaffInvitation.used_at.is_(None), StaffInvitation.withdrawn_at.is_(None)) == 0


def test_nobody_joins_an_agency_that_is_being_ended(database: Database, cast: Cast) -> None:
    by = actor(cast.sun_hao)
    with transaction(database.engine) as session:
        agency = add_agency(session)
        agency_id, public_id = agency.id, agency.public_id
        wish = Wish(login="new.one", name="新人", number="3001", roles=[Role.COLLECTOR], agency_id=agency.id)
        made = invite(session, by, wish=wish, time_codes=CODES, now=NOW)

    ended, accepted = two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_agency(session, public_id, is_locked=True),
            lambda session, found: end_agency(session, by, agency=found, now=NOW),
        ),
        (of_link(made), accept),
    )
    assert ended == "done"
    assert accepted in {"done", "invitation_over"}
    is_its = StaffMember.agency_id == agency_id
    assert count(database, StaffMember.id.is_not(None), is_its, StaffMember.disabled_at.is_(None)) == 0


def test_nobody_comes_back_to_an_agency_that_is_being_ended(database: Database, cast: Cast) -> None:
    by = actor(cast.sun_hao)
    with transaction(database.engine) as session:
        agency = add_agency(session)
        agency_id, public_id = agency.id, agency.public_id
        member = get_account(session, cast.he_jing.number, is_locked=True)
        member.agency_id, member.disabled_at = agency.id, NOW

    two_that_hold_a_lock_each(
        database,
        (
            lambda session: get_agency(session, public_id, is_locked=True),
            lambda session, found: end_agency(session, by, agency=found, now=NOW),
        ),
        (
            lambda session: get_account(session, cast.he_jing.number, is_locked=True),
            lambda session, found: enable_staff_member(session, by, member=found, now=NOW),
        ),
    )
    is_its = StaffMember.agency_id == agency_id
    assert count(database, StaffMember.id.is_not(None), is_its, StaffMember.disabled_at.is_(None)) == 0


def test_of_two_new_passwords_at_once_one_holds(database: Database, cast: Cast) -> None:
    """Each shows a code of its own; the old password is good for one of them only."""
    with transaction(database.engine) as session:
        member = session.get_one(StaffMember, cast.wu_yan.id)
        member.password_hash, secret = PASSWORDS.hash(OLD), CODES.new_secret()
        member.totp_secret, member.totp_last_step = secret, None

    def change(session: Session, number: int) -> None:
        shown = session.get_one(StaffMember, cast.wu_yan.id)  # as the page does, before anything is locked
        typed = PasswordChange(old=OLD, new=f"{NEW} {number}", code=CODES.code_at(secret, NOW))
        by = Actor(ActorKind.STAFF, cast.wu_yan.id)
        assert shown.id == by.id
        change_password(session, by, passwords=PASSWORDS, time_codes=CODES, typed=typed, now=NOW)

    assert two_before_either_commits(database, change) == ["done", "password_old_wrong"]
