"""Staff who are away: nothing is given to them meanwhile, and what they held goes back or to somebody else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.absences import HANDED_FOR
from portal.domain.claims import Claim
from portal.domain.errors import Conflict, DomainError
from portal.domain.four_eyes import refuse_first, refuse_involved
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.reasons import TakeOverReason
from portal.models import Proposal, ReviewItem, StaffAbsence, StaffMember
from portal.queries.absences import is_away
from portal.queries.involvement import involved_in
from portal.services.record import record, record_about
from portal.services.staff_work import free_all_work


def mark_away(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    from_at: datetime,
    until_at: datetime,
    now: datetime,
) -> StaffAbsence:
    """Oneself, or a colleague by a supervisor. Takes the place of what was said before; cases held are free where it begins now. The same
    days twice are said once.

    Raises ``AccessRefused``: ``permission_missing``.
    """
    _require_own_or_team(actor, member)
    session.execute(select(StaffMember.id).where(StaffMember.id == member.id).with_for_update())
    said = _find_same(session, member, from_at, until_at, now)
    if said is not None:
        return said
    _end_open(session, member, now)
    assert actor.id is not None
    absence = StaffAbsence(
        staff_member_id=member.id, from_at=from_at, until_at=until_at, made_by=actor.id, made_at=now
    )
    session.add(absence)
    session.flush()
    record(
        session,
        actor,
        "staff:away",
        now=now,
        staff_number=member.number,
        from_at=from_at.isoformat(),
        until_at=until_at.isoformat(),
    )
    if from_at <= now:
        _free(session, actor, member, "away", now)
    return absence


def mark_back(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> bool:
    """Here again, or not away after all; False where that is so already. Raises ``AccessRefused``: ``permission_missing``."""
    _require_own_or_team(actor, member)
    if not _end_open(session, member, now):
        return False
    record(session, actor, "staff:back", now=now, staff_number=member.number)
    return True


def free_claims(
    session: Session, actor: Actor, *, member: StaffMember, reason: TakeOverReason, now: datetime
) -> int:
    """A supervisor gives back all that somebody holds; how many cases. Raises ``AccessRefused``: ``permission_missing``."""
    require(actor, Permission.TEAM_MANAGE)
    return _free(session, actor, member, reason.value, now)


def hand_on_case(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    to: StaffMember,
    reason: TakeOverReason,
    now: datetime,
) -> datetime:
    """A supervisor gives a case that somebody holds to somebody else, who may decide it; until when it is theirs.

    Raises:
        AccessRefused: ``permission_missing``, and for whom it goes to, what ``refuse_involved`` and ``refuse_first`` say.
        Conflict: ``not_waiting``.
        DomainError: ``colleague_away``, ``colleague_cannot_decide``.

    """
    require(actor, Permission.TEAM_MANAGE)
    _refuse_receiver(session, proposal, to, now)
    item = session.get(ReviewItem, proposal.id, populate_existing=True)
    claim = Claim(item.claimed_by, item.claimed_until) if item else Claim()
    until = now + HANDED_FOR
    handed = session.scalar(
        update(ReviewItem)
        .where(
            ReviewItem.proposal_id == proposal.id,
            ReviewItem.stage != "held",
            ReviewItem.claimed_by.is_not_distinct_from(claim.holder_id),
        )
        .values(claimed_by=to.id, claimed_until=until)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    )
    if handed is None:
        raise Conflict("not_waiting")
    record_about(
        session,
        actor,
        proposal,
        "case:handed_on",
        now=now,
        from_staff_id=claim.holder_id if claim.is_live(now) else None,
        to_staff_id=to.id,
        reason=reason.value,
        until=until.isoformat(),
    )
    return until


def _refuse_receiver(session: Session, proposal: Proposal, to: StaffMember, now: datetime) -> None:
    # Whoever ends their account waits until the case is theirs, and frees it then.
    session.refresh(to, with_for_update={"read": True})
    receiver = Actor(ActorKind.STAFF, to.id, frozenset(Role(role) for role in to.roles))
    if to.disabled_at is not None or not receiver.may(Permission.PROPOSAL_DECIDE):
        raise DomainError("colleague_cannot_decide", field="to")
    if is_away(session, to.id, now=now):
        raise DomainError("colleague_away", field="to")
    involved = involved_in(session, proposal)
    refuse_involved(to.id, involved)
    refuse_first(to.id, involved)


def _require_own_or_team(actor: Actor, member: StaffMember) -> None:
    require(actor, Permission.LEAVE_TAKE if actor.id == member.id else Permission.TEAM_MANAGE)


def _find_same(
    session: Session, member: StaffMember, from_at: datetime, until_at: datetime, now: datetime
) -> StaffAbsence | None:
    """What says the same already; what began before and what begins now are one."""
    begins = StaffAbsence.from_at <= now if from_at <= now else StaffAbsence.from_at == from_at
    return session.scalar(
        select(StaffAbsence).where(
            StaffAbsence.staff_member_id == member.id,
            StaffAbsence.ended_at.is_(None),
            StaffAbsence.until_at == until_at,
            begins,
        )
    )


def _end_open(session: Session, member: StaffMember, now: datetime) -> Sequence[int]:
    return session.scalars(
        update(StaffAbsence)
        .where(StaffAbsence.staff_member_id == member.id, StaffAbsence.ended_at.is_(None))
        .values(ended_at=now)
        .returning(StaffAbsence.id)
        .execution_options(synchronize_session=False)
    ).all()


def _free(session: Session, actor: Actor, member: StaffMember, reason: str, now: datetime) -> int:
    return free_all_work(session, actor, member=member, reason=reason, ended_by=None, now=now).total
