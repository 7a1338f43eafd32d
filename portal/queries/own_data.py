"""What the portal keeps about a borrower, as plain data to take along (rule D02), by the lists of ``domain/own_data.py``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.decisions import DecisionKind
from portal.domain.erasure import Owner
from portal.domain.own_data import HANDED_OUT, PERSON, Handed
from portal.domain.permissions import ActorKind
from portal.models import (
    Attachment,
    Base,
    Borrower,
    Decision,
    Loan,
    Message,
    Proposal,
    ProposalVersion,
    ServiceCase,
    SupportCall,
    Thread,
    WebSession,
)

_MODELS: Final[Mapping[str, Any]] = {
    mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers
}
_NAMED: Final[Mapping[Owner, tuple[type[Base], InstrumentedAttribute[str], str]]] = {
    Owner.LOAN: (Loan, Loan.loan_ref, "loan_ref"),
    Owner.PROPOSAL: (Proposal, Proposal.reference, "proposal"),
    Owner.CASE: (ServiceCase, ServiceCase.reference, "case"),
}
"""What a row belongs to is told by the name that its owner knows."""
_ONE_ONLY: Final = frozenset({"monthly_figures"})


def own_data(session: Session, borrower_id: int) -> Mapping[str, Any]:
    """Strings, numbers, lists and objects alone: dates and instants are ISO 8601."""
    person = session.get_one(Borrower, borrower_id)
    kept: dict[str, Any] = {"person": _plain(person, PERSON.split())}
    for name, handed in HANDED_OUT.items():
        rows = _rows(session, borrower_id, handed)
        kept[name] = (rows[0] if rows else None) if name in _ONE_ONLY else rows
    kept["sittings"] = _sittings(session, borrower_id)
    return kept


def _rows(session: Session, borrower_id: int, handed: Handed) -> Sequence[Mapping[str, Any]]:
    model = _MODELS[handed.table]
    told = _TOLD.get(handed.table)
    of_them = select(model).where(_is_theirs(model, handed.owner, borrower_id))
    asked = of_them if told is None else of_them.where(told())
    asked = asked.order_by(*inspect(model).primary_key)
    if handed.owner not in _NAMED:
        return [_plain(row, handed.columns.split()) for row in session.scalars(asked)]
    owner, named, label = _NAMED[handed.owner]
    key = inspect(owner).columns["id"]
    joined = asked.add_columns(named).join(owner, key == inspect(model).columns[handed.owner.value])
    found = session.execute(joined).all()
    return [{label: of, **_plain(row, handed.columns.split())} for row, of in found]


def _is_theirs(model: Any, owner: Owner, borrower_id: int) -> ColumnElement[bool]:
    column = inspect(model).columns[owner.value]
    found: ColumnElement[bool] = column == borrower_id
    return found if owner is Owner.BORROWER else column.in_(_ids(owner, borrower_id))


def _ids(owner: Owner, borrower_id: int) -> Select[int]:
    """A call that only looked for a borrower is nobody's until they entered its number."""
    match owner:
        case Owner.MESSAGE:
            return select(Message.id).join(Thread).where(Thread.borrower_id == borrower_id)
        case Owner.THREAD:
            return select(Thread.id).where(Thread.borrower_id == borrower_id)
        case Owner.SUPPORT_CALL:
            return select(SupportCall.id).where(SupportCall.borrower_id == borrower_id)
        case _:
            model = _NAMED[owner][0]
            columns = inspect(model).columns
            return select(columns["id"]).where(columns["borrower_id"] == borrower_id)


def _is_sent_version() -> ColumnElement[bool]:
    """Their own, and a counter-offer once it went out."""
    went_out = exists().where(
        Decision.proposal_id == ProposalVersion.proposal_id,
        Decision.version_number == ProposalVersion.number,
        Decision.sent_at.is_not(None),
    )
    return or_(ProposalVersion.made_by_lender.is_(False), went_out)


def _is_sent_file() -> ColumnElement[bool]:
    """What staff have not sent yet is theirs alone."""
    return exists().where(
        Message.id == Attachment.message_id,
        or_(Message.number.is_not(None), Message.author == ActorKind.BORROWER.value),
    )


_TOLD: Final[Mapping[str, Callable[[], ColumnElement[bool]]]] = {
    "message": lambda: Message.number.is_not(None),
    "attachment": _is_sent_file,
    "decision": lambda: Decision.sent_at.is_not(None),
    "proposal_version": _is_sent_version,
}
"""Rows that were not told to the borrower yet are not told here first."""


def _sittings(session: Session, borrower_id: int) -> Sequence[Mapping[str, Any]]:
    """Where they are and lately were signed in."""
    rows = session.scalars(
        select(WebSession)
        .where(WebSession.audience == "borrower", WebSession.person_id == borrower_id)
        .order_by(WebSession.id)
    )
    columns = ("created_at", "seen_at", "expires_at")
    return [{**_plain(row, columns), "browser": str(row.data.get("browser", ""))} for row in rows]


def _plain(row: Any, columns: Sequence[str]) -> Mapping[str, Any]:
    """Of an approval the words are a note for colleagues."""
    found = {name: _iso(getattr(row, name)) for name in columns}
    if isinstance(row, Decision) and row.kind == DecisionKind.APPROVE:
        found["reason_text"] = ""
    return found


def _iso(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
