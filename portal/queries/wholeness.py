"""Whether what a database holds fits together: what a restored one is asked before anybody trusts it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from portal.domain.decisions import DecisionState
from portal.domain.proposals import AGREED_STATUSES
from portal.domain.record_leaves import ERASED
from portal.models import Agreement, Borrower, Decision, Document, Event, FigureReport, OutboxItem, Proposal

_AT_ONCE: Final = 50


def count_documents(session: Session) -> int:
    return session.scalar(select(func.count(Document.id))) or 0


def changed_documents(session: Session) -> Iterator[str]:
    """The SHA-256 under which a document was kept, of each whose bytes are others now; erased ones have none."""
    documents = select(Document).options(undefer(Document.body)).order_by(Document.id)
    for each in session.scalars(documents.execution_options(yield_per=_AT_ONCE)):
        if each.body and sha256(each.body).hexdigest() != each.sha256:
            yield each.sha256
    reports = select(FigureReport).options(undefer(FigureReport.body)).where(FigureReport.body.is_not(None))
    for report in session.scalars(reports.execution_options(yield_per=_AT_ONCE)):
        if report.body is None or sha256(report.body).hexdigest() != report.sha256:
            yield report.sha256 or report.public_id


def broken_promises(session: Session) -> Iterator[tuple[str, int]]:
    """What must hold for every row and does not, with how many rows it does not hold for."""
    for name, statement in _statements(has_erased=_has_erased(session)).items():
        if count := session.scalar(statement):
            yield name, count


def _statements(*, has_erased: bool) -> dict[str, Select[int]]:
    running = Proposal.status.in_([status.value for status in AGREED_STATUSES])
    has_agreement = exists().where(Agreement.proposal_id == Proposal.id)
    asked = {
        "approved_without_agreement": _count(Proposal.id, and_(running, not_(has_agreement))),
        "agreement_without_approval": _count(Proposal.id, and_(has_agreement, not_(running))),
        "sealed_without_document": _count(
            Agreement.id,
            and_(
                Agreement.seal_state == "sealed", not_(exists().where(Document.id == Agreement.document_id))
            ),
        ),
        "document_emptied": _count(
            Agreement.id,
            exists().where(
                Document.id == Agreement.document_id,
                func.length(Document.body) == 0,
                Proposal.id == Agreement.proposal_id,
                Borrower.id == Proposal.borrower_id,
                Borrower.data_key.is_not(None),
            ),
        ),
    }
    if not has_erased:
        asked["agreement_without_event"] = _count(Agreement.id, not_(_has_event("agreement:made")))
        asked["sealed_without_event"] = _count(
            Agreement.id, and_(Agreement.seal_state == "sealed", not_(_has_event("agreement:sealed")))
        )
    return asked


def unsealed_without_work(session: Session) -> int:
    """Agreements that wait for their seal while nothing in the outbox says so: nobody would ever seal them."""
    waiting = session.scalars(select(Agreement.id).where(Agreement.seal_state == "sealing")).all()
    payloads = session.scalars(
        select(OutboxItem.payload).where(OutboxItem.kind == "agreement:seal", OutboxItem.state == "open")
    )
    return len(set(waiting) - {int(payload["agreement_id"]) for payload in payloads})


def held_without_work(session: Session) -> int:
    """Decisions that wait for their minute while nothing in the outbox says so: nobody would ever carry them out."""
    held = session.scalars(select(Decision.id).where(Decision.state == DecisionState.HELD.value)).all()
    payloads = session.scalars(
        select(OutboxItem.payload).where(OutboxItem.kind == "decision:dispatch", OutboxItem.state == "open")
    )
    return len(set(held) - {int(payload["decision_id"]) for payload in payloads})


def _has_event(name: str) -> ColumnElement[bool]:
    return exists().where(Event.proposal_id == Agreement.proposal_id, Event.name == name)


def _has_erased(session: Session) -> bool:
    """What was erased says no more whose it was."""
    return session.scalar(select(Event.id).where(Event.name == ERASED).limit(1)) is not None


def _count(column: InstrumentedAttribute[int], condition: ColumnElement[bool]) -> Select[int]:
    return select(func.count(column)).where(condition)
