"""Who is away, and what each of those who decide holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, ActorKind, Permission, Role
from portal.models import Proposal, ReviewItem, StaffAbsence, StaffMember


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case that somebody holds."""

    public_id: str
    reference: str
    deadline_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Somebody who decides: away from when to when (None: here), and what they hold, the earliest promise first."""

    member: StaffMember
    absence: StaffAbsence | None
    is_away: bool
    held: Sequence[HeldCase]


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
    """Everybody who may decide, by number: three statements, however many they are."""
    members = session.scalars(
        select(StaffMember).where(StaffMember.disabled_at.is_(None)).order_by(StaffMember.number)
    ).all()
    absences = {
        each.staff_member_id: each for each in session.scalars(select(StaffAbsence).where(*_open(now)))
    }
    held = _held(session, now)
    return [
        TeamLine(
            member=member,
            absence=absences.get(member.id),
            is_away=member.id in absences and absences[member.id].from_at <= now,
            held=held.get(member.id, ()),
        )
        for member in members
        if _decides(member)
    ]


def _decides(member: StaffMember) -> bool:
    actor = Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))
    return actor.may(Permission.PROPOSAL_DECIDE)


def _held(session: Session, now: datetime) -> dict[int, list[HeldCase]]:
    rows = session.execute(
        select(
            ReviewItem.claimed_by,
            Proposal.public_id,
            Proposal.reference,
            ReviewItem.deadline_at,
            ReviewItem.claimed_until,
        )
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(ReviewItem.claimed_by.is_not(None), ReviewItem.claimed_until > now, ReviewItem.stage != "held")
        .order_by(ReviewItem.deadline_at, ReviewItem.proposal_id)
    )
    held: dict[int, list[HeldCase]] = {}
    for row in rows:
        case = HeldCase(row.public_id, row.reference, row.deadline_at, row.claimed_until)
        held.setdefault(row.claimed_by, []).append(case)
    return held


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (StaffAbsence.ended_at.is_(None), StaffAbsence.until_at > now)
