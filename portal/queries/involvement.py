"""Staff who had a part in a proposal, or are related to its borrower: of one case, and as conditions over the queue."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.decisions import LIVE_STATES, DecisionKind, DecisionState
from portal.domain.four_eyes import Involved
from portal.models import Decision, Proposal, ReviewItem, StaffRelation
from portal.queries.gathering import Gathering

_CASE: Final = bindparam("proposal_id", type_=BigInteger)
_ROUND: Final = bindparam("review_round", type_=Integer)
_WAITS: Final = Decision.state == DecisionState.WAITS_SECOND.value
_HISTORY: Final = Gathering(
    decided=select(Decision.first_staff_id, Decision.second_staff_id, _WAITS.label("waits")).where(
        Decision.proposal_id == _CASE,
        or_(
            _WAITS,
            and_(
                Decision.review_round < _ROUND,
                Decision.kind == DecisionKind.DECLINE.value,
                Decision.state == DecisionState.SENT.value,
            ),
        ),
    ),
    live=select(Decision.id).where(
        Decision.proposal_id == _CASE,
        Decision.review_round == _ROUND,
        or_(*(Decision.state == state.value for state in LIVE_STATES)),
    ),
    related=select(StaffRelation.staff_member_id).where(
        StaffRelation.borrower_id == bindparam("borrower_id", type_=BigInteger)
    ),
)


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """Who had a part in a proposal, and whether it is decided in the present round."""

    involved: Involved
    is_decided: bool


def history_of(session: Session, proposal: Proposal) -> CaseHistory:
    """Read afresh, in one round trip."""
    session.flush()
    found = _HISTORY.ask(
        session,
        proposal_id=proposal.id,
        review_round=proposal.review_round,
        borrower_id=proposal.borrower_id,
    )
    decided = found["decided"]
    involved = Involved(
        drafter_id=proposal.drafted_by_staff_id,
        earlier_decider_ids=frozenset(
            staff_id
            for row in decided
            if not row.waits
            for staff_id in (row.first_staff_id, row.second_staff_id)
            if staff_id is not None
        ),
        related_ids=frozenset(row.staff_member_id for row in found["related"]),
        first_id=next((row.first_staff_id for row in decided if row.waits), None),
    )
    return CaseHistory(involved, is_decided=bool(found["live"]))


def involved_in(session: Session, proposal: Proposal) -> Involved:
    """What ``refuse_involved`` asks for."""
    return history_of(session, proposal).involved


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
