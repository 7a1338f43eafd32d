"""Staff who had a part in a proposal, or are related to its borrower."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.four_eyes import Involved
from portal.models import Decision, Proposal, StaffRelation


def involved_in(session: Session, proposal: Proposal) -> Involved:
    """What ``refuse_involved`` asks for."""
    decided = session.execute(
        select(Decision.first_staff_id, Decision.second_staff_id).where(
            Decision.proposal_id == proposal.id,
            Decision.review_round < proposal.review_round,
            Decision.kind == DecisionKind.DECLINE.value,
            Decision.state == DecisionState.SENT.value,
        )
    ).all()
    related = session.scalars(
        select(StaffRelation.staff_member_id).where(StaffRelation.borrower_id == proposal.borrower_id)
    ).all()
    first_id = session.scalar(
        select(Decision.first_staff_id).where(
            Decision.proposal_id == proposal.id, Decision.state == DecisionState.WAITS_SECOND.value
        )
    )
    return Involved(
        drafter_id=proposal.drafted_by_staff_id,
        earlier_decider_ids=frozenset(
            staff_id for row in decided for staff_id in row if staff_id is not None
        ),
        related_ids=frozenset(related),
        first_id=first_id,
    )
