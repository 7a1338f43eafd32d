"""What somebody holds goes back: they are away, their account ends, or a role goes. Nothing is left with who cannot do it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.domain.support_calls import EndedBy
from portal.models import Call, CallItem, Proposal, ReviewItem, StaffMember, VisitorComplaint
from portal.services.calls import end_lapsed_calls
from portal.services.case_handling import give_back_all_service_cases
from portal.services.record import record, record_about
from portal.services.support_calls import end_support_calls_of


@dataclass(frozen=True, slots=True)
class Freed:
    """How many of each went back."""

    claims: int = 0
    cases: int = 0
    calls: int = 0
    support_calls: int = 0

    @property
    def total(self) -> int:
        return self.claims + self.cases + self.calls + self.support_calls


def free_all_work(
    session: Session,
    actor: Actor,
    *,
    member: StaffMember,
    reason: str,
    ended_by: EndedBy | None,
    now: datetime,
) -> Freed:
    """Claims, cases, complaints and leases wait for others; a call that runs ends as "not noted".

    ``ended_by``: what a running support call ends by; None leaves it to its own end. ``reason`` as in ``case:released``.
    """
    return Freed(
        claims=free_claimed_cases(session, actor, member=member, reason=reason, now=now),
        cases=free_brought_up(session, actor, member=member, now=now),
        calls=free_call_leases(session, actor, member=member, reason=reason, now=now),
        support_calls=0
        if ended_by is None
        else end_support_calls_of(session, member.id, by=ended_by, now=now),
    )


def free_work_without(
    session: Session, actor: Actor, *, member: StaffMember, now: datetime, may: Collection[Permission]
) -> None:
    """A role went: what the roles that are left cannot do goes back at once. ``may``: what they still can."""
    if Permission.PROPOSAL_DECIDE not in may:
        free_claimed_cases(session, actor, member=member, reason="role_removed", now=now)
    if Permission.SERVICE_HANDLE not in may:
        free_brought_up(session, actor, member=member, now=now)
    if Permission.CALL_MAKE not in may:
        free_call_leases(session, actor, member=member, reason="role_removed", now=now)
    if Permission.SUPPORT_CALL not in may:
        end_support_calls_of(session, member.id, by=EndedBy.ROLE_REMOVED, now=now)


def free_claimed_cases(
    session: Session, actor: Actor, *, member: StaffMember, reason: str, now: datetime
) -> int:
    """Claims on proposals; how many."""
    freed = session.scalars(
        update(ReviewItem)
        .where(ReviewItem.claimed_by == member.id)
        .values(claimed_by=None, claimed_until=None)
        .returning(ReviewItem.proposal_id)
        .execution_options(synchronize_session=False)
    ).all()
    for proposal in session.scalars(select(Proposal).where(Proposal.id.in_(freed)).order_by(Proposal.id)):
        record_about(session, actor, proposal, "case:released", now=now, reason=reason)
    return len(freed)


def free_brought_up(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> int:
    """Cases of borrowers and complaints of visitors; how many."""
    complaints = session.scalars(
        update(VisitorComplaint)
        .where(VisitorComplaint.owner_id == member.id, VisitorComplaint.status == "open")
        .values(owner_id=None, owned_at=None)
        .returning(VisitorComplaint.id)
        .execution_options(synchronize_session=False)
    ).all()
    for complaint_id in sorted(complaints):
        record(session, actor, "complaint:given_back", now=now, complaint_id=complaint_id)
    return len(complaints) + give_back_all_service_cases(session, actor, member=member, now=now)


def free_call_leases(
    session: Session, actor: Actor, *, member: StaffMember, reason: str, now: datetime
) -> int:
    """Leases of the list of calls; a call that runs under one ends now, and whoever made it cannot go on with it."""
    session.execute(
        update(Call)
        .where(Call.staff_id == member.id, Call.ended_at.is_(None), Call.lapses_at > now)
        .values(lapses_at=now)
        .execution_options(synchronize_session=False)
    )
    end_lapsed_calls(session, now=now)
    items = session.scalars(
        select(CallItem)
        .where(CallItem.leased_by == member.id)
        .order_by(CallItem.loan_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for item in items:
        item.leased_by = item.leased_until = None
        record(
            session,
            actor,
            "call:given_back",
            now=now,
            borrower_id=item.borrower_id,
            loan_id=item.loan_id,
            reason=reason,
        )
    session.flush()
    return len(items)
