"""Whether what a database holds fits together: what a restored one is asked before anybody trusts it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    column,
    exists,
    func,
    inspect,
    literal_column,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from portal.domain.decisions import DecisionState
from portal.domain.errors import Damaged
from portal.domain.proposals import AGREED_STATUSES
from portal.domain.record_leaves import ERASED
from portal.models import (
    Agreement,
    Attachment,
    Borrower,
    Decision,
    Document,
    Event,
    FigureReport,
    OutboxItem,
    Proposal,
)
from portal.queries.kept_documents import opened_attachment, opened_body
from portal.queries.key_uses import KeyUse

_AT_ONCE: Final = 50
_KEPT: Final = (Document, FigureReport)


def count_documents(session: Session) -> int:
    return session.scalar(select(func.count(Document.id))) or 0


def changed_documents(session: Session, shut: Iterable[KeyUse] = ()) -> Iterator[str]:
    """The SHA-256 under which a document was kept, of each whose bytes are others now; erased ones have none.

    Nothing can be said of those under keys of ``shut``, which are not here or are others of that name.
    """
    unknown = {(use.table, use.name) for use in shut}
    for model in _KEPT:
        if stands_in_clear(session, model):
            yield from _changed_in_clear(session, model)
        else:
            yield from _changed(session, model, opened_body, unknown)


def count_attachments(session: Session) -> int | None:
    """Files that borrowers attached and that were not erased; None where the database is of a time before they stood under their row's
    key, and nothing can be said of them before it is migrated.
    """
    columns = {each["name"] for each in inspect(session.connection()).get_columns(Attachment.__tablename__)}
    if not {"body_sealed", "data_key"} <= columns:
        return None
    return session.scalar(select(func.count(Attachment.id)).where(Attachment.body_sealed.is_not(None))) or 0


def changed_attachments(session: Session, shut: Iterable[KeyUse] = ()) -> Iterator[str]:
    """As ``changed_documents``, of borrowers' files; where they are counted."""
    yield from _changed(session, Attachment, opened_attachment, {(use.table, use.name) for use in shut})


def stands_in_clear(session: Session, model: type[Document | FigureReport]) -> bool:
    """Whether the database is of a time before its documents were sealed: a backup's may be."""
    columns = inspect(session.connection()).get_columns(model.__tablename__)
    return any(column["name"] == "body" for column in columns)


def _changed(
    session: Session,
    model: type[Any],
    opened: Callable[[Any], bytes | None],
    unknown: Collection[tuple[str, str]],
) -> Iterator[str]:
    made: Select[Any] = (
        select(model).options(undefer(model.body_sealed)).where(model.body_sealed.is_not(None))
    )
    for each in session.scalars(made.order_by(model.id).execution_options(yield_per=_AT_ONCE)):
        if each.data_key is not None and (model.__tablename__, each.data_key.is_under) in unknown:
            continue
        try:
            opened(each)
        except Damaged:
            yield each.sha256


def _changed_in_clear(session: Session, model: type[Document | FigureReport]) -> Iterator[str]:
    kept = table(model.__tablename__, column("id"), column("sha256"), column("body", LargeBinary()))
    made = select(kept.c.sha256, kept.c.body).where(func.length(kept.c.body) > 0).order_by(kept.c.id)
    for digest, body in session.execute(made.execution_options(yield_per=_AT_ONCE)):
        if sha256(body).hexdigest() != digest:
            yield digest


def broken_promises(session: Session) -> Iterator[tuple[str, int]]:
    """What must hold for every row and does not, with how many rows it does not hold for."""
    emptied = _emptied(in_clear=stands_in_clear(session, Document))
    for name, statement in _statements(emptied, has_erased=_has_erased(session)).items():
        if count := session.scalar(statement):
            yield name, count


def _statements(emptied: ColumnElement[bool], *, has_erased: bool) -> dict[str, Select[int]]:
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
                emptied,
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


def _emptied(*, in_clear: bool) -> ColumnElement[bool]:
    if in_clear:
        return func.length(literal_column("document.body")) == 0
    return or_(func.length(Document.body_sealed) == 0, Document.data_key.is_(None))


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
