"""How a proposal stands in the eyes of somebody who came too late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.domain.decisions import LIVE_STATES, PENDING_STATES, DecisionState
from portal.domain.proposals import ProposalStatus
from portal.models import Decision, Proposal, StaffMember


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status, and the live decision of the present round where there is one: by whom (staff number; None: policy) and when."""

    status: ProposalStatus
    kind: str | None = None
    state: DecisionState | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def is_pending(self) -> bool:
        """Decided, and nothing has reached the borrower yet."""
        return self.state in PENDING_STATES


def find_outcome(session: Session, proposal_id: int) -> Outcome:
    """Read afresh: what another transaction committed a moment ago counts."""
    row = session.execute(
        select(Proposal.status, Decision.kind, Decision.state, StaffMember.number, Decision.decided_at)
        .outerjoin(
            Decision,
            and_(
                Decision.proposal_id == Proposal.id,
                Decision.review_round == Proposal.review_round,
                Decision.state.in_(LIVE_STATES),
            ),
        )
        .outerjoin(StaffMember, StaffMember.id == Decision.first_staff_id)
        .where(Proposal.id == proposal_id)
    ).one()
    state = None if row.state is None else DecisionState(row.state)
    return Outcome(ProposalStatus(row.status), row.kind, state, row.number, row.decided_at)
