"""Rules set aside for a call: what waits for a second person, and what may be used."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_overrides import OverrideState
from portal.domain.errors import NotFound
from portal.models import CallOverride, Loan, StaffMember, StaffRelation


def get_override(session: Session, public_id: str) -> CallOverride:
    """Locked; raises ``NotFound``."""
    found = session.scalar(
        select(CallOverride)
        .where(CallOverride.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def find_approved(
    session: Session, *, loan_id: int, asked_by: int | None, now: datetime
) -> CallOverride | None:
    """What a second person agreed to and nobody has used yet."""
    return session.scalar(
        select(CallOverride).where(
            CallOverride.loan_id == loan_id,
            CallOverride.asked_by == asked_by,
            CallOverride.state == OverrideState.APPROVED.value,
            CallOverride.expires_at > now,
        )
    )


def find_latest(session: Session, *, loan_id: int, asked_by: int, since: datetime) -> CallOverride | None:
    """What this person last asked for about a loan."""
    return session.scalars(
        select(CallOverride)
        .where(
            CallOverride.loan_id == loan_id, CallOverride.asked_by == asked_by, CallOverride.asked_at > since
        )
        .order_by(CallOverride.id.desc())
        .limit(1)
    ).one_or_none()


def waiting_overrides(
    session: Session, *, staff_id: int, now: datetime
) -> Sequence[tuple[CallOverride, str, str]]:
    """What waits for a second person, the oldest first: (override, the loan's reference, who asked). Nothing of people close to one."""
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    rows = session.execute(
        select(CallOverride, Loan.loan_ref, StaffMember.number)
        .join(Loan, Loan.id == CallOverride.loan_id)
        .join(StaffMember, StaffMember.id == CallOverride.asked_by)
        .where(
            CallOverride.state == OverrideState.ASKED.value,
            CallOverride.expires_at > now,
            CallOverride.borrower_id.not_in(related),
        )
        .order_by(CallOverride.id)
        .limit(50)
    )
    return [(override, loan_ref, number) for override, loan_ref, number in rows]
