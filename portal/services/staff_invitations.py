"""A link to an account: made by an administrator, good once and for three days, used by whoever it is for (rule P18)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.passwords import refuse_weak
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.staff_invitations import LASTS, InvitationState, new_token, state_of, token_hash
from portal.domain.staff_relations import Closeness
from portal.domain.staff_roles import (
    StaffChangeKind,
    needs_second,
    refuse_oneself,
    refuse_roles,
    refuse_second_of_change,
)
from portal.models import StaffChange, StaffInvitation, StaffMember
from portal.queries.agencies import has_ended
from portal.queries.staff_keys import keys_of
from portal.services.ports import Passwords, TimeCodes
from portal.services.rate_limits import Full, Limit, count_tries
from portal.services.record import record
from portal.services.references import new_public_id
from portal.services.staff import end_changes_of_invitations
from portal.services.staff_changes import ask_for_change, follow_roles, take_answer
from portal.services.staff_relations import HashKeys, declare_person
from portal.services.web_sessions import end_sessions_of

_WINDOW = timedelta(minutes=15)
_MOST_TRIES = 10
_MOST_OF_ADDRESS = 60
_LONGEST_NAME = 60
_LONGEST_LOGIN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who is to get an account."""

    login: str
    name: str
    number: str
    roles: Collection[Role]
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """``token`` stands in the link and is kept nowhere; None where a second person has to agree first."""

    invitation: StaffInvitation
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the invited person typed. ``id_number`` is kept as a keyed hash only."""

    password: str = field(repr=False)
    code: str = field(repr=False)
    id_number: str = field(repr=False, default="")


def invite(session: Session, actor: Actor, *, wish: Wish, time_codes: TimeCodes, now: datetime) -> Invited:
    """Somebody who has no account yet.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``login_missing``, ``login_taken``, ``staff_number_missing``, ``text_missing``, ``agency_ended``, and what
            ``refuse_roles`` says.

    """
    require(actor, Permission.STAFF_MANAGE)
    assert actor.id is not None
    login, number = _login(wish.login), _number(wish.number)
    name = clean_text(wish.name, field="name", most=_LONGEST_NAME)
    refuse_roles(wish.roles, has_agency=wish.agency_id is not None)
    if wish.agency_id is not None and has_ended(session, wish.agency_id):
        raise DomainError("agency_ended", field="agency")
    _refuse_taken(session, login, number, now)
    is_agreed = not needs_second((), wish.roles)
    token = new_token() if is_agreed else None
    invitation = StaffInvitation(
        public_id=new_public_id(),
        token_hash=token_hash(token) if token else None,
        login=login,
        name=name,
        number=number,
        roles=sorted(role.value for role in wish.roles),
        agency_id=wish.agency_id,
        totp_secret=time_codes.new_secret(),
        is_agreed=is_agreed,
        made_by=actor.id,
        made_at=now,
        expires_at=now + LASTS,
    )
    _add(session, invitation)
    _record(session, actor, invitation, "staff:invited", now)
    if not is_agreed:
        ask_for_change(
            session,
            actor,
            kind=StaffChangeKind.INVITATION,
            member=None,
            invitation=invitation,
            roles=wish.roles,
            now=now,
        )
    return Invited(invitation, token)


def ask_for_reset(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> StaffChange:
    """A new password and second factor for somebody who lost theirs: whoever makes the link could use it, so it takes two.

    ``member`` locked. Raises:
        AccessRefused: ``permission_missing``, ``staff_oneself``.
        Conflict: ``staff_disabled``, ``staff_change_waits``.
    """
    require(actor, Permission.STAFF_MANAGE)
    refuse_oneself(actor.id, member.id)
    if member.disabled_at is not None:
        raise Conflict("staff_disabled")
    return ask_for_change(
        session,
        actor,
        kind=StaffChangeKind.SECOND_FACTOR,
        member=member,
        invitation=None,
        roles=frozenset(Role(role) for role in member.roles),
        now=now,
    )


def answer_change(
    session: Session,
    actor: Actor,
    *,
    change: StaffChange,
    is_agreed: bool,
    time_codes: TimeCodes,
    now: datetime,
) -> Invited | None:
    """The second person's yes or no, and what follows: roles, or a link that is shown to them once; ``change`` locked.

    Raises:
        AccessRefused: ``permission_missing``, ``staff_change_by_oneself``.
        Conflict: ``staff_change_over``, ``staff_change_stale``, ``staff_disabled``, ``last_administrator``, ``invitation_over``.

    """
    is_new = take_answer(session, actor, change=change, is_agreed=is_agreed, now=now)
    if not is_new:
        return None
    if change.kind == StaffChangeKind.ROLES:
        if is_agreed:
            follow_roles(session, actor, change=change, now=now)
        return None
    if change.kind == StaffChangeKind.INVITATION:
        assert change.invitation_id is not None
        invitation = session.get_one(
            StaffInvitation, change.invitation_id, with_for_update=True, populate_existing=True
        )
        if is_agreed:
            return _agreed(session, invitation, now)
        _refused(session, actor, invitation, now)
        return None
    return _reset(session, actor, change, time_codes, now) if is_agreed else None


def make_link(session: Session, actor: Actor, *, invitation: StaffInvitation, now: datetime) -> Invited:
    """A new link in place of the one before, good for three days more; ``invitation`` locked.

    Raises:
        AccessRefused: ``permission_missing``; ``staff_change_by_oneself`` where it is a reset of one's own account.
        Conflict: ``invitation_over``, ``invitation_waits``.

    """
    require(actor, Permission.STAFF_MANAGE)
    if invitation.staff_member_id is not None:
        assert actor.id is not None
        refuse_second_of_change(actor.id, asked_by=0, member_id=invitation.staff_member_id)
    state = invitation_state(invitation, now)
    if state in {InvitationState.USED, InvitationState.WITHDRAWN}:
        raise Conflict("invitation_over")
    if not invitation.is_agreed:
        raise Conflict("invitation_waits")
    made = _agreed(session, invitation, now)
    _record(session, actor, invitation, "staff:invited", now)
    return made


def withdraw_invitation(
    session: Session, actor: Actor, *, invitation: StaffInvitation, now: datetime
) -> bool:
    """The link is dead from now on; False where it is already. Raises ``AccessRefused``, ``Conflict("invitation_over")`` where used."""
    require(actor, Permission.STAFF_MANAGE)
    if invitation.withdrawn_at is not None:
        return False
    if invitation.used_at is not None:
        raise Conflict("invitation_over")
    mine = select(StaffInvitation.id).where(StaffInvitation.id == invitation.id)
    end_changes_of_invitations(session, mine, now=now)
    _end(session, actor, invitation, now)
    return True


def accept_invitation(
    session: Session,
    actor: Actor,
    *,
    invitation: StaffInvitation,
    said: Acceptance,
    passwords: Passwords,
    time_codes: TimeCodes,
    keys: HashKeys,
    locale: str,
    now: datetime,
) -> StaffMember:
    """The account is there, with a password and a second factor that was proven; ``invitation`` locked. It works once.

    Raises:
        Conflict: ``invitation_over``.
        DomainError: what is wrong with the password, ``totp_code_wrong``, ``id_number_missing``, ``id_number_unclear``, ``login_taken``.

    """
    if invitation_state(invitation, now) is not InvitationState.OPEN or invitation.totp_secret is None:
        raise Conflict("invitation_over")
    own_words = (invitation.login, invitation.number, invitation.name)
    refuse_weak(said.password, known=passwords, own_words=own_words)
    step = time_codes.matching_step(invitation.totp_secret, said.code, now)
    if step is None:
        raise DomainError("totp_code_wrong", field="code")
    secret, member = invitation.totp_secret, _member_of(session, invitation, locale, now)
    member.password_hash, member.totp_secret, member.totp_last_step = (
        passwords.hash(said.password),
        secret,
        step,
    )
    invitation.used_at, invitation.totp_secret = now, None
    if invitation.staff_member_id is None:
        _add_member(session, member)
        oneself = Actor(ActorKind.STAFF, member.id, request_id=actor.request_id)
        declare_person(
            session,
            oneself,
            member=member,
            kind=Closeness.ONESELF,
            id_number=said.id_number,
            keys=keys,
            now=now,
        )
        record(session, oneself, "staff:added", now=now, staff_number=member.number, roles=member.roles)
    session.flush()
    end_sessions_of(session, "staff", member.id)
    as_member = Actor(ActorKind.STAFF, member.id, request_id=actor.request_id)
    _record(session, as_member, invitation, "staff:invitation_used", now)
    return member


def count_acceptance(
    session: Session, *, invitation: StaffInvitation, address_key: str, now: datetime
) -> Full | None:
    """Count one try to use it."""
    limits = (
        Limit(f"staff:invitation:{invitation.id}", _MOST_TRIES, _WINDOW),
        Limit(f"staff:join:{address_key}", _MOST_OF_ADDRESS, _WINDOW),
    )
    return count_tries(session, limits, now=now)


def invitation_state(invitation: StaffInvitation, now: datetime) -> InvitationState:
    return state_of(
        is_agreed=invitation.is_agreed,
        used_at=invitation.used_at,
        withdrawn_at=invitation.withdrawn_at,
        expires_at=invitation.expires_at,
        now=now,
    )


def _agreed(session: Session, invitation: StaffInvitation, now: datetime) -> Invited:
    if invitation.used_at is not None or invitation.withdrawn_at is not None:
        raise Conflict("invitation_over")
    token = new_token()
    invitation.is_agreed, invitation.token_hash = True, token_hash(token)
    invitation.expires_at = now + LASTS
    session.flush()
    return Invited(invitation, token)


def _refused(session: Session, actor: Actor, invitation: StaffInvitation, now: datetime) -> None:
    if invitation.withdrawn_at is None and invitation.used_at is None:
        _end(session, actor, invitation, now)


def _reset(
    session: Session, actor: Actor, change: StaffChange, time_codes: TimeCodes, now: datetime
) -> Invited:
    """From now on nobody signs in with the old ones."""
    assert change.staff_member_id is not None
    member = session.get_one(
        StaffMember, change.staff_member_id, with_for_update=True, populate_existing=True
    )
    if member.disabled_at is not None:
        raise Conflict("staff_disabled")
    member.totp_secret = member.totp_last_step = None
    for key in keys_of(session, member.id):
        key.removed_at = now
    end_sessions_of(session, "staff", member.id)
    _end_earlier(session, member.id, now)
    token = new_token()
    invitation = StaffInvitation(
        public_id=new_public_id(),
        token_hash=token_hash(token),
        login=member.login,
        name=member.name,
        number=member.number,
        roles=list(member.roles),
        agency_id=member.agency_id,
        staff_member_id=member.id,
        totp_secret=time_codes.new_secret(),
        is_agreed=True,
        made_by=change.asked_by,
        made_at=now,
        expires_at=now + LASTS,
    )
    _add(session, invitation)
    record(
        session, actor, "staff:second_factor_reset", now=now, staff_number=member.number, change_id=change.id
    )
    return Invited(invitation, token)


def _end_earlier(session: Session, member_id: int, now: datetime) -> None:
    session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.staff_member_id == member_id,
            StaffInvitation.used_at.is_(None),
            StaffInvitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, totp_secret_sealed=None)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, actor: Actor, invitation: StaffInvitation, now: datetime) -> None:
    invitation.withdrawn_at, invitation.totp_secret = now, None
    session.flush()
    _record(session, actor, invitation, "staff:invitation_withdrawn", now)


def _member_of(session: Session, invitation: StaffInvitation, locale: str, now: datetime) -> StaffMember:
    if invitation.staff_member_id is not None:
        member = session.get_one(
            StaffMember, invitation.staff_member_id, with_for_update=True, populate_existing=True
        )
        if member.disabled_at is not None:
            raise Conflict("invitation_over")
        return member
    return StaffMember(
        login=invitation.login,
        name=invitation.name,
        number=invitation.number,
        roles=list(invitation.roles),
        agency_id=invitation.agency_id,
        locale=locale,
        made_at=now,
    )


def _add_member(session: Session, member: StaffMember) -> None:
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        raise Conflict("invitation_over") from error


def _add(session: Session, invitation: StaffInvitation) -> None:
    try:
        with session.begin_nested():
            session.add(invitation)
    except IntegrityError as error:
        raise DomainError("login_taken", field="login") from error


def _refuse_taken(session: Session, login: str, number: str, now: datetime) -> None:
    """Invitations that ran out keep nobody's login, and nobody is asked about them any more."""
    ran_out = (
        StaffInvitation.login == login,
        StaffInvitation.used_at.is_(None),
        StaffInvitation.withdrawn_at.is_(None),
        StaffInvitation.expires_at <= now,
    )
    end_changes_of_invitations(session, select(StaffInvitation.id).where(*ran_out), now=now)
    session.execute(
        update(StaffInvitation)
        .where(*ran_out)
        .values(withdrawn_at=now, totp_secret_sealed=None)
        .execution_options(synchronize_session=False)
    )
    members = select(StaffMember.id).where(or_(StaffMember.login == login, StaffMember.number == number))
    invited = select(StaffInvitation.id).where(
        or_(StaffInvitation.login == login, StaffInvitation.number == number),
        StaffInvitation.used_at.is_(None),
        StaffInvitation.withdrawn_at.is_(None),
        StaffInvitation.expires_at > now,
    )
    if session.scalar(members) is not None or session.scalar(invited) is not None:
        raise DomainError("login_taken", field="login")


def _login(typed: str) -> str:
    login = typed.strip().lower()
    if (
        not login
        or len(login) > _LONGEST_LOGIN
        or not all(mark.isalnum() or mark in "._-@" for mark in login)
    ):
        raise DomainError("login_missing", field="login")
    return login


def _number(typed: str) -> str:
    number = typed.strip()
    is_word = number.isascii() and number.isalnum() and len(number) <= 16
    if not is_word or not any(mark.isdigit() for mark in number):
        raise DomainError("staff_number_missing", field="number")
    return number


def _record(session: Session, actor: Actor, invitation: StaffInvitation, name: str, now: datetime) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        invitation_id=invitation.id,
        staff_number=invitation.number,
        roles=invitation.roles,
    )
