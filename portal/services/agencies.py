"""The register of agencies: entered, evaluated, renewed, and ended with everything that goes with it (rule C20)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.agencies import EvaluationResult, refuse_contract, refuse_renewal
from portal.domain.errors import Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.permissions import Actor, Permission, require
from portal.models import Agency, AgencyEvaluation, StaffInvitation, StaffMember
from portal.queries.agencies import find_evaluation
from portal.services.record import record
from portal.services.references import new_public_id
from portal.services.staff import end_account, end_changes_of_invitations

_LONGEST_NAME = 200
_LONGEST_REMARK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgency:
    """``name`` as books and creditors name it."""

    name: str
    registration_number: str
    phone: str
    contract_from: date
    contract_to: date


def register_agency(session: Session, actor: Actor, *, new: NewAgency, today: date, now: datetime) -> Agency:
    """Enter an agency with its contract. What it gets it never hands on: sub-delegation is off and stays off.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``agency_registered``, ``text_missing``, and what ``refuse_contract`` says.

    """
    require(actor, Permission.AGENCY_MANAGE)
    refuse_contract(new.contract_from, new.contract_to, on=today)
    agency = Agency(
        public_id=new_public_id(),
        name=clean_text(new.name, field="name", most=_LONGEST_NAME),
        registration_number=clean_text(new.registration_number, field="registration_number", most=40),
        phone=clean_text(new.phone, field="phone", most=40),
        contract_from=new.contract_from,
        contract_to=new.contract_to,
        is_subdelegation_allowed=False,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(agency)
    except IntegrityError as error:
        raise DomainError("agency_registered", field="name") from error
    record(
        session,
        actor,
        "agency:registered",
        now=now,
        agency_id=agency.id,
        contract_from=new.contract_from.isoformat(),
        contract_to=new.contract_to.isoformat(),
    )
    return agency


def evaluate_agency(
    session: Session,
    actor: Actor,
    *,
    agency: Agency,
    evaluated_on: date,
    result: EvaluationResult,
    remark: str,
    today: date,
    now: datetime,
) -> bool:
    """Note an evaluation; once a day of one agency. False where the same stands already.

    Raises:
        AccessRefused: ``permission_missing``.
        Conflict: ``agency_over``; ``evaluated_already`` where the day has another.
        DomainError: ``date_in_future``, ``remark_missing`` where it did not simply pass.

    """
    require(actor, Permission.AGENCY_MANAGE)
    assert actor.id is not None
    refuse_over(agency)
    if evaluated_on > today:
        raise DomainError("date_in_future", field="evaluated_on")
    if result is not EvaluationResult.PASSED and not remark.strip():
        raise DomainError("remark_missing", field="remark")
    kept = clean_text(remark, field="remark", most=_LONGEST_REMARK) if remark.strip() else ""
    row = AgencyEvaluation(
        agency_id=agency.id,
        evaluated_on=evaluated_on,
        result=result.value,
        remark=kept,
        made_by=actor.id,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        standing = find_evaluation(session, agency.id, on=evaluated_on)
        if standing is not None and (standing.result, standing.remark) == (result.value, kept):
            return False
        raise Conflict("evaluated_already") from None
    record(
        session,
        actor,
        "agency:evaluated",
        now=now,
        agency_id=agency.id,
        evaluated_on=evaluated_on.isoformat(),
        result=result.value,
    )
    return True


def renew_contract(
    session: Session, actor: Actor, *, agency: Agency, contract_to: date, today: date, now: datetime
) -> None:
    """A later last day, after an evaluation; ``agency`` locked.

    Raises ``AccessRefused``; ``Conflict("agency_over")``; what ``refuse_contract`` and ``refuse_renewal`` say.
    """
    require(actor, Permission.AGENCY_MANAGE)
    refuse_over(agency)
    refuse_contract(agency.contract_from, contract_to, on=today)
    rows = session.execute(
        select(AgencyEvaluation.evaluated_on, AgencyEvaluation.result).where(
            AgencyEvaluation.agency_id == agency.id
        )
    )
    refuse_renewal(agency.contract_to, contract_to, [(day, result) for day, result in rows], on=today)
    agency.contract_to = contract_to
    session.flush()
    record(
        session, actor, "agency:renewed", now=now, agency_id=agency.id, contract_to=contract_to.isoformat()
    )


def refuse_over(agency: Agency) -> None:
    """Nothing is noted any more of one whose contract ended: ``Conflict("agency_over")``, whatever was typed."""
    if agency.ended_at is not None:
        raise Conflict("agency_over")


def end_agency(session: Session, actor: Actor, *, agency: Agency, now: datetime) -> bool:
    """End it at once, before its contract's last day; ``agency`` locked. False where it has ended. Raises ``AccessRefused``."""
    require(actor, Permission.AGENCY_MANAGE)
    if agency.ended_at is not None:
        return False
    _end(session, actor, agency, "by_hand", now)
    return True


def end_due_agencies(session: Session, actor: Actor, *, on: date, now: datetime) -> int:
    """Contracts whose last day is over end with the day's run; how many."""
    due = session.scalars(
        select(Agency)
        .where(Agency.ended_at.is_(None), Agency.contract_to < on)
        .order_by(Agency.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for agency in due:
        _end(session, actor, agency, "contract_over", now)
    return len(due)


def _end(session: Session, actor: Actor, agency: Agency, reason: str, now: datetime) -> None:
    """Its staff's accounts and invitations end, and with them all that they could see: nothing of a case is left with it."""
    members = session.scalars(
        select(StaffMember)
        .where(StaffMember.agency_id == agency.id, StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for member in members:
        end_account(session, actor, member=member, now=now)
        record(session, actor, "staff:disabled", now=now, staff_number=member.number)
    are_open = (
        StaffInvitation.agency_id == agency.id,
        StaffInvitation.used_at.is_(None),
        StaffInvitation.withdrawn_at.is_(None),
    )
    end_changes_of_invitations(session, select(StaffInvitation.id).where(*are_open), now=now)
    session.execute(
        update(StaffInvitation)
        .where(*are_open)
        .values(withdrawn_at=now, totp_secret_sealed=None)
        .execution_options(synchronize_session="fetch")
    )
    agency.ended_at = agency.data_removed_at = now
    session.flush()
    record(session, actor, "agency:ended", now=now, agency_id=agency.id, reason=reason, accounts=len(members))
