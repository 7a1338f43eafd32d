"""Staff who had a part in a proposal, or are related to its borrower: of one case, and as conditions over the queue."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.four_eyes import Involved
from portal.models import Decision, Proposal, ReviewItem, StaffRelation


def involved_in(session: Session, proposal: Proposal) -> Involved:
    """What ``refuse_involved`` asks for."""
    waits = Decision.state == DecisionState.WAITS_SECOND.value
    declined_before = and_(
        Decision.review_round < proposal.review_round,
        Decision.kind == DecisionKind.DECLINE.value,
        Decision.state == DecisionState.SENT.value,
    )
    decided = session.execute(
        select(Decision.first_staff_id, Decision.second_staff_id, waits.label("waits")).where(
            Decision.proposal_id == proposal.id, or_(waits, declined_before)
        )
    ).all()
    related = session.scalars(
        select(StaffRelation.staff_member_id).where(StaffRelation.borrower_id == proposal.borrower_id)
    ).all()
    return Involved(
        drafter_id=proposal.drafted_by_staff_id,
        earlier_decider_ids=frozenset(
            staff_id
            for row in decided
            if not row.waits
            for staff_id in (row.first_staff_id, row.second_staff_id)
            if staff_id is not None
        ),
        related_ids=frozenset(related),
        first_id=next((row.first_staff_id for row in decided if row.waits), None),
    )


def listed_for(staff_id: int) -> ColumnElement[bool]:
    """Cases that this person's queue lists, over ``review_item`` joined with ``proposal``. Left out: cases of oneself and of people close
    (P18), what one decided first, and what one declined before another person was asked for (P15).
    """
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    declined = exists().where(
        Decision.proposal_id == Proposal.id,
        Decision.kind == DecisionKind.DECLINE.value,
        Decision.state == DecisionState.SENT.value,
        or_(Decision.first_staff_id == staff_id, Decision.second_staff_id == staff_id),
    )
    return and_(
        or_(ReviewItem.decided_by.is_(None), ReviewItem.decided_by != staff_id),
        Proposal.borrower_id.not_in(related),
        or_(Proposal.review_round == 1, ~declined),
    )


def decidable_by(staff_id: int) -> ColumnElement[bool]:
    """Of these, what this person may also decide: not what they filled in themselves. Says the same as ``refuse_involved``."""
    is_anothers = or_(Proposal.drafted_by_staff_id.is_(None), Proposal.drafted_by_staff_id != staff_id)
    return and_(listed_for(staff_id), is_anothers)
