"""Staff prove who they are: by password and code, again for a weighty act, and with a new password of their own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.time_codes import PyotpTimeCodes
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor
from portal.models import StaffMember, WebSession
from portal.services.staff_passwords import PasswordChange, change_password, count_password_change
from portal.services.staff_sign_in import (
    MOST_OF_ACCOUNT_THERE,
    KeptPassword,
    SignInRefusal,
    SignInTry,
    password_to_compare,
    prove_again,
    record_refused_proof,
    record_sign_in,
    try_sign_in,
)
from tests.people import NOW, TOTP_SECRET, Cast
from tests.service_cases import staff_actor
from tests.told_events import told

CODES = PyotpTimeCodes()
STEP = timedelta(seconds=30)
NEW = "a quiet walk by the river"


class Passwords:
    """A hash is the word itself, marked."""

    common = frozenset({"everybodyusesthis"})

    def is_common(self, plain: str) -> bool:
        return plain in self.common

    def is_breached(self, password: str) -> bool:
        return password == "a word from a breach"

    def hash(self, password: str) -> str:
        return f"hashed {password}"

    def verify(self, kept: str | None, password: str) -> bool:
        return kept == self.hash(password)


@pytest.fixture
def member(session: Session, cast: Cast) -> StaffMember:
    cast.zhou_min.password_hash = "hashed the old one"
    session.flush()
    return cast.zhou_min


@pytest.fixture
def actor(member: StaffMember) -> Actor:
    return replace(staff_actor(member), session_key="here")


def _code(at: datetime) -> str:
    return CODES.code_at(TOTP_SECRET, at)


def _enter(
    session: Session,
    actor: Actor,
    *,
    login: str = " Zhou.Min ",
    now: datetime = NOW,
    code: str = "",
    is_right: bool = True,
    kept: str = "hashed the old one",
    is_full: bool = False,
    address: str = "there",
) -> int | SignInRefusal:
    return try_sign_in(
        session,
        actor,
        time_codes=CODES,
        tried=SignInTry(
            login=login, password="", code=code or _code(now), address_key=address, site_key=address
        ),
        kept=KeptPassword(password_hash=kept, is_full=is_full),
        is_password_right=is_right,
        now=now,
    )


def _refused(session: Session) -> list[object]:
    return [fields["reason"] for _, fields in told(session, "staff:sign_in_refused")]


def test_password_and_code_open_the_desk_and_a_code_once(
    session: Session, actor: Actor, member: StaffMember
) -> None:
    assert _enter(session, actor) == member.id
    assert _enter(session, actor) is SignInRefusal.CODE_USED
    assert _enter(session, actor, now=NOW + STEP) == member.id
    assert _refused(session) == ["code_used"]


def test_what_a_password_is_compared_with_is_read_before(
    session: Session, actor: Actor, member: StaffMember
) -> None:
    def asked(login: str) -> KeptPassword:
        tried = SignInTry(login=login, password="", code="", address_key="there", site_key="there")
        return password_to_compare(session, tried, now=NOW)

    assert asked(" ZHOU.min") == KeptPassword("hashed the old one", is_full=False)
    assert asked("nobody") == KeptPassword(None, is_full=False)
    for _ in range(MOST_OF_ACCOUNT_THERE):
        _enter(session, actor, is_right=False)
    assert asked("zhou.min").is_full
    assert not asked("nobody").is_full


def test_each_thing_that_is_wrong_is_told_by_its_name(
    session: Session, actor: Actor, member: StaffMember
) -> None:
    tried = [
        _enter(session, actor, login="nobody"),
        _enter(session, actor, is_right=False),
        _enter(session, actor, kept="hashed another one"),
        _enter(session, actor, code="000000"),
        _enter(session, actor, is_full=True),
    ]
    member.disabled_at = NOW
    tried.append(_enter(session, actor))
    assert tried == [
        SignInRefusal.UNKNOWN,
        SignInRefusal.PASSWORD,
        SignInRefusal.PASSWORD,
        SignInRefusal.CODE,
        SignInRefusal.TOO_MANY,
        SignInRefusal.DISABLED,
    ]
    assert _refused(session) == [each.value for each in tried if isinstance(each, SignInRefusal)]


def test_an_account_may_be_tried_so_often_from_one_place(
    session: Session, actor: Actor, member: StaffMember
) -> None:
    for _ in range(MOST_OF_ACCOUNT_THERE):
        assert _enter(session, actor, is_right=False) is SignInRefusal.PASSWORD
    assert _enter(session, actor) is SignInRefusal.TOO_MANY
    assert _enter(session, actor) is SignInRefusal.TOO_MANY
    assert _refused(session)[MOST_OF_ACCOUNT_THERE:] == ["too_many"]
    assert _enter(session, actor, address="elsewhere") == member.id


def test_a_right_one_costs_no_try(session: Session, actor: Actor, member: StaffMember) -> None:
    for number in range(MOST_OF_ACCOUNT_THERE + 2):
        assert _enter(session, actor, now=NOW + number * STEP) == member.id


def test_one_proves_oneself_again_by_a_code(session: Session, actor: Actor) -> None:
    def prove(code: str, now: datetime = NOW) -> SignInRefusal | None:
        return prove_again(session, actor, time_codes=CODES, code=code, now=now)

    assert prove("000000") is SignInRefusal.CODE
    assert prove(_code(NOW)) is None
    assert prove(_code(NOW)) is SignInRefusal.CODE_USED
    assert told(session, "staff:proven") == [(None, {"way": "code"})]
    answers = [prove("000000") for _ in range(MOST_OF_ACCOUNT_THERE)]
    assert answers[-3:] == [SignInRefusal.CODE, SignInRefusal.TOO_MANY, SignInRefusal.TOO_MANY]
    assert _refused(session)[-2:] == ["code", "too_many"]
    assert prove(_code(NOW + STEP), NOW + STEP) is SignInRefusal.TOO_MANY


def test_the_beginning_is_told(session: Session, actor: Actor) -> None:
    record_sign_in(session, actor, now=NOW)
    record_refused_proof(session, actor, SignInRefusal.KEY, now=NOW)
    assert told(session, "session:started") == [(None, {"audience": "staff", "device_known": False})]
    assert _refused(session) == ["key"]


def _change(session: Session, actor: Actor, **typed: str) -> None:
    change_password(
        session,
        actor,
        passwords=Passwords(),
        time_codes=CODES,
        typed=PasswordChange(**{"old": "the old one", "new": NEW, "code": _code(NOW), **typed}),
        now=NOW,
    )


def _sit(session: Session, member: StaffMember, token: str) -> None:
    session.add(
        WebSession(
            token_hash=token,
            audience="staff",
            person_id=member.id,
            data={},
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW + STEP,
        )
    )


def test_a_new_password_signs_out_everywhere_else(
    session: Session, actor: Actor, member: StaffMember
) -> None:
    for token in ("here", "there"):
        _sit(session, member, token)
    _change(session, actor)
    session.refresh(member)
    assert member.password_hash == f"hashed {NEW}"
    assert session.scalars(select(WebSession.token_hash)).all() == ["here"]
    assert told(session, "staff:password_changed") == [(None, {"staff_number": "1002"})]
    assert told(session, "session:ended") == [(None, {"audience": "staff", "reason": "ended_elsewhere"})]


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"old": "not it"}, "password_old_wrong", "old"),
        ({"new": "the old one"}, "password_not_new", "password"),
        ({"new": "short"}, "password_too_short", "password"),
        ({"new": "Everybody uses this"}, "password_common", "password"),
        ({"code": "000000"}, "totp_code_wrong", "code"),
    ],
)
def test_what_does_not_do_changes_nothing(
    session: Session, actor: Actor, member: StaffMember, typed: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        _change(session, actor, **typed)
    assert (refused.value.code, refused.value.field) == (code, field)
    session.refresh(member)
    assert member.password_hash == "hashed the old one"


def test_a_code_that_was_used_changes_nothing(session: Session, actor: Actor) -> None:
    assert prove_again(session, actor, time_codes=CODES, code=_code(NOW), now=NOW) is None
    with pytest.raises(DomainError, match=r"^totp_code_wrong$"):
        _change(session, actor)


def test_tries_are_counted(session: Session, actor: Actor, cast: Cast) -> None:
    tried = [count_password_change(session, actor, now=NOW) for _ in range(MOST_OF_ACCOUNT_THERE + 1)]
    assert [each is None for each in tried] == [True] * MOST_OF_ACCOUNT_THERE + [False]
    assert count_password_change(session, staff_actor(cast.wu_yan), now=NOW) is None
