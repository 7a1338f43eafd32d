"""How cases like one went, in one statement over an index: sums, no persons."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.proposals import ProposalStatus
from portal.domain.similar_cases import MOST, Likeness, SimilarCases, tally
from portal.models import Decision, Proposal

_TAKEN = (DecisionState.SENT.value, DecisionState.ANSWERED.value)
_KINDS = (DecisionKind.APPROVE.value, DecisionKind.COUNTER.value, DecisionKind.DECLINE.value)


def similar_cases(session: Session, like: Likeness, *, since: datetime, but_proposal_id: int) -> SimilarCases:
    """What people decided since then and what came of it, the case itself left out. Policy's own approvals were never a case."""
    newest = (
        select(Decision.kind, Decision.state, Decision.proposal_id)
        .where(
            Decision.likeness == like.key,
            Decision.decided_at >= since,
            Decision.state.in_(_TAKEN),
            Decision.kind.in_(_KINDS),
            Decision.proposal_id != but_proposal_id,
        )
        .order_by(Decision.decided_at.desc())
        .limit(MOST)
        .subquery()
    )
    rows = session.execute(
        select(newest.c.kind, newest.c.state, Proposal.status, func.count())
        .join(Proposal, Proposal.id == newest.c.proposal_id)
        .group_by(newest.c.kind, newest.c.state, Proposal.status)
    )
    return tally(
        {
            (DecisionKind(kind), state == DecisionState.SENT, ProposalStatus(status)): count
            for kind, state, status, count in rows
        }
    )
