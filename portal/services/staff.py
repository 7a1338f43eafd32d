"""Staff accounts: added, disabled, and whom they are related to. From the shell, or by an administrator."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.passwords import refuse_weak
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.staff_roles import refuse_oneself, refuse_roles
from portal.domain.support_calls import EndedBy
from portal.models import Agency, Borrower, StaffChange, StaffInvitation, StaffMember
from portal.queries.agencies import has_ended
from portal.queries.staff_accounts import is_last_administrator
from portal.services.ports import Passwords
from portal.services.record import record
from portal.services.staff_relations import flag_relations_of, relate
from portal.services.staff_work import free_all_work
from portal.services.web_sessions import end_sessions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaffMember:
    """Who joins. ``number`` is what borrowers see instead of the name."""

    login: str
    name: str
    number: str
    roles: Collection[Role]
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    locale: str = "zh_CN"
    agency: str = ""
    """The name of the agency that a collector works for."""


def add_staff_member(
    session: Session, actor: Actor, *, passwords: Passwords, new: NewStaffMember, now: datetime
) -> StaffMember:
    """An account that can sign in at once.

    Raises:
        AccessRefused: neither the shell nor an administrator asks.
        DomainError: ``login_taken``, ``agency_unknown``, what ``refuse_roles`` says, or what is wrong with the password.

    """
    _refuse_others(actor)
    agency_id = _agency_id(session, new.agency)
    refuse_roles(new.roles, has_agency=agency_id is not None)
    refuse_weak(new.password, known=passwords, own_words=(new.login, new.number, new.name))
    member = StaffMember(
        login=new.login.strip().lower(),
        name=new.name,
        number=new.number,
        roles=sorted(role.value for role in new.roles),
        locale=new.locale,
        password_hash=passwords.hash(new.password),
        totp_secret=new.totp_secret,
        agency_id=agency_id,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        raise DomainError("login_taken", field="login") from error
    record(session, actor, "staff:added", now=now, staff_number=new.number, roles=member.roles)
    return member


def disable_staff_member(session: Session, actor: Actor, *, login: str, now: datetime) -> bool:
    """End an account: sessions end, what it held goes back, what was asked for it is over. False where it had ended before.

    Raises:
        AccessRefused: ``permission_missing``, ``staff_oneself``.
        Conflict: ``last_administrator``.
        NotFound: ``staff_unknown``.

    """
    _refuse_others(actor)
    member = _get_member(session, login, is_locked=True)
    if actor.kind is not ActorKind.SYSTEM:
        refuse_oneself(actor.id, member.id)
    if member.disabled_at is not None:
        return False
    if actor.kind is not ActorKind.SYSTEM:
        refuse_last_administrator(session, member)
    end_account(session, actor, member=member, now=now)
    record(session, actor, "staff:disabled", now=now, staff_number=member.number)
    return True


def refuse_last_administrator(session: Session, member: StaffMember) -> None:
    """Raises ``Conflict("last_administrator")`` where nobody would be left who manages accounts: only the shell makes the next one then.

    ``member`` locked. Two who take this from one another at once wait for each other here, at the account that was there first.
    """
    if Role.ADMINISTRATOR.value not in member.roles:
        return
    first = select(StaffMember.id).order_by(StaffMember.id).limit(1)
    session.execute(first.with_for_update(key_share=True))
    if is_last_administrator(session, member):
        raise Conflict("last_administrator")


def end_account(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> None:
    """What follows from an account that ends: nobody is signed in with it and nothing is left with it."""
    member.disabled_at = now
    session.flush()
    end_sessions_of(session, "staff", member.id)
    free_all_work(session, actor, member=member, reason="account_ended", ended_by=EndedBy.DISABLED, now=now)
    session.execute(
        update(StaffChange)
        .where(StaffChange.staff_member_id == member.id, StaffChange.state == "asked")
        .values(state="withdrawn", answered_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.staff_member_id == member.id,
            StaffInvitation.used_at.is_(None),
            StaffInvitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, totp_secret_sealed=None)
        .execution_options(synchronize_session=False)
    )
    flag_relations_of(session, member.id)


def end_changes_of_invitations(session: Session, which: Select[int], *, now: datetime) -> None:
    """Nobody is asked any more about invitations that ended. Before they are ended themselves: changes are locked first."""
    session.execute(
        update(StaffChange)
        .where(StaffChange.invitation_id.in_(which), StaffChange.state == "asked")
        .values(state="withdrawn", answered_at=now)
        .execution_options(synchronize_session=False)
    )


def relate_staff_member(
    session: Session, actor: Actor, *, login: str, borrower_ref: str, is_oneself: bool, now: datetime
) -> bool:
    """State that a borrower is this person or close to them: such a case is never theirs (rule P18). False where known."""
    _refuse_others(actor)
    member = _get_member(session, login)
    borrower_id = session.scalar(select(Borrower.id).where(Borrower.borrower_ref == borrower_ref))
    if borrower_id is None:
        raise NotFound("borrower_unknown")
    kind = "oneself" if is_oneself else "close"
    return bool(relate(session, actor, member=member, borrower_ids=[borrower_id], kind=kind, now=now))


def _agency_id(session: Session, name: str) -> int | None:
    if not name:
        return None
    found = session.scalar(select(Agency.id).where(Agency.name == name, Agency.ended_at.is_(None)))
    if found is None or has_ended(session, found):
        raise DomainError("agency_unknown", field="agency")
    return found


def _get_member(session: Session, login: str, *, is_locked: bool = False) -> StaffMember:
    wanted = select(StaffMember).where(StaffMember.login == login.strip().lower())
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    member = session.scalar(locked if is_locked else wanted)
    if member is None:
        raise NotFound("staff_unknown")
    return member


def _refuse_others(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        require(actor, Permission.STAFF_MANAGE)
