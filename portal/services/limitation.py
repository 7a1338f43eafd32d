"""Acts that restart the limitation period (rule L01): typed, dated events."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.services.record import record


def record_interruption(
    session: Session,
    actor: Actor,
    *,
    borrower_id: int,
    loan_id: int,
    cause: str,
    now: datetime,
    proposal_id: int | None = None,
) -> None:
    """``cause``: plan_signed, part_payment, request_for_time, demand_delivered, assignment_notice."""
    record(
        session,
        actor,
        "limitation:interrupted",
        now=now,
        borrower_id=borrower_id,
        loan_id=loan_id,
        proposal_id=proposal_id,
        cause=cause,
    )
