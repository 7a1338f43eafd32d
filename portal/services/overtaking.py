"""What becomes of a decision that the borrower answers, or that the borrower, the book or the clock overtakes."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionState
from portal.domain.permissions import Actor
from portal.models import Decision, Proposal, Question
from portal.queries.proposals import find_live_decision
from portal.services.record import record_about
from portal.services.waiting import take_out_of_queue


def answer_decision(session: Session, proposal: Proposal) -> Decision:
    """The borrower answered the counter or the question: the round is open for another decision."""
    decision = find_live_decision(session, proposal)
    assert decision is not None
    decision.state = DecisionState.ANSWERED.value
    session.flush()
    return decision


def overtake_decision(session: Session, actor: Actor, *, proposal: Proposal, by: str, now: datetime) -> None:
    """Nothing is decided on this proposal any more, and nothing waits: after its move, in the same transaction."""
    take_out_of_queue(session, proposal)
    session.execute(
        update(Question)
        .where(Question.proposal_id == proposal.id, Question.closed_at.is_(None))
        .values(closed_at=now)
    )
    decision = find_live_decision(session, proposal)
    if decision is None:
        return
    decision.state = DecisionState.OVERTAKEN.value
    session.flush()
    record_about(
        session,
        actor,
        proposal,
        "decision:overtaken",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
        by=by,
    )
