"""What each member of staff holds: claims, cases, complaints, calls of the list, a support call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.models import (
    CallItem,
    Loan,
    Proposal,
    ReviewItem,
    ServiceCase,
    SupportCall,
    VisitorComplaint,
)


@dataclass(frozen=True, slots=True)
class HeldThing:
    """One thing of somebody's. ``kind``: proposal, case, visitor, call, support_call. ``public_id`` is its address."""

    kind: str
    public_id: str
    reference: str
    due_at: datetime | None


def held_work(session: Session, staff_id: int, *, now: datetime) -> Sequence[HeldThing]:
    return work_of_all(session, now=now).get(staff_id, ())


def work_of_all(session: Session, *, now: datetime) -> Mapping[int, Sequence[HeldThing]]:
    """By whoever holds it: five statements, however much there is."""
    held: dict[int, list[HeldThing]] = {}
    for kind, wanted in _statements(now):
        for staff_id, public_id, reference, due_at in session.execute(wanted):
            held.setdefault(staff_id, []).append(HeldThing(kind, public_id, reference, due_at))
    return held


def _statements(now: datetime) -> Sequence[tuple[str, Select[*tuple[Any, ...]]]]:
    claims = (
        select(ReviewItem.claimed_by, Proposal.public_id, Proposal.reference, ReviewItem.deadline_at)
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .where(ReviewItem.claimed_by.is_not(None), ReviewItem.claimed_until > now, ReviewItem.stage != "held")
        .order_by(ReviewItem.deadline_at, ReviewItem.proposal_id)
    )
    cases = (
        select(ServiceCase.owner_id, ServiceCase.public_id, ServiceCase.reference, ServiceCase.answer_by)
        .where(ServiceCase.owner_id.is_not(None), ServiceCase.status == "open")
        .order_by(ServiceCase.answer_by, ServiceCase.id)
    )
    complaints = (
        select(
            VisitorComplaint.owner_id,
            VisitorComplaint.public_id,
            VisitorComplaint.reference,
            VisitorComplaint.answer_by,
        )
        .where(VisitorComplaint.owner_id.is_not(None), VisitorComplaint.status == "open")
        .order_by(VisitorComplaint.answer_by, VisitorComplaint.id)
    )
    calls = (
        select(CallItem.leased_by, CallItem.public_id, Loan.loan_ref, CallItem.leased_until)
        .join(Loan, Loan.id == CallItem.loan_id)
        .where(
            CallItem.leased_by.is_not(None), or_(CallItem.leased_until > now, CallItem.leased_until.is_(None))
        )
        .order_by(CallItem.loan_id)
    )
    support = (
        select(SupportCall.staff_id, SupportCall.public_id, SupportCall.reason, SupportCall.expires_at)
        .where(SupportCall.ended_at.is_(None), SupportCall.expires_at > now)
        .order_by(SupportCall.id)
    )
    return (
        ("proposal", claims),
        ("case", cases),
        ("visitor", complaints),
        ("call", calls),
        ("support_call", support),
    )
