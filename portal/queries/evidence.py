"""All that belongs into the evidence of a case: what happened, in order, what was signed, and the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Damaged
from portal.domain.record_leaves import RecordedEvent
from portal.models import Agreement, Event, Proposal, ProposalVersion, RecordLeaf, StaffMember
from portal.queries.proposals import find_document_body, get_signed_version
from portal.queries.record_rows import PlacedEvent, placed_events, recorded


class DocumentState(StrEnum):
    """What there is of a case's sealed document."""

    THERE = "there"
    NONE = "none"
    ERASED = "erased"
    DAMAGED = "damaged"
    """It does not open, or is not what was sealed: everything else is evidence of that all the more."""


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """``waiting`` are events without a place yet; ``document`` is the sealed PDF where its state says that it is there."""

    reference: str
    events: Sequence[PlacedEvent]
    waiting: Sequence[RecordedEvent]
    content: Mapping[str, Any]
    document: bytes | None
    had_document: bool
    damage: Damaged | None
    """What became of the document, where it does not open or is not what was sealed."""
    staff_numbers: Mapping[int, str]
    """Of the members of staff who appear in it, by their ids in the events."""

    @property
    def document_state(self) -> DocumentState:
        if self.damage is not None:
            return DocumentState.DAMAGED
        if self.document is not None:
            return DocumentState.THERE
        return DocumentState.ERASED if self.had_document else DocumentState.NONE

    @property
    def document_count(self) -> int:
        return 0 if self.document is None else 1


def case_evidence(session: Session, proposal: Proposal) -> CaseEvidence:
    """Of one proposal alone, whatever else there is about the borrower. Raises ``NotFound`` where nothing was signed."""
    about = Event.proposal_id == proposal.id
    waiting = session.scalars(
        select(Event)
        .outerjoin(RecordLeaf, RecordLeaf.event_id == Event.id)
        .where(about, RecordLeaf.place.is_(None))
        .order_by(Event.id)
    )
    events = placed_events(session, about)
    agreement = session.scalar(select(Agreement).where(Agreement.proposal_id == proposal.id))
    document, damage = _document(session, agreement)
    return CaseEvidence(
        reference=proposal.reference,
        events=events,
        waiting=[recorded(event) for event in waiting],
        content=_content(session, proposal, agreement),
        document=document,
        had_document=agreement is not None and agreement.document_id is not None,
        damage=damage,
        staff_numbers=_staff_numbers(session, events),
    )


def _document(session: Session, agreement: Agreement | None) -> tuple[bytes | None, Damaged | None]:
    if agreement is None or agreement.document_id is None:
        return None, None
    try:
        return find_document_body(session, agreement.document_id), None
    except Damaged as error:
        return None, error


def _content(session: Session, proposal: Proposal, agreement: Agreement | None) -> Mapping[str, Any]:
    if agreement is None:
        return get_signed_version(session, proposal).content
    version = session.scalars(
        select(ProposalVersion).where(
            ProposalVersion.proposal_id == proposal.id,
            ProposalVersion.number == agreement.version_number,
        )
    ).one()
    return version.content


def _staff_numbers(session: Session, events: Sequence[PlacedEvent]) -> Mapping[int, str]:
    ids = {each.event.actor_id for each in events if each.event.actor_kind == "staff"}
    rows = session.execute(select(StaffMember.id, StaffMember.number).where(StaffMember.id.in_(ids - {None})))
    return {staff_id: number for staff_id, number in rows}  # noqa: C416 - a row is no pair to the type checker
