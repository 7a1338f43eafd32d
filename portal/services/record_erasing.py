"""Erasing what an event says: its place and its leaf stay, every proof holds, and a later event tells that it was erased."""

from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Actor, ActorKind
from portal.domain.reasons import EraseReason
from portal.domain.record_leaves import ABOUT_ITSELF, ERASED, TELLS_OF_ERASING, erased
from portal.models import Document, Event, Loan, Proposal
from portal.queries.legal_holds import is_held
from portal.queries.record_rows import place_of
from portal.services.record import record
from portal.services.sequencing import place_events


def erase_event(session: Session, actor: Actor, *, event_id: int, reason: EraseReason, now: datetime) -> None:
    """Nobody can say any more what the event said, or whom it was about; once erased it stays so.

    Raises ``NotFound``; ``event_not_erasable`` for what the record says about itself, ``event_proves_document`` while the document is
    kept whose sealing it tells; ``event_without_place``; ``legal_hold_runs``.
    """
    event = session.get(Event, event_id)
    if event is None:
        raise NotFound("not_found")
    if event.name in ABOUT_ITSELF:
        raise DomainError("event_not_erasable")
    if event.name == "agreement:sealed" and _is_kept(session, str(event.fields["document_hash"])):
        raise DomainError("event_proves_document")
    place = place_of(session, event_id)
    if place is None:
        raise DomainError("event_without_place")
    if event.name == ERASED:
        return
    if _is_held(session, event):
        raise DomainError("legal_hold_runs")
    left = erased(event_id, now)
    values = {name: getattr(left, name) for name in left.__slots__ if name != "id"}
    session.execute(update(Event).where(Event.id == event_id).values(**values, salt=None))
    record(session, actor, TELLS_OF_ERASING, now=now, place=place, event_id=event_id, reason=reason.value)
    # With its place in the same transaction: whoever goes through the record never meets the one without the other.
    while place_events(session):
        pass


def _is_held(session: Session, event: Event) -> bool:
    """Whomever it is about, by whatever it names: erasing a person finds their events by the same."""
    by_loan = select(Loan.borrower_id).where(Loan.id == event.loan_id)
    by_proposal = select(Proposal.borrower_id).where(Proposal.id == event.proposal_id)
    is_by_borrower = event.actor_kind == ActorKind.BORROWER.value
    whom = (
        event.borrower_id,
        by_loan.scalar_subquery(),
        by_proposal.scalar_subquery(),
        event.actor_id if is_by_borrower else None,
    )
    return bool(session.scalar(select(or_(*(is_held(each) for each in whom if each is not None)))))


def _is_kept(session: Session, sha256: str) -> bool:
    return bool(
        session.scalar(
            select(
                select(Document.id)
                .where(Document.sha256 == sha256, func.length(Document.body_sealed) > 0)
                .exists()
            )
        )
    )
