"""Proposals, loaded through their owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session, undefer

from portal.domain.decisions import LIVE_STATES, DecisionKind, DecisionState
from portal.domain.errors import NotFound
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES, ProposalStatus
from portal.models import (
    Agreement,
    Decision,
    Document,
    Event,
    Loan,
    Proposal,
    ProposalVersion,
    Question,
    ReviewItem,
)
from portal.queries.kept_documents import opened_body

_RUNNING = [status.value for status in RUNNING_STATUSES]
_OPEN = [status.value for status in OPEN_STATUSES]
_NEWEST: Final = (
    select(func.max(ProposalVersion.number))
    .where(ProposalVersion.proposal_id == Proposal.id, ~ProposalVersion.made_by_lender)
    .correlate(Proposal)
    .scalar_subquery()
)
_TO_SIGN: Final = (
    select(Proposal, Loan, ProposalVersion)
    .join(Loan, Loan.id == Proposal.loan_id)
    .outerjoin(
        ProposalVersion,
        and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.number == _NEWEST),
    )
    .where(Proposal.public_id == bindparam("public_id"), Proposal.borrower_id == bindparam("borrower_id"))
)
_TO_DECIDE: Final = (
    select(Proposal, ProposalVersion, ReviewItem, Loan)
    .join(Loan, Loan.id == Proposal.loan_id)
    .outerjoin(
        ProposalVersion,
        and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.number == Proposal.version_number),
    )
    .outerjoin(ReviewItem, ReviewItem.proposal_id == Proposal.id)
    .where(Proposal.id == bindparam("proposal_id"))
    .with_for_update(of=Loan)
    .execution_options(populate_existing=True)
)


def get_proposal_of(session: Session, borrower_id: int, public_id: str) -> Proposal:
    """A borrower's proposal; a stranger's raises the same ``NotFound`` as nobody's."""
    found = session.scalar(
        select(Proposal).where(Proposal.public_id == public_id, Proposal.borrower_id == borrower_id)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def get_proposal_to_sign(
    session: Session, borrower_id: int, public_id: str
) -> tuple[Proposal, Loan, ProposalVersion | None]:
    """A borrower's proposal with its loan and their own version frozen last, in one read. Raises as ``get_proposal_of``."""
    found = session.execute(_TO_SIGN, {"public_id": public_id, "borrower_id": borrower_id}).one_or_none()
    if found is None:
        raise NotFound("not_found")
    proposal, loan, newest = found
    return proposal, loan, newest


@dataclass(frozen=True, slots=True)
class CaseToDecide:
    """A proposal with what its decision is about: the version that was signed and its row of the queue, where there are such."""

    proposal: Proposal
    version: ProposalVersion | None
    item: ReviewItem | None
    loan: Loan


def find_case_to_decide(session: Session, proposal_id: int) -> CaseToDecide | None:
    """Read afresh, in one read that holds the loan's row until the end of the transaction."""
    found = session.execute(_TO_DECIDE, {"proposal_id": proposal_id}).one_or_none()
    return None if found is None else CaseToDecide(*found)


def find_open_proposal(session: Session, loan_id: int) -> Proposal | None:
    return session.scalar(select(Proposal).where(Proposal.loan_id == loan_id, Proposal.status.in_(_OPEN)))


def find_running_id(session: Session, loan_id: int) -> int | None:
    """The proposal whose plan is in force for the loan."""
    return session.scalar(
        select(Proposal.id).where(Proposal.loan_id == loan_id, Proposal.status.in_(_RUNNING))
    )


def runs_beside(session: Session, proposal: Proposal) -> bool:
    """Whether another plan is in force for its loan; the one that the proposal asks to change is no other."""
    return find_running_id(session, proposal.loan_id) not in {None, proposal.replaces_id}


def find_newest_version(session: Session, proposal_id: int) -> ProposalVersion | None:
    """The borrower's own version frozen last, signed or not."""
    return session.scalar(
        select(ProposalVersion)
        .where(ProposalVersion.proposal_id == proposal_id, ~ProposalVersion.made_by_lender)
        .order_by(ProposalVersion.number.desc())
        .limit(1)
    )


def highest_number(session: Session, proposal_id: int) -> int:
    """Of all versions, counter-offers included; 0 where none was frozen."""
    return (
        session.scalar(
            select(func.max(ProposalVersion.number)).where(ProposalVersion.proposal_id == proposal_id)
        )
        or 0
    )


def version_numbered(session: Session, proposal_id: int, number: int) -> ProposalVersion:
    return session.scalars(
        select(ProposalVersion).where(
            ProposalVersion.proposal_id == proposal_id, ProposalVersion.number == number
        )
    ).one()


def find_open_counter(session: Session, proposal: Proposal) -> ProposalVersion | None:
    """What the lender offers instead, once it has gone out and while it stands."""
    if proposal.status != ProposalStatus.COUNTERED:
        return None
    return session.scalar(
        select(ProposalVersion)
        .join(
            Decision,
            and_(
                Decision.proposal_id == ProposalVersion.proposal_id,
                Decision.version_number == ProposalVersion.number,
            ),
        )
        .where(
            ProposalVersion.proposal_id == proposal.id,
            Decision.kind == DecisionKind.COUNTER.value,
            Decision.state == DecisionState.SENT.value,
            Decision.review_round == proposal.review_round,
        )
    )


def get_newest_version(session: Session, proposal_id: int) -> ProposalVersion:
    """Raises ``NotFound("no_version_yet")`` where none was frozen."""
    found = find_newest_version(session, proposal_id)
    if found is None:
        raise NotFound("no_version_yet")
    return found


def find_signed_version(session: Session, proposal: Proposal) -> ProposalVersion | None:
    """The version that stands: the one signed last."""
    return session.scalar(
        select(ProposalVersion).where(
            ProposalVersion.proposal_id == proposal.id, ProposalVersion.number == proposal.version_number
        )
    )


def get_signed_version(session: Session, proposal: Proposal) -> ProposalVersion:
    found = find_signed_version(session, proposal)
    if found is None:
        raise NotFound("no_version_yet")
    return found


def find_decision(session: Session, proposal: Proposal) -> Decision | None:
    """The newest decision that has reached the borrower and is not answered yet."""
    return session.scalar(
        select(Decision)
        .where(Decision.proposal_id == proposal.id, Decision.state == DecisionState.SENT.value)
        .order_by(Decision.review_round.desc(), Decision.id.desc())
        .limit(1)
    )


def find_live_decision(session: Session, proposal: Proposal) -> Decision | None:
    """Made in the present round and not undone, refused or overtaken; at most one. Read afresh."""
    return session.scalar(
        select(Decision)
        .where(
            Decision.proposal_id == proposal.id,
            Decision.review_round == proposal.review_round,
            Decision.state.in_(LIVE_STATES),
        )
        .execution_options(populate_existing=True)
    )


def find_open_question(session: Session, proposal_id: int) -> Question | None:
    return session.scalar(
        select(Question).where(Question.proposal_id == proposal_id, Question.closed_at.is_(None))
    )


def find_last_answer(session: Session, proposal_id: int) -> str:
    """What the borrower answered last, in words; "" where that is nothing."""
    answered = session.scalars(
        select(Question)
        .where(Question.proposal_id == proposal_id, Question.closed_at.is_not(None))
        .order_by(Question.id.desc())
        .limit(1)
    ).one_or_none()
    return (answered.reply or "") if answered else ""


def find_agreement(session: Session, proposal_id: int) -> Agreement | None:
    return session.scalar(select(Agreement).where(Agreement.proposal_id == proposal_id))


def get_agreement_of(session: Session, borrower_id: int, public_id: str) -> Agreement:
    found = session.scalar(
        select(Agreement).where(Agreement.public_id == public_id, Agreement.borrower_id == borrower_id)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def document_body(session: Session, document_id: int) -> bytes:
    """The bytes of a stored document. Raises ``NotFound`` where they were erased, and ``Damaged``."""
    body = find_document_body(session, document_id)
    if body is None:
        raise NotFound("not_found")
    return body


def find_document_body(session: Session, document_id: int) -> bytes | None:
    """None where it was erased. Raises ``Damaged``."""
    kept = session.get(Document, document_id, options=[undefer(Document.body_sealed)])
    return None if kept is None else opened_body(kept)


def document_sha256(session: Session, document_id: int) -> str:
    return session.scalars(select(Document.sha256).where(Document.id == document_id)).one()


def explained_terms(session: Session, version: ProposalVersion) -> frozenset[str]:
    """The key terms of a version whose explanation was asked for."""
    fields = session.scalars(
        select(Event.fields).where(
            Event.proposal_id == version.proposal_id, Event.name == "plan:term_explained"
        )
    )
    return frozenset(each["term"] for each in fields if each["version_number"] == version.number)


def events_of_proposal(session: Session, proposal_id: int) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.proposal_id == proposal_id).order_by(Event.id)).all()
