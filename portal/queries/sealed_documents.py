"""Sealed documents as the public check knows them: hashes, code and instant, nothing about people or sums."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, undefer

from portal.domain.document_checks import SealedDocument, Sealing
from portal.domain.errors import Damaged
from portal.domain.record_leaves import leaf_of
from portal.models import Agreement, Document, Event, Proposal, ProposalVersion
from portal.queries.kept_documents import opened_body
from portal.queries.record_rows import placed_events


class SealedDocuments:
    """Looks up by one of the three things that a file or a person can state. ``tell`` is told of a kept document that was damaged."""

    def __init__(self, session: Session, tell: Callable[[Damaged], None]) -> None:
        self._session = session
        self._tell = tell

    def by_sha256(self, sha256: str) -> SealedDocument | None:
        return self._find(Document.sha256 == sha256)

    def by_check_code(self, check_code: str) -> SealedDocument | None:
        return self._find(Agreement.check_code == check_code)

    def by_content_hash(self, content_hash: str) -> SealedDocument | None:
        return self._find(Agreement.content_hash == content_hash)

    def body_of(self, document: SealedDocument) -> bytes:
        """Nothing where what is kept is not what was kept once: no file can be held against it, and it is told."""
        kept = self._session.scalars(
            select(Document).options(undefer(Document.body_sealed)).where(Document.sha256 == document.sha256)
        ).one()
        try:
            return opened_body(kept) or b""
        except Damaged as error:
            self._tell(error)
            return b""

    def is_preview(self, sha256: str) -> bool:
        """Whether a document from before a signing has this digest."""
        found = (
            select(ProposalVersion.id)
            .join(Document, Document.id == ProposalVersion.preview_document_id)
            .where(Document.sha256 == sha256)
        )
        return bool(self._session.scalar(select(found.exists())))

    def _find(self, condition: ColumnElement[bool]) -> SealedDocument | None:
        later, newer = aliased(Agreement), aliased(Proposal)
        replaced_at = (
            select(later.approved_at)
            .join(newer, newer.id == later.proposal_id)
            .where(newer.replaces_id == Agreement.proposal_id)
            .limit(1)
            .scalar_subquery()
        )
        row = self._session.execute(
            select(
                Document.sha256,
                Agreement.check_code,
                Agreement.content_hash,
                Agreement.sealed_at,
                replaced_at.label("replaced_at"),
                Agreement.proposal_id,
            )
            .join(Agreement, Agreement.document_id == Document.id)
            .where(condition, Agreement.sealed_at.is_not(None), func.length(Document.body_sealed) > 0)
            .limit(1)
        ).first()
        if row is None or row.sealed_at is None:
            return None
        sealing, place = self._sealing(row.proposal_id, row.sha256)
        return SealedDocument(
            row.sha256, row.check_code, row.content_hash, row.sealed_at, row.replaced_at, sealing, place
        )

    def _sealing(self, proposal_id: int, sha256: str) -> tuple[Sealing, int | None]:
        """Whether the record tells that these bytes were sealed, in an event that is as it was recorded."""
        is_it = (Event.proposal_id == proposal_id, Event.name == "agreement:sealed")
        told = self._session.scalars(select(Event).where(*is_it))
        if not any(event.fields.get("document_hash") == sha256 for event in told):
            return Sealing.MISSING, None
        for placed in placed_events(self._session, *is_it):
            if placed.event.fields.get("document_hash") == sha256:
                is_as_recorded = leaf_of(placed.event, placed.salt, placed.place) == placed.leaf
                return (Sealing.RECORDED if is_as_recorded else Sealing.CHANGED), placed.place
        return Sealing.WAITING, None
