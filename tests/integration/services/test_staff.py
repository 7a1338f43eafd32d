import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.passwords import Argon2Passwords
from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Event, ReviewItem, StaffMember, StaffRelation, WebSession
from portal.services.claims import claim_case
from portal.services.staff import (
    NewStaffMember,
    add_staff_member,
    disable_staff_member,
    relate_staff_member,
)
from tests.people import NOW, PASSWORD, TOTP_SECRET, Cast
from tests.stories import Story

PASSWORDS = Argon2Passwords()


def new(
    login: str = "New.One", number: str = "2001", password: str = PASSWORD, *roles: Role
) -> NewStaffMember:
    return NewStaffMember(
        login=login,
        name="新人",
        number=number,
        roles=roles or {Role.APPROVER},
        password=password,
        totp_secret=TOTP_SECRET,
    )


def add(session: Session, member: NewStaffMember, actor: Actor = SYSTEM) -> StaffMember:
    return add_staff_member(session, actor, passwords=PASSWORDS, new=member, now=NOW)


def test_an_account_is_added_with_its_password_hashed_and_an_event(session: Session) -> None:
    member = add(session, new())
    assert (member.login, member.roles) == ("new.one", ["approver"])
    assert PASSWORDS.verify(member.password_hash, PASSWORD)
    event = session.scalars(select(Event).where(Event.name == "staff:added")).one()
    assert event.fields == {"staff_number": "2001", "roles": ["approver"]}


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (new(password="short"), "password_too_short"),
        (new(password="password123456789"), "password_common"),
        (new(login="ZHOU.MIN"), "login_taken"),
        (new(number="1002"), "login_taken"),
    ],
    ids=["short", "common", "login", "number"],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    session: Session, cast: Cast, member: NewStaffMember, code: str
) -> None:
    before = len(session.scalars(select(StaffMember.id)).all())
    with pytest.raises(DomainError, match=code):
        add(session, member)
    assert len(session.scalars(select(StaffMember.id)).all()) == before


@pytest.mark.parametrize("role", list(Role))
def test_only_an_administrator_or_the_shell_adds_accounts(session: Session, cast: Cast, role: Role) -> None:
    actor = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({role}))
    if role is Role.ADMINISTRATOR:
        assert add(session, new(), actor).id
    else:
        with pytest.raises(AccessRefused, match="permission_missing"):
            add(session, new(), actor)


def test_a_disabled_account_loses_sessions_and_cases(session: Session, cast: Cast, story: Story) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    actor = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    claim_case(session, actor, proposal=story.proposal, now=NOW)
    for number, audience in enumerate(("staff", "borrower")):
        session.add(
            WebSession(
                token_hash=str(number),
                audience=audience,
                person_id=cast.zhou_min.id,
                data={},
                created_at=NOW,
                seen_at=NOW,
                expires_at=NOW,
            )
        )
    session.flush()
    assert disable_staff_member(session, SYSTEM, login="zhou.min", now=NOW)
    assert not disable_staff_member(session, SYSTEM, login="zhou.min", now=NOW)
    assert session.scalars(select(WebSession.audience)).all() == ["borrower"]
    assert session.scalars(select(ReviewItem.claimed_by)).all() == [None]
    with pytest.raises(NotFound, match="staff_unknown"):
        disable_staff_member(session, SYSTEM, login="nobody", now=NOW)


def test_a_relation_is_kept_once(session: Session, cast: Cast) -> None:
    for first in (True, False):
        noted = relate_staff_member(
            session,
            SYSTEM,
            login="zhou.min",
            borrower_ref=cast.li_na.borrower_ref,
            is_oneself=False,
            now=NOW,
        )
        assert noted is first
    kept = session.scalars(select(StaffRelation)).one()
    assert (kept.staff_member_id, kept.borrower_id, kept.kind) == (cast.zhou_min.id, cast.li_na.id, "close")
    with pytest.raises(NotFound, match="borrower_unknown"):
        relate_staff_member(session, SYSTEM, login="zhou.min", borrower_ref="B-0", is_oneself=True, now=NOW)
