"""Proposals, loaded through their owner."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.proposals import OPEN_STATUSES
from portal.models import Agreement, Decision, Document, Event, Proposal, ProposalVersion

_OPEN = [status.value for status in OPEN_STATUSES]


def get_proposal_of(session: Session, borrower_id: int, public_id: str) -> Proposal:
    """A borrower's proposal; a stranger's raises the same ``NotFound`` as nobody's."""
    found = session.scalar(
        select(Proposal).where(Proposal.public_id == public_id, Proposal.borrower_id == borrower_id)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def find_open_proposal(session: Session, loan_id: int) -> Proposal | None:
    return session.scalar(select(Proposal).where(Proposal.loan_id == loan_id, Proposal.status.in_(_OPEN)))


def find_newest_version(session: Session, proposal_id: int) -> ProposalVersion | None:
    """The version frozen last, signed or not."""
    return session.scalar(
        select(ProposalVersion)
        .where(ProposalVersion.proposal_id == proposal_id)
        .order_by(ProposalVersion.number.desc())
        .limit(1)
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
    """The newest decision."""
    return session.scalar(
        select(Decision)
        .where(Decision.proposal_id == proposal.id)
        .order_by(Decision.review_round.desc())
        .limit(1)
    )


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
    """The bytes of a stored document."""
    body = session.scalar(select(Document.body).where(Document.id == document_id))
    if body is None:
        raise NotFound("not_found")
    return body


def document_sha256(session: Session, document_id: int) -> str:
    return session.scalars(select(Document.sha256).where(Document.id == document_id)).one()


def events_of_proposal(session: Session, proposal_id: int) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.proposal_id == proposal_id).order_by(Event.id)).all()
