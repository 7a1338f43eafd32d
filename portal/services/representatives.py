"""Who speaks for a borrower: contact stops with the naming, staff verify, either can end it (rule C09)."""

from datetime import date, datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.domain.errors import Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor, ActorKind, Permission, require
from portal.models import Borrower, Loan, Representative, ServiceCase
from portal.queries.wishes import find_representative
from portal.services.cases import CaseForm, open_case
from portal.services.holds import end_hold
from portal.services.record import record


def name_representative(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    name: str,
    contact: str,
    today: date,
    zone: tzinfo,
    now: datetime,
) -> Representative:
    """Opens a case for staff to verify; until they did, and as long as it stands, nobody collects.

    The same words twice are one naming. Raises ``representative_kind_missing``, ``representative_name_missing``,
    ``representative_contact_missing``, ``text_too_long``, and ``Conflict("representative_there")``.
    """
    assert actor.id is not None
    session.execute(select(Borrower.id).where(Borrower.id == actor.id).with_for_update(key_share=True))
    if kind not in {"lawyer", "helper"}:
        raise DomainError("representative_kind_missing", field="kind")
    name = _cleaned(name, "name", most=100)
    contact = _cleaned(contact, "contact", most=200)
    present = find_representative(session, actor.id)
    if present is not None:
        if (present.kind, present.name, present.contact) == (kind, name, contact):
            return present
        raise Conflict("representative_there")
    form = CaseForm(form_key="", kind=CaseKind.REPRESENTED, topic=kind, body=f"{name}\n{contact}")
    case = open_case(session, actor, form=form, today=today, zone=zone, now=now)
    named = Representative(
        borrower_id=actor.id,
        case_id=case.id,
        kind=kind,
        name=name,
        contact=contact,
        status="named",
        named_at=now,
    )
    session.add(named)
    session.flush()
    _record(session, actor, named, "representative:named", now=now, kind=kind)
    return named


def note_representative(
    session: Session,
    actor: Actor,
    *,
    case: ServiceCase,
    kind: str,
    name: str = "",
    contact: str = "",
    now: datetime,
) -> bool:
    """Whom a case opened by staff says to speak for its borrower, as far as it was told: staff verify, and either ends it, as for one that
    the borrower named. Name and contact may be blank. False where somebody is on record already.

    Raises ``representative_kind_missing``, ``text_too_long``.
    """
    assert actor.kind is ActorKind.STAFF
    if kind not in {"lawyer", "helper"}:
        raise DomainError("representative_kind_missing", field="speaker_kind")
    session.execute(
        select(Borrower.id).where(Borrower.id == case.borrower_id).with_for_update(key_share=True)
    )
    if find_representative(session, case.borrower_id) is not None:
        return False
    noted = Representative(
        borrower_id=case.borrower_id,
        case_id=case.id,
        kind=kind,
        name=clean_text(name, field="speaker_name", most=100) if name.strip() else "",
        contact=clean_text(contact, field="speaker_contact", most=200) if contact.strip() else "",
        status="named",
        named_at=now,
    )
    session.add(noted)
    session.flush()
    _record(session, actor, noted, "representative:noted", now=now, kind=kind)
    return True


def remove_representative(session: Session, actor: Actor, *, now: datetime) -> bool:
    """The borrower speaks for themselves again; False where nobody else does."""
    assert actor.id is not None
    return _end(session, actor, actor.id, ["named", "verified"], "removed", now)


def verify_representative(
    session: Session, actor: Actor, *, borrower_id: int, is_right: bool, now: datetime
) -> bool:
    """Staff saw the authority, or found none: then contact is no longer held for it. False where nobody waits to be verified."""
    require(actor, Permission.CASE_SEE)
    assert actor.kind is ActorKind.STAFF
    if not is_right:
        return _end(session, actor, borrower_id, ["named"], "refused", now)
    verified = session.scalar(
        update(Representative)
        .where(Representative.borrower_id == borrower_id, Representative.status == "named")
        .values(status="verified", checked_at=now, checked_by=actor.id)
        .returning(Representative.id)
    )
    if verified is None:
        return False
    _record(session, actor, session.get_one(Representative, verified), "representative:verified", now=now)
    return True


def _end(
    session: Session, actor: Actor, borrower_id: int, present: list[str], status: str, now: datetime
) -> bool:
    ended = session.scalar(
        update(Representative)
        .where(Representative.borrower_id == borrower_id, Representative.status.in_(present))
        .values(status=status, removed_at=now)
        .returning(Representative.id)
    )
    if ended is None:
        return False
    loans = session.scalars(select(Loan.id).where(Loan.borrower_id == borrower_id).order_by(Loan.id)).all()
    for loan_id in loans:
        end_hold(session, actor, loan_id=loan_id, kind=HoldKind.REPRESENTED, reason=status, now=now)
    _record(session, actor, session.get_one(Representative, ended), f"representative:{status}", now=now)
    return True


def _cleaned(text: str, field: str, *, most: int) -> str:
    try:
        return clean_text(text, field=field, most=most)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError(f"representative_{field}_missing", field=field) from error
        raise


def _record(
    session: Session, actor: Actor, who: Representative, name: str, *, now: datetime, **fields: str
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=who.borrower_id,
        loan_id=None,
        proposal_id=None,
        representative_id=who.id,
        **fields,
    )
