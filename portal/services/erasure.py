"""Erasing a borrower: nothing in the database says any more who it was, and the record can be verified as before (rules C17, C19)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, delete, func, null, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.erasure import COLUMNS_EMPTIED, ROWS_GONE, Becomes, Owner
from portal.domain.errors import Conflict
from portal.domain.permissions import Actor, ActorKind
from portal.domain.reasons import EraseReason
from portal.models import (
    Agreement,
    Base,
    Borrower,
    Contact,
    DemoMessage,
    Document,
    Event,
    Loan,
    Message,
    OneTimeCode,
    OutboxItem,
    Proposal,
    ProposalVersion,
    ServiceCase,
    SupportCall,
    Thread,
    WebSession,
)
from portal.models.keyring import SealBrokenError
from portal.queries.retention import what_keeps
from portal.services.record import record
from portal.services.record_erasing import erase_event
from portal.services.references import new_public_id
from portal.services.sequencing import place_events

Ids = Mapping[Owner, Sequence[int]]
_PLAIN: Final[Mapping[Becomes, object]] = {
    Becomes.BLANK: "",
    Becomes.NOTHING: null(),
    Becomes.OBJECT: {},
    Becomes.LIST: [],
    Becomes.BYTES: b"",
    Becomes.FALSE: False,
}


@dataclass(frozen=True, slots=True)
class Today:
    """The business date in the lender's zone, and the moment."""

    on: date
    zone: tzinfo
    now: datetime


def erase_borrower(
    session: Session,
    actor: Actor,
    *,
    borrower_id: int,
    reason: EraseReason,
    today: Today,
) -> None:
    """All that ``domain/erasure.py`` lists, the documents' bytes and every event about the borrower; twice is as once.

    Raises ``Conflict("data_must_be_kept")`` with ``because``: a rule, a debt, a dispute or a legal hold stands against it.
    """
    borrower = session.get_one(Borrower, borrower_id, with_for_update=True, populate_existing=True)
    if borrower.data_key is None:
        return
    because = what_keeps(session, borrower_id, on=today.on, zone=today.zone)
    if because:
        raise Conflict("data_must_be_kept", because=", ".join(each.value for each in because))
    ids = _ids(session, borrower_id)
    _erase_documents(session, ids)
    _erase_events(session, actor, ids, reason, today.now)
    _erase_by_number(session, borrower)
    for name, owner in ROWS_GONE.items():
        _delete(session, Base.metadata.tables[name], owner, ids)
    for name, (owner, columns) in COLUMNS_EMPTIED.items():
        _empty(session, Base.metadata.tables[name], owner, columns, ids)
    record(session, actor, "borrower:erased", now=today.now, reason=reason.value)
    session.expire_all()


def _ids(session: Session, borrower_id: int) -> Ids:
    """All that is the borrower's, by how tables name it."""
    cases = select(ServiceCase.id).where(ServiceCase.borrower_id == borrower_id)
    threads = select(Thread.id).where(Thread.borrower_id == borrower_id)
    called = or_(SupportCall.borrower_id == borrower_id, SupportCall.sought_borrower_id == borrower_id)
    contacts = select(Contact.id).where(
        or_(
            Contact.borrower_id == borrower_id,
            Contact.id.in_(select(SupportCall.contact_id).where(called)),
        )
    )
    asked = {
        Owner.LOAN: select(Loan.id).where(Loan.borrower_id == borrower_id),
        Owner.PROPOSAL: select(Proposal.id).where(Proposal.borrower_id == borrower_id),
        Owner.CASE: cases,
        Owner.THREAD: threads,
        Owner.MESSAGE: select(Message.id).where(Message.thread_id.in_(threads)),
        Owner.CONTACT: contacts,
        Owner.SUPPORT_CALL: select(SupportCall.id).where(SupportCall.contact_id.in_(contacts)),
    }
    found = {owner: session.scalars(statement).all() for owner, statement in asked.items()}
    return {Owner.BORROWER: [borrower_id], Owner.ITSELF: [borrower_id], **found}


def _erase_events(session: Session, actor: Actor, ids: Ids, reason: EraseReason, now: datetime) -> None:
    """Each stays in its place with its leaf, and a later one tells that it was emptied."""
    while place_events(session):
        pass
    events = session.scalars(
        select(Event.id)
        .where(
            or_(
                Event.borrower_id.in_(ids[Owner.BORROWER]),
                Event.loan_id.in_(ids[Owner.LOAN]),
                Event.proposal_id.in_(ids[Owner.PROPOSAL]),
                and_(Event.actor_kind == ActorKind.BORROWER.value, Event.actor_id.in_(ids[Owner.BORROWER])),
            )
        )
        .order_by(Event.id)
    ).all()
    for event_id in events:
        erase_event(session, actor, event_id=event_id, reason=reason, now=now)


def _erase_documents(session: Session, ids: Ids) -> None:
    """Bytes of sealed documents and of previews, before the events that prove them; the same bytes are kept once, whosever they are."""
    sealed = select(Agreement.document_id).where(Agreement.proposal_id.in_(ids[Owner.PROPOSAL]))
    drawn = select(ProposalVersion.preview_document_id).where(
        ProposalVersion.proposal_id.in_(ids[Owner.PROPOSAL])
    )
    others = select(ProposalVersion.preview_document_id).where(
        ProposalVersion.proposal_id.not_in(ids[Owner.PROPOSAL]),
        ProposalVersion.preview_document_id.is_not(None),
    )
    session.execute(
        update(Document)
        .where(or_(Document.id.in_(sealed), and_(Document.id.in_(drawn), Document.id.not_in(others))))
        .values(data_key=None, body_sealed=b"")
    )


def _erase_by_number(session: Session, borrower: Borrower) -> None:
    """What is known by number or by session, and what was to be sent. Another borrower's at the same number stays."""
    session.execute(
        delete(WebSession).where(WebSession.audience == "borrower", WebSession.person_id == borrower.id)
    )
    session.execute(
        delete(OutboxItem).where(
            OutboxItem.state != "open", OutboxItem.payload["borrower_id"].as_integer() == borrower.id
        )
    )
    sharing = session.scalar(
        select(func.count(Borrower.id)).where(
            Borrower.mobile_index == borrower.mobile_index, Borrower.id != borrower.id
        )
    )
    if sharing:
        return
    session.execute(delete(OneTimeCode).where(OneTimeCode.mobile_index == borrower.mobile_index))
    # A name or number that does not open any more keeps nobody: only what the demo has shown is looked for by the number itself.
    with suppress(SealBrokenError):
        session.execute(delete(DemoMessage).where(DemoMessage.mobile == borrower.mobile))


def _is_theirs(table: Table, owner: Owner, ids: Ids) -> ColumnElement[bool]:
    return table.c[owner.value].in_(ids[owner])


def _delete(session: Session, table: Table, owner: Owner, ids: Ids) -> None:
    session.execute(delete(table).where(_is_theirs(table, owner, ids)))


def _empty(session: Session, table: Table, owner: Owner, columns: Mapping[str, Becomes], ids: Ids) -> None:
    plain: dict[str, Any] = {name: _PLAIN[becomes] for name, becomes in columns.items() if becomes in _PLAIN}
    strange = [name for name, becomes in columns.items() if becomes is Becomes.STRANGE]
    theirs = _is_theirs(table, owner, ids)
    if plain:
        session.execute(update(table).where(theirs).values(**plain))
    if strange:
        for row_id in session.scalars(select(table.c.id).where(theirs)).all():
            drawn = {name: _strange(table, name) for name in strange}
            session.execute(update(table).where(table.c.id == row_id).values(**drawn))


def _strange(table: Table, name: str) -> str:
    """As long as the column lets: 64 random bits at least."""
    most = table.c[name].type.length  # type: ignore[attr-defined]
    return new_public_id()[:most]
