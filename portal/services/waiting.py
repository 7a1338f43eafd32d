"""The queue: a proposal begins to wait for a person, and the stages of its wait."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.domain.plans import Plan
from portal.domain.policy import Referral
from portal.models import Proposal, ReviewItem


def put_in_queue(
    session: Session, proposal: Proposal, plan: Plan, *, deadline_at: datetime, dpd: int, reason: Referral
) -> None:
    """A person has to decide this plan by then."""
    session.add(
        ReviewItem(
            proposal_id=proposal.id,
            stage="first",
            deadline_at=deadline_at,
            kind=plan.kind.value,
            amount_minor=plan.advance,
            currency=plan.currency,
            dpd=dpd,
            main_reason=reason.value,
        )
    )
    session.flush()


def set_stage(
    session: Session,
    proposal: Proposal,
    stage: str,
    *,
    decided_by: int | None = None,
    claimed_by: int | None = None,
    claimed_until: datetime | None = None,
) -> None:
    """``first``, ``second`` or ``held``; whoever held the case gives it up, unless it is handed to them."""
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id)
        .values(stage=stage, decided_by=decided_by, claimed_by=claimed_by, claimed_until=claimed_until)
        .execution_options(synchronize_session=False)
    )


def take_out_of_queue(session: Session, proposal: Proposal) -> None:
    """Nothing waits any more."""
    session.execute(
        delete(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id)
        .execution_options(synchronize_session="fetch")
    )
