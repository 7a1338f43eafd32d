"""Staff accounts: added, disabled, and whom they are related to. From the shell, or by an administrator."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, NotFound
from portal.domain.passwords import refuse_weak
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.support_calls import EndedBy
from portal.models import Borrower, ReviewItem, StaffMember, StaffRelation, WebSession
from portal.services.ports import Passwords
from portal.services.record import record
from portal.services.support_calls import end_support_calls_of


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


def add_staff_member(
    session: Session, actor: Actor, *, passwords: Passwords, new: NewStaffMember, now: datetime
) -> StaffMember:
    """An account that can sign in at once.

    Raises:
        AccessRefused: neither the shell nor an administrator asks.
        DomainError: ``login_taken``, ``roles_missing``, or what is wrong with the password.

    """
    _refuse_others(actor)
    if not new.roles:
        raise DomainError("roles_missing", field="roles")
    refuse_weak(new.password, common=passwords.common, own_words=(new.login, new.number, new.name))
    member = StaffMember(
        login=new.login.strip().lower(),
        name=new.name,
        number=new.number,
        roles=sorted(role.value for role in new.roles),
        locale=new.locale,
        password_hash=passwords.hash(new.password),
        totp_secret=new.totp_secret,
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
    """End an account: sessions end, cases go back to the queue. False where it had ended before."""
    _refuse_others(actor)
    member = _get_member(session, login)
    if member.disabled_at is not None:
        return False
    member.disabled_at = now
    session.execute(
        delete(WebSession).where(WebSession.audience == "staff", WebSession.person_id == member.id)
    )
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.claimed_by == member.id)
        .values(claimed_by=None, claimed_until=None)
    )
    end_support_calls_of(session, member.id, by=EndedBy.DISABLED, now=now)
    record(session, actor, "staff:disabled", now=now, staff_number=member.number)
    return True


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
    try:
        with session.begin_nested():
            session.add(
                StaffRelation(staff_member_id=member.id, borrower_id=borrower_id, kind=kind, made_at=now)
            )
    except IntegrityError:
        return False
    record(
        session,
        actor,
        "staff:related",
        now=now,
        borrower_id=borrower_id,
        staff_number=member.number,
        kind=kind,
    )
    return True


def _get_member(session: Session, login: str) -> StaffMember:
    member = session.scalar(select(StaffMember).where(StaffMember.login == login.strip().lower()))
    if member is None:
        raise NotFound("staff_unknown")
    return member


def _refuse_others(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        require(actor, Permission.STAFF_MANAGE)
