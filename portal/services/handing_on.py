"""All that somebody holds, handed to a colleague: what a rule keeps from that colleague waits for others, and nothing is left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.case_handling import HandOverReason
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, Permission, require
from portal.domain.reasons import TakeOverReason
from portal.models import Proposal, ReviewItem, ServiceCase, StaffMember
from portal.queries.absences import is_away
from portal.services.absences import hand_on_case
from portal.services.case_handling import hand_over_service_case
from portal.services.staff_work import free_all_work

WHY_HANDED_OVER = {
    TakeOverReason.HOLDER_AWAY: HandOverReason.HOLDER_AWAY,
    TakeOverReason.DEADLINE_NEAR: HandOverReason.DEADLINE_NEAR,
    TakeOverReason.AGREED: HandOverReason.AGREED,
    TakeOverReason.OTHER: HandOverReason.BETTER_PLACED,
}


@dataclass(frozen=True, slots=True)
class HandedOn:
    """How many the colleague has now, and how many wait for others."""

    handed: int
    freed: int


def hand_on_all(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    to: StaffMember,
    reason: TakeOverReason,
    now: datetime,
) -> HandedOn:
    """Claims and cases, each by its own rules; complaints of visitors and leases of calls go back to their lists.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``colleague_away``, ``colleague_cannot_handle``.

    """
    require(actor, Permission.TEAM_MANAGE)
    if to.disabled_at is not None or to.id == member.id:
        raise DomainError("colleague_cannot_handle", field="to")
    if is_away(session, to.id, now=now):
        raise DomainError("colleague_away", field="to")
    handed = 0
    for proposal in session.scalars(_claimed_by(member)).all():
        handed += _done(session, _hand_on(session, actor, proposal, to, reason, now))
    for case in session.scalars(_owned_by(member)).all():
        handed += _done(session, _hand_over(session, actor, case, to, reason, now))
    left = free_all_work(session, actor, member=member, reason=reason.value, ended_by=None, now=now)
    return HandedOn(handed, left.total)


def _hand_on(
    session: Session, actor: Actor, proposal: Proposal, to: StaffMember, reason: TakeOverReason, now: datetime
) -> Callable[[], object]:
    return lambda: hand_on_case(session, actor, proposal=proposal, to=to, reason=reason, now=now)


def _hand_over(
    session: Session, actor: Actor, case: ServiceCase, to: StaffMember, reason: TakeOverReason, now: datetime
) -> Callable[[], object]:
    why = WHY_HANDED_OVER[reason]
    return lambda: hand_over_service_case(session, actor, case=case, to=to, reason=why, now=now)


def _done(session: Session, act: Callable[[], object]) -> bool:
    """False where a rule keeps it from the colleague: then it goes back to the queue with the rest."""
    try:
        with session.begin_nested():
            act()
    except DomainError:
        return False
    return True


def _claimed_by(member: StaffMember) -> Select[Proposal]:
    return (
        select(Proposal)
        .join(ReviewItem, ReviewItem.proposal_id == Proposal.id)
        .where(ReviewItem.claimed_by == member.id)
        .order_by(ReviewItem.deadline_at, Proposal.id)
    )


def _owned_by(member: StaffMember) -> Select[ServiceCase]:
    return (
        select(ServiceCase)
        .where(ServiceCase.owner_id == member.id, ServiceCase.status == "open")
        .order_by(ServiceCase.answer_by, ServiceCase.id)
    )
