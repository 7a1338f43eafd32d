"""Documents: work for the renderer, and keeping what it made. Rendering itself happens between two transactions."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.agreements import AgreementContent
from portal.domain.errors import DomainError
from portal.domain.evidence import SealDescription, SigningEvidence
from portal.domain.permissions import Actor
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.failpoints import Point, reached
from portal.models import Agreement, Document, Proposal, ProposalVersion
from portal.queries.proposals import get_signed_version
from portal.services.agreements import mark_sealed
from portal.services.evidence import signing_evidence
from portal.services.moves import move_proposal
from portal.services.record import record, record_about


@dataclass(frozen=True, slots=True)
class PreviewWork:
    """What is rendered before signing."""

    version_id: int
    content: AgreementContent


@dataclass(frozen=True, slots=True)
class SealWork:
    """What is rendered and sealed after the approval."""

    agreement_id: int
    content: AgreementContent
    evidence: SigningEvidence
    check_code: str
    approved_at: datetime


def find_preview_work(session: Session, version_id: int) -> PreviewWork | None:
    """None where the preview is there, failed for good, or the version is gone."""
    version = session.get(ProposalVersion, version_id)
    if version is None or version.preview_document_id is not None or version.preview_error is not None:
        return None
    return PreviewWork(version.id, AgreementContent.from_data(version.content))


def keep_preview(session: Session, actor: Actor, *, version_id: int, body: bytes, now: datetime) -> None:
    """Keep the unsealed document of a version."""
    document_id, digest = store_document(session, body, now=now)
    kept = session.scalar(
        update(ProposalVersion)
        .where(ProposalVersion.id == version_id, ProposalVersion.preview_document_id.is_(None))
        .values(preview_document_id=document_id)
        .returning(ProposalVersion.id)
    )
    if kept is not None:
        _record_version(session, actor, version_id, "plan:previewed", now=now, document_hash=digest)


def fail_preview(
    session: Session, actor: Actor, *, version_id: int, error: DomainError, now: datetime
) -> None:
    """The document cannot be made as it is (a missing glyph, a missing content): signing stops here, and says so."""
    session.execute(
        update(ProposalVersion).where(ProposalVersion.id == version_id).values(preview_error=error.code)
    )
    _record_version(session, actor, version_id, "plan:preview_failed", now=now, code=error.code)


def find_seal_work(
    session: Session, agreement_id: int, *, seal: SealDescription, zone: ZoneInfo
) -> SealWork | None:
    """None where it is sealed already."""
    agreement = session.get_one(Agreement, agreement_id)
    if agreement.seal_state == "sealed":
        return None
    proposal = session.get_one(Proposal, agreement.proposal_id)
    version = get_signed_version(session, proposal)
    return SealWork(
        agreement_id=agreement.id,
        content=AgreementContent.from_data(version.content),
        evidence=signing_evidence(session, agreement, version, seal=seal, zone=zone),
        check_code=agreement.check_code,
        approved_at=agreement.approved_at,
    )


def keep_sealed(session: Session, actor: Actor, *, agreement_id: int, body: bytes, now: datetime) -> bool:
    """Bytes, hash, ``sealed`` and the proposal's move to active, in one transaction; False where another was first."""
    document_id, digest = store_document(session, body, now=now)
    reached(Point.KEPT)
    if not mark_sealed(
        session, actor, agreement_id=agreement_id, document_id=document_id, sha256=digest, now=now
    ):
        return False
    proposal = session.scalars(
        select(Proposal)
        .join(Agreement, Agreement.proposal_id == Proposal.id)
        .where(Agreement.id == agreement_id)
    ).one()
    if proposal.status == ProposalStatus.APPROVED:
        move_proposal(session, proposal, Act.SEAL_DONE, Who.WORKER)
        record_about(
            session,
            actor,
            proposal,
            "plan:activated",
            now=now,
            version_number=proposal.version_number,
        )
    return True


def record_seal_failure(
    session: Session, actor: Actor, *, agreement_id: int, code: str, attempts: int, now: datetime
) -> None:
    agreement = session.get_one(Agreement, agreement_id)
    record(
        session,
        actor,
        "agreement:seal_failed",
        now=now,
        borrower_id=agreement.borrower_id,
        loan_id=agreement.loan_id,
        proposal_id=agreement.proposal_id,
        agreement_id=agreement_id,
        code=code,
        attempts=attempts,
    )


def store_document(session: Session, body: bytes, *, now: datetime) -> tuple[int, str]:
    """(id, SHA-256) of the stored bytes; the same bytes twice are one document."""
    digest = sha256(body).hexdigest()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Document)
        .values(
            Document.insertable(
                {"sha256": digest, "media_type": "application/pdf", "body": body, "made_at": now}
            )
        )
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    return session.scalars(select(Document.id).where(Document.sha256 == digest)).one(), digest


def _record_version(
    session: Session, actor: Actor, version_id: int, name: str, *, now: datetime, **fields: object
) -> None:
    version = session.get_one(ProposalVersion, version_id)
    proposal = session.get_one(Proposal, version.proposal_id)
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        version_number=version.number,
        **fields,
    )
