"""A borrower's own record: every event about them, with what its line needs to be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.domain.own_record import NOT_SHOWN, OF_KIND, RecordKind, kind_of
from portal.domain.permissions import ActorKind
from portal.models import Agency, Agreement, Contact, Event, Loan, Proposal, StaffMember
from portal.queries.id_pages import IdPage, Place, id_page

_WHOLE = 500
Found = TypeVar("Found", Agreement, Contact, Proposal)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One event as its borrower may see it: of staff the number and the roles, never a name; ``staff_agency`` is whose they are that work
    for an agency.
    """

    id: int
    name: str
    kind: RecordKind
    at: datetime
    fields: Mapping[str, Any]
    actor_kind: str
    staff_number: str | None = None
    staff_roles: Sequence[str] = field(default_factory=tuple)
    staff_agency: str | None = None
    loan_ref: str | None = None
    proposal: Proposal | None = None
    agreement: Agreement | None = None
    contact: Contact | None = None


def record_page(
    session: Session, borrower_id: int, *, kind: RecordKind | None = None, place: Place | None = None
) -> IdPage[RecordLine]:
    """One page, the newest first, of one kind or of all."""
    page = id_page(session, _events(borrower_id, kind), Event.id, place)
    return IdPage(_lines(session, page.rows), page.before, page.after)


def whole_record(session: Session, borrower_id: int) -> Iterator[RecordLine]:
    """All of it, the newest first, read a few hundred at a time."""
    place: Place | None = None
    while True:
        page = id_page(session, _events(borrower_id, None), Event.id, place, size=_WHOLE)
        yield from _lines(session, page.rows)
        if page.before is None:
            return
        place = Place(page.before)


def _events(borrower_id: int, kind: RecordKind | None) -> Select[Event]:
    about = select(Event).where(Event.borrower_id == borrower_id)
    return about.where(Event.name.not_in(NOT_SHOWN) if kind is None else _of_kind(kind))


def _of_kind(kind: RecordKind) -> ColumnElement[bool]:
    """As ``kind_of`` sorts them."""
    named = Event.name.in_(OF_KIND[kind])
    is_staff = Event.actor_kind == ActorKind.STAFF.value
    match kind:
        case RecordKind.LOOK:
            return named | (Event.name.in_(OF_KIND[RecordKind.DOWNLOAD]) & is_staff)
        case RecordKind.DOWNLOAD:
            return named & ~is_staff
        case RecordKind.REQUEST:
            sorted_ones = frozenset().union(*OF_KIND.values()) - OF_KIND[kind]
            return Event.name.not_in([*sorted_ones, *NOT_SHOWN])
        case _:
            return named


def _lines(session: Session, events: Sequence[Event]) -> list[RecordLine]:
    staff_ids = {event.actor_id for event in events if event.actor_kind == ActorKind.STAFF}
    staff = _staff(session, staff_ids)
    loans = _loan_refs(session, {event.loan_id for event in events})
    proposals = _by_id(session, Proposal, {event.proposal_id for event in events})
    agreements = _by_id(session, Agreement, {event.fields.get("agreement_id") for event in events})
    contacts = _by_id(session, Contact, {event.fields.get("contact_id") for event in events})
    return [
        RecordLine(
            id=event.id,
            name=event.name,
            kind=kind_of(event.name, event.actor_kind),
            at=event.at,
            fields=event.fields,
            actor_kind=event.actor_kind,
            **_doer(event, staff),
            loan_ref=loans.get(event.loan_id),
            proposal=proposals.get(event.proposal_id),
            agreement=agreements.get(event.fields.get("agreement_id")),
            contact=contacts.get(event.fields.get("contact_id")),
        )
        for event in events
    ]


def _loan_refs(session: Session, ids: set[int | None]) -> Mapping[int | None, str]:
    rows = session.execute(select(Loan.id, Loan.loan_ref).where(Loan.id.in_(ids - {None})))
    return {loan_id: ref for loan_id, ref in rows}  # noqa: C416 - a row is no pair to the type checker


def _staff(session: Session, ids: set[int | None]) -> Mapping[int | None, tuple[StaffMember, str | None]]:
    rows = session.execute(
        select(StaffMember, Agency.name)
        .outerjoin(Agency, Agency.id == StaffMember.agency_id)
        .where(StaffMember.id.in_(ids - {None}))
    )
    return {member.id: (member, agency) for member, agency in rows}


def _doer(event: Event, staff: Mapping[int | None, tuple[StaffMember, str | None]]) -> dict[str, Any]:
    if event.actor_kind != ActorKind.STAFF or event.actor_id not in staff:
        return {}
    member, agency = staff[event.actor_id]
    return {"staff_number": member.number, "staff_roles": member.roles, "staff_agency": agency}


def _by_id(session: Session, model: type[Found], ids: set[int | None]) -> Mapping[int | None, Found]:
    rows = session.scalars(select(model).where(model.id.in_(ids - {None}))).all()
    return {row.id: row for row in rows}
