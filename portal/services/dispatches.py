"""The minute between a decision and its effect: undone by who decided, or carried out by the worker, whoever is first."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.claims import LEASE
from portal.domain.decisions import PENDING_STATES, DecisionState
from portal.domain.errors import AccessRefused, Conflict
from portal.domain.permissions import Actor, Permission, require
from portal.models import Decision, Proposal
from portal.queries.proposals import find_live_decision
from portal.services.moves import keep_still, lock_proposal
from portal.services.record import record_about
from portal.services.taking_effect import take_effect
from portal.services.waiting import set_stage


def dispatch_decision(session: Session, actor: Actor, *, decision_id: int, now: datetime) -> bool:
    """Let a held decision take effect once its minute is over; False where it was undone or overtaken. ``now`` is in the lender's zone."""
    decision = session.get_one(Decision, decision_id)
    proposal = lock_proposal(session, decision.proposal_id)
    session.refresh(decision)
    is_due = decision.goes_out_at is not None and decision.goes_out_at <= now
    if decision.state != DecisionState.HELD or not is_due:
        return False
    take_effect(session, actor, proposal=proposal, decision=decision, now=now)
    return True


def undo_decision(session: Session, actor: Actor, *, proposal_id: int, now: datetime) -> Decision:
    """Take back what one decided and what has reached nobody yet: the case is one's own again, undecided.

    Raises:
        AccessRefused: ``permission_missing``, ``decided_by_other``.
        Conflict: ``nothing_to_undo``, also where it has gone out already.

    """
    require(actor, Permission.PROPOSAL_DECIDE)
    proposal = lock_proposal(session, proposal_id)
    decision = find_live_decision(session, proposal)
    if decision is None or decision.state not in PENDING_STATES:
        raise Conflict("nothing_to_undo")
    if actor.id not in {decision.first_staff_id, decision.second_staff_id}:
        raise AccessRefused("decided_by_other", rule="P18")
    keep_still(session, proposal, expected_row_version=proposal.row_version)
    decision.state = DecisionState.UNDONE.value
    session.flush()
    _give_back(session, actor, proposal, now)
    record_about(
        session,
        actor,
        proposal,
        "decision:undone",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
    )
    return decision


def _give_back(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> None:
    set_stage(session, proposal, "first", claimed_by=actor.id, claimed_until=now + LEASE)
