"""Changing what an account may: at once where power is taken away, after a second person's yes where it is given (rule P18)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.staff_roles import (
    StaffChangeKind,
    StaffChangeState,
    needs_second,
    refuse_oneself,
    refuse_roles,
    refuse_second_of_change,
)
from portal.models import StaffChange, StaffInvitation, StaffMember
from portal.queries.agencies import has_ended
from portal.services.record import record
from portal.services.references import new_public_id
from portal.services.staff import refuse_last_administrator
from portal.services.staff_relations import flag_relations_of
from portal.services.staff_work import free_work_without
from portal.services.web_sessions import end_sessions_of


def change_roles(
    session: Session, actor: Actor, *, member: StaffMember, roles: Collection[Role], now: datetime
) -> StaffChange | None:
    """Set what somebody may do; ``member`` locked. None where it holds from now on; else what waits for a second person.

    Meanwhile they may do what they could and what both have in common stays.

    Raises:
        AccessRefused: ``permission_missing``, ``staff_oneself``.
        Conflict: ``staff_disabled``, ``last_administrator``, ``staff_change_waits``.
        DomainError: what ``refuse_roles`` says, ``roles_as_before``.

    """
    require(actor, Permission.STAFF_MANAGE)
    refuse_oneself(actor.id, member.id)
    if member.disabled_at is not None:
        raise Conflict("staff_disabled")
    refuse_roles(roles, has_agency=member.agency_id is not None)
    before = frozenset(Role(role) for role in member.roles)
    if frozenset(roles) == before:
        raise DomainError("roles_as_before", field="roles")
    if needs_second(before, roles):
        return ask_for_change(
            session, actor, kind=StaffChangeKind.ROLES, member=member, invitation=None, roles=roles, now=now
        )
    _set_roles(session, actor, member, roles, now)
    return None


def ask_for_change(
    session: Session,
    actor: Actor,
    *,
    kind: StaffChangeKind,
    member: StaffMember | None,
    invitation: StaffInvitation | None,
    roles: Collection[Role],
    now: datetime,
) -> StaffChange:
    """At most one open of an account: raises ``Conflict("staff_change_waits")``."""
    assert actor.id is not None
    change = StaffChange(
        public_id=new_public_id(),
        kind=kind.value,
        staff_member_id=member.id if member is not None else None,
        invitation_id=invitation.id if invitation is not None else None,
        roles_before=list(member.roles) if member is not None else [],
        roles=_sorted(roles),
        asked_by=actor.id,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(change)
    except IntegrityError as error:
        raise Conflict("staff_change_waits") from error
    number = member.number if member is not None else invitation.number if invitation is not None else ""
    record(
        session,
        actor,
        "staff:change_asked",
        now=now,
        change_id=change.id,
        kind=kind.value,
        staff_number=number,
        roles=change.roles,
    )
    return change


def take_answer(
    session: Session, actor: Actor, *, change: StaffChange, is_agreed: bool, now: datetime
) -> bool:
    """The second person's yes or no, once; ``change`` locked. False where the same person said the same before.

    What follows from a yes is ``follow_roles``'s, or the invitation's.

    Raises:
        AccessRefused: ``permission_missing``, ``staff_change_by_oneself``.
        Conflict: ``staff_change_over``.

    """
    require(actor, Permission.STAFF_CONFIRM)
    assert actor.id is not None
    refuse_second_of_change(actor.id, asked_by=change.asked_by, member_id=change.staff_member_id)
    state = StaffChangeState.AGREED if is_agreed else StaffChangeState.REFUSED
    if change.state == state and change.answered_by == actor.id:
        return False
    answered = session.scalar(
        update(StaffChange)
        .where(StaffChange.id == change.id, StaffChange.state == StaffChangeState.ASKED.value)
        .values(state=state.value, answered_by=actor.id, answered_at=now)
        .returning(StaffChange.id)
        .execution_options(synchronize_session=False)
    )
    if answered is None:
        raise Conflict("staff_change_over")
    session.refresh(change)
    _record_end(session, actor, change, now)
    return True


def withdraw_change(session: Session, actor: Actor, *, change: StaffChange, now: datetime) -> bool:
    """Whoever asked takes it back; False where that is so already. Raises ``AccessRefused``, ``Conflict("staff_change_over")``."""
    require(actor, Permission.STAFF_MANAGE)
    if change.state == StaffChangeState.WITHDRAWN:
        return False
    withdrawn = session.scalar(
        update(StaffChange)
        .where(StaffChange.id == change.id, StaffChange.state == StaffChangeState.ASKED.value)
        .values(state=StaffChangeState.WITHDRAWN.value, answered_at=now)
        .returning(StaffChange.id)
        .execution_options(synchronize_session=False)
    )
    if withdrawn is None:
        raise Conflict("staff_change_over")
    session.refresh(change)
    _record_end(session, actor, change, now)
    return True


def follow_roles(session: Session, actor: Actor, *, change: StaffChange, now: datetime) -> None:
    """What was agreed to holds from the next request on.

    Raises ``Conflict``: ``staff_disabled``, ``staff_change_stale``, ``last_administrator``.
    """
    assert change.staff_member_id is not None
    member = session.get_one(
        StaffMember, change.staff_member_id, with_for_update=True, populate_existing=True
    )
    if member.disabled_at is not None:
        raise Conflict("staff_disabled")
    if sorted(member.roles) != sorted(change.roles_before):
        # Somebody took a role away meanwhile: a yes to the old state does not give it back.
        raise Conflict("staff_change_stale")
    _set_roles(session, actor, member, frozenset(Role(role) for role in change.roles), now)


def enable_staff_member(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> None:
    """An account that had ended may be used again: with no role but those that decide nothing. ``member`` locked.

    Raises:
        AccessRefused: ``permission_missing``, ``staff_oneself``.
        Conflict: ``staff_enabled``, ``agency_ended``.

    """
    require(actor, Permission.STAFF_MANAGE)
    refuse_oneself(actor.id, member.id)
    if member.disabled_at is None:
        raise Conflict("staff_enabled")
    if member.agency_id is not None and has_ended(session, member.agency_id):
        raise Conflict("agency_ended")
    left = [role for role in map(Role, member.roles) if not needs_second((), {role})] or [Role.AGENT]
    before = member.roles
    member.disabled_at = None
    member.roles = _sorted(left)
    session.flush()
    flag_relations_of(session, member.id)
    record(session, actor, "staff:enabled", now=now, staff_number=member.number)
    if member.roles != before:
        _record_roles(session, actor, member, before, now)


def end_sessions(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> int:
    """Sign somebody out everywhere; how many sessions. Raises ``AccessRefused``: ``permission_missing``."""
    require(actor, Permission.STAFF_MANAGE)
    count = end_sessions_of(session, "staff", member.id)
    if count:
        record(session, actor, "staff:sessions_ended", now=now, staff_number=member.number, sessions=count)
    return count


def record_staff_refusal(
    session: Session, actor: Actor, *, act: str, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; after the refused act was rolled back."""
    record(session, actor, "staff:act_refused", now=now, act=act, code=error.code)


def _set_roles(
    session: Session, actor: Actor, member: StaffMember, roles: Collection[Role], now: datetime
) -> None:
    if Role.ADMINISTRATOR not in roles:
        refuse_last_administrator(session, member)
    before = member.roles
    member.roles = _sorted(roles)
    session.flush()
    left = Actor(ActorKind.STAFF, member.id, frozenset(roles)).permissions
    free_work_without(session, actor, member=member, now=now, may=left)
    _record_roles(session, actor, member, before, now)


def _record_roles(
    session: Session, actor: Actor, member: StaffMember, before: list[object], now: datetime
) -> None:
    record(
        session,
        actor,
        "staff:roles_changed",
        now=now,
        staff_number=member.number,
        before=before,
        after=member.roles,
    )


def _record_end(session: Session, actor: Actor, change: StaffChange, now: datetime) -> None:
    record(
        session,
        actor,
        "staff:change_ended",
        now=now,
        change_id=change.id,
        kind=change.kind,
        state=change.state,
    )


def _sorted(roles: Collection[Role]) -> list[str]:
    return sorted(role.value for role in roles)
