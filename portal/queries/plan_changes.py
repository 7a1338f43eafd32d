"""What a plan replaced, and what replaced it or asks to."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.proposals import OPEN_STATUSES
from portal.models import Agreement, Proposal
from portal.queries.proposals import find_agreement
from portal.queries.running_plans import RunningPlan, plan_under

_OPEN = [status.value for status in OPEN_STATUSES]


@dataclass(frozen=True, slots=True)
class Changes:
    """``before`` is the agreement that this plan changed, ``after`` the one that changed it, ``asked`` a change not decided yet."""

    before: Agreement | None
    after: Agreement | None
    asked: Proposal | None


def base_of(session: Session, proposal: Proposal, *, on: date) -> RunningPlan:
    """The plan that a proposal is, or asks to change; ``NotFound`` where it has no agreement."""
    agreement = find_agreement(session, proposal.replaces_id or proposal.id)
    if agreement is None:
        raise NotFound("not_found")
    return plan_under(session, agreement, on=on)


def find_changes(session: Session, proposal: Proposal) -> Changes:
    return Changes(
        before=session.scalar(select(Agreement).where(Agreement.proposal_id == proposal.replaces_id))
        if proposal.replaces_id
        else None,
        after=session.scalar(
            select(Agreement)
            .join(Proposal, Proposal.id == Agreement.proposal_id)
            .where(Proposal.replaces_id == proposal.id)
        ),
        asked=session.scalar(
            select(Proposal).where(Proposal.replaces_id == proposal.id, Proposal.status.in_(_OPEN))
        ),
    )
