"""Accounts of staff as their administrators see them: who there is, what waits for a second person, who was invited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import Role
from portal.domain.staff_roles import StaffChangeState
from portal.models import (
    Agency,
    StaffAbsence,
    StaffChange,
    StaffDeclaration,
    StaffInvitation,
    StaffMember,
)

STATES = ("here", "away", "disabled")


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list is narrowed by; None for all."""

    role: Role | None = None
    state: str | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self.role is not None or self.state is not None or bool(self.words)


@dataclass(frozen=True, slots=True)
class AccountLine:
    member: StaffMember
    is_away: bool
    waits_for_second: bool
    agency: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """What waits: of whom, asked for by whom (staff numbers). ``number`` and ``name`` of whoever it is about."""

    change: StaffChange
    number: str
    name: str
    asked_by: str


def accounts(session: Session, wanted: AccountFilter, *, now: datetime) -> Sequence[AccountLine]:
    """All that match, by number: four statements, however many they are."""
    away = set(session.scalars(_away(now)))
    waiting = set(session.scalars(select(StaffChange.staff_member_id).where(StaffChange.state == "asked")))
    rows = session.execute(
        select(StaffMember, Agency.name)
        .outerjoin(Agency, Agency.id == StaffMember.agency_id)
        .where(*_narrowed(wanted, now))
        .order_by(StaffMember.number)
    )
    return [
        AccountLine(member, member.id in away, member.id in waiting, agency or "") for member, agency in rows
    ]


def get_account(session: Session, number: str, *, is_locked: bool = False) -> StaffMember:
    """By staff number; raises ``NotFound``."""
    wanted = select(StaffMember).where(StaffMember.number == number)
    found = session.scalar(
        wanted.with_for_update().execution_options(populate_existing=True) if is_locked else wanted
    )
    if found is None:
        raise NotFound("not_found")
    return found


def is_last_administrator(session: Session, member: StaffMember) -> bool:
    """Whether nobody would be left who manages accounts."""
    if Role.ADMINISTRATOR.value not in member.roles:
        return False
    others = select(func.count()).where(
        StaffMember.id != member.id, StaffMember.disabled_at.is_(None), _has_role(Role.ADMINISTRATOR)
    )
    return not session.scalar(others)


def waiting_changes(session: Session) -> Sequence[ShownChange]:
    """What waits for a second person, the oldest first."""
    asker = StaffMember.__table__.alias("asker")
    rows = session.execute(
        select(StaffChange, StaffMember, StaffInvitation, asker.c.number)
        .join(asker, asker.c.id == StaffChange.asked_by)
        .outerjoin(StaffMember, StaffMember.id == StaffChange.staff_member_id)
        .outerjoin(StaffInvitation, StaffInvitation.id == StaffChange.invitation_id)
        .where(StaffChange.state == StaffChangeState.ASKED.value)
        .order_by(StaffChange.id)
    )
    return [
        ShownChange(
            change,
            member.number if member is not None else invitation.number,
            member.name if member is not None else invitation.name,
            asked_by,
        )
        for change, member, invitation, asked_by in rows
    ]


def find_open_change(session: Session, member_id: int) -> StaffChange | None:
    return session.scalar(
        select(StaffChange).where(
            StaffChange.staff_member_id == member_id, StaffChange.state == StaffChangeState.ASKED.value
        )
    )


def get_change(session: Session, public_id: str) -> StaffChange:
    """Locked, after the account that it is about; raises ``NotFound``."""
    member_id = session.scalar(select(StaffChange.staff_member_id).where(StaffChange.public_id == public_id))
    _lock_account(session, member_id)
    found = session.scalar(
        select(StaffChange)
        .where(StaffChange.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def open_invitations(session: Session) -> Sequence[StaffInvitation]:
    """Neither used nor withdrawn, the newest first; those that ran out among them."""
    return session.scalars(
        select(StaffInvitation)
        .where(StaffInvitation.used_at.is_(None), StaffInvitation.withdrawn_at.is_(None))
        .order_by(StaffInvitation.id.desc())
    ).all()


def get_invitation(session: Session, public_id: str) -> StaffInvitation:
    """Locked, as ``find_invitation`` locks it; raises ``NotFound``."""
    found = _one_invitation(session, StaffInvitation.public_id == public_id, is_locked=True)
    if found is None:
        raise NotFound("not_found")
    return found


def find_invitation(session: Session, hashed: str, *, is_locked: bool = False) -> StaffInvitation | None:
    """By the hash of its link's token. Locked after its agency, its account and what waits for a second person, as they end it too."""
    return _one_invitation(session, StaffInvitation.token_hash == hashed, is_locked=is_locked)


def _one_invitation(
    session: Session, which: ColumnElement[bool], *, is_locked: bool
) -> StaffInvitation | None:
    if not is_locked:
        return session.scalar(select(StaffInvitation).where(which))
    around = session.execute(
        select(StaffInvitation.id, StaffInvitation.agency_id, StaffInvitation.staff_member_id).where(which)
    ).one_or_none()
    if around is None:
        return None
    if around.agency_id is not None:
        agency = select(Agency.id).where(Agency.id == around.agency_id)
        session.execute(agency.with_for_update(read=True, key_share=True))
    _lock_account(session, around.staff_member_id)
    changes = select(StaffChange.id).where(StaffChange.invitation_id == around.id)
    session.execute(changes.with_for_update())
    return session.scalar(
        select(StaffInvitation).where(which).with_for_update().execution_options(populate_existing=True)
    )


def _lock_account(session: Session, member_id: int | None) -> None:
    if member_id is not None:
        session.execute(select(StaffMember.id).where(StaffMember.id == member_id).with_for_update())


def declarations(session: Session, member_id: int) -> Sequence[StaffDeclaration]:
    """In the order in which they were made."""
    return session.scalars(
        select(StaffDeclaration)
        .where(StaffDeclaration.staff_member_id == member_id)
        .order_by(StaffDeclaration.id)
    ).all()


def _narrowed(wanted: AccountFilter, now: datetime) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.role is not None:
        found.append(_has_role(wanted.role))
    if wanted.state == "disabled":
        found.append(StaffMember.disabled_at.is_not(None))
    elif wanted.state is not None:
        is_away = StaffMember.id.in_(_away(now))
        found += [StaffMember.disabled_at.is_(None), is_away if wanted.state == "away" else ~is_away]
    if wanted.words:
        found.append(
            or_(
                *(
                    column.contains(wanted.words, autoescape=True)
                    for column in (StaffMember.name, StaffMember.login, StaffMember.number)
                )
            )
        )
    return found


def _has_role(role: Role) -> ColumnElement[bool]:
    return cast(StaffMember.roles, String).contains(f'"{role.value}"', autoescape=True)


def _away(now: datetime) -> Select[int]:
    return select(StaffAbsence.staff_member_id).where(
        StaffAbsence.ended_at.is_(None), StaffAbsence.from_at <= now, StaffAbsence.until_at > now
    )
