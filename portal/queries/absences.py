"""Who is away, and what everybody holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, ActorKind, Permission, Role
from portal.models import StaffAbsence, StaffMember
from portal.queries.staff_work import HeldThing, work_of_all


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Somebody who holds work: away from when to when (None: here), and what they hold, the earliest promise of a kind first."""

    member: StaffMember
    absence: StaffAbsence | None
    is_away: bool
    held: Sequence[HeldThing]
    may_decide: bool
    may_handle: bool


def is_away(session: Session, staff_id: int, *, now: datetime) -> bool:
    absence = find_absence(session, staff_id, now=now)
    return absence is not None and absence.from_at <= now


def find_absence(session: Session, staff_id: int, *, now: datetime) -> StaffAbsence | None:
    """The one that runs or is to come."""
    return session.scalar(select(StaffAbsence).where(StaffAbsence.staff_member_id == staff_id, *_open(now)))


def get_member(session: Session, number: str) -> StaffMember:
    """By staff number; raises ``NotFound``."""
    found = session.scalar(select(StaffMember).where(StaffMember.number == number))
    if found is None:
        raise NotFound("not_found")
    return found


def team(session: Session, *, now: datetime) -> Sequence[TeamLine]:
    """Everybody who may hold work, and whoever does though their account has ended, by number: seven statements, however many they are."""
    held = work_of_all(session, now=now)
    members = session.scalars(select(StaffMember).order_by(StaffMember.number)).all()
    absences = {
        each.staff_member_id: each for each in session.scalars(select(StaffAbsence).where(*_open(now)))
    }
    return [
        TeamLine(
            member=member,
            absence=absences.get(member.id),
            is_away=member.id in absences and absences[member.id].from_at <= now,
            held=held.get(member.id, ()),
            may_decide=_may(member, Permission.PROPOSAL_DECIDE),
            may_handle=_may(member, Permission.SERVICE_HANDLE),
        )
        for member in members
        if member.id in held or (member.disabled_at is None and _may(member, Permission.LEAVE_TAKE))
    ]


def _may(member: StaffMember, permission: Permission) -> bool:
    actor = Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))
    return member.disabled_at is None and actor.may(permission)


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (StaffAbsence.ended_at.is_(None), StaffAbsence.until_at > now)
