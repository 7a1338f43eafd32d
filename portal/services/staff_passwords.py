"""One's own new password: for whoever knows the old one and has the authenticator app."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.passwords import refuse_weak
from portal.domain.permissions import Actor
from portal.models import StaffMember
from portal.services.ports import Passwords, TimeCodes
from portal.services.rate_limits import Full, Limit, count_tries
from portal.services.record import record
from portal.services.staff_sign_in import MOST_OF_ACCOUNT_THERE, WINDOW, use_step
from portal.services.web_sessions import end_other_sessions


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """What was typed."""

    old: str = field(repr=False)
    new: str = field(repr=False)
    code: str = field(repr=False)


def count_password_change(session: Session, actor: Actor, *, now: datetime) -> Full | None:
    """Count a try, whatever comes of it. Apart, so that a refusal does not undo it."""
    limit = Limit(f"staff:password:{actor.id}", MOST_OF_ACCOUNT_THERE, WINDOW)
    return count_tries(session, [limit], now=now)


def change_password(
    session: Session,
    actor: Actor,
    *,
    passwords: Passwords,
    time_codes: TimeCodes,
    typed: PasswordChange,
    now: datetime,
) -> None:
    """From now on the new one; signed out everywhere else.

    Raises:
        DomainError: ``password_old_wrong``, ``password_not_new``, ``totp_code_wrong``, or what is wrong with the new one.

    """
    member = session.get_one(StaffMember, actor.id, with_for_update=True, populate_existing=True)
    if not passwords.verify(member.password_hash, typed.old):
        raise DomainError("password_old_wrong", field="old")
    if typed.new == typed.old:
        raise DomainError("password_not_new", field="password")
    refuse_weak(typed.new, known=passwords, own_words=(member.login, member.number, member.name))
    step = time_codes.matching_step(member.totp_secret, typed.code, now)
    if step is None or not use_step(session, member.id, step):
        raise DomainError("totp_code_wrong", field="code")
    member.password_hash = passwords.hash(typed.new)
    session.flush()
    end_other_sessions(session, actor, now=now)
    record(session, actor, "staff:password_changed", now=now, staff_number=member.number)
