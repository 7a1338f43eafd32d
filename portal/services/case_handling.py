"""Taking a case on, giving it back, handing it over, acknowledging it: compare-and-set on the owner, so that of two one gets it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.case_handling import HandOverReason, refuse_handling, refuse_parties
from portal.domain.cases import CaseKind
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.permissions import Actor, ActorKind, Permission, Role, require
from portal.domain.reasons import RevealReason
from portal.models import ServiceCase, StaffMember
from portal.queries.absences import get_member, is_away
from portal.queries.service_cases import number_of, parties_of
from portal.services.record import record
from portal.services.threads import WrittenMessage, post_message


def look_at_service_case(session: Session, actor: Actor, *, case: ServiceCase, now: datetime) -> None:
    """A look that the borrower can read about. Raises ``AccessRefused``: ``permission_missing``, ``related_case``, ``complained_about``."""
    require(actor, Permission.SERVICE_SEE)
    assert actor.id is not None
    refuse_parties(actor.id, parties_of(session, case))
    record_case(session, actor, case, "service:looked_at", now=now, reason="case_page")


def reveal_mobile_of_case(
    session: Session, actor: Actor, *, case: ServiceCase, reason: RevealReason, now: datetime
) -> None:
    """Uncover the borrower's number (rule D03), for who owns the case.

    Raises ``AccessRefused`` as ``require_handling``, and ``Conflict`` as ``require_own``.
    """
    require_own(session, actor, case)
    record_case(session, actor, case, "service:revealed", now=now, field="mobile", reason=reason.value)


def take_service_case(session: Session, actor: Actor, *, case: ServiceCase, now: datetime) -> bool:
    """Take a case on; it is one's own until it is decided, given back or handed over. False where it is one's own already.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``complained_about``, ``case_decided_by_oneself``.
        Conflict: ``case_closed``, or ``case_owned_by_other`` with ``by`` (staff number).

    """
    require_handling(session, actor, case)
    taken = session.scalar(
        update(ServiceCase)
        .where(ServiceCase.id == case.id, ServiceCase.status == "open", ServiceCase.owner_id.is_(None))
        .values(owner_id=actor.id, owned_at=now)
        .returning(ServiceCase.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(case)
    if taken is None:
        if case.status == "open" and case.owner_id == actor.id:
            return False
        raise refusal_of(session, case)
    record_case(session, actor, case, "service:taken", now=now)
    return True


def give_back_service_case(session: Session, actor: Actor, *, case: ServiceCase, now: datetime) -> bool:
    """Give a case back; False where one did not own it, so that a double click is nothing. Raises ``AccessRefused``."""
    require(actor, Permission.SERVICE_HANDLE)
    given = session.scalar(
        update(ServiceCase)
        .where(ServiceCase.id == case.id, ServiceCase.status == "open", ServiceCase.owner_id == actor.id)
        .values(owner_id=None, owned_at=None)
        .returning(ServiceCase.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(case)
    if given is None:
        return False
    record_case(session, actor, case, "service:given_back", now=now, reason="given_back")
    return True


def give_back_all_service_cases(session: Session, actor: Actor, *, member: StaffMember, now: datetime) -> int:
    """Somebody is away: what they own waits for others. Returns how many."""
    freed = session.scalars(
        update(ServiceCase)
        .where(ServiceCase.owner_id == member.id, ServiceCase.status == "open")
        .values(owner_id=None, owned_at=None)
        .returning(ServiceCase.id)
        .execution_options(synchronize_session=False)
    ).all()
    for case in session.scalars(
        select(ServiceCase).where(ServiceCase.id.in_(freed)).order_by(ServiceCase.id)
    ):
        record_case(session, actor, case, "service:given_back", now=now, reason="away")
    return len(freed)


def hand_over_service_case(
    session: Session,
    actor: Actor,
    *,
    case: ServiceCase,
    to: StaffMember,
    reason: HandOverReason,
    now: datetime,
) -> None:
    """Give a case to a colleague: one's own, or anybody's by a supervisor. To whom it is theirs already is nothing.

    Raises:
        AccessRefused: ``permission_missing``, and for giver and receiver what ``refuse_handling`` says.
        Conflict: ``case_closed``, ``case_owned_by_other``.
        DomainError: ``colleague_cannot_handle``, ``colleague_away``.

    """
    require_handling(session, actor, case)
    _refuse_receiver(session, case, to, now)
    session.refresh(case, with_for_update=True)
    if case.status == "open" and case.owner_id == to.id:
        return
    was = case.owner_id
    is_givers = ServiceCase.owner_id == actor.id
    handed = session.scalar(
        update(ServiceCase)
        .where(
            ServiceCase.id == case.id,
            ServiceCase.status == "open",
            ServiceCase.id.is_not(None) if actor.may(Permission.SERVICE_ASSIGN) else is_givers,
        )
        .values(owner_id=to.id, owned_at=now)
        .returning(ServiceCase.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(case)
    if handed is None:
        raise refusal_of(session, case)
    record_case(
        session,
        actor,
        case,
        "service:handed_over",
        now=now,
        from_staff_id=was,
        to_staff_id=to.id,
        reason=reason.value,
    )


def acknowledge_service_case(
    session: Session, actor: Actor, *, case: ServiceCase, words: str, now: datetime
) -> bool:
    """Tell the borrower that it has arrived, that a person looks at it and until when they have the answer (rule R02).

    ``words`` are the message, in the borrower's language. False where it was said already. Raises as ``require_own``.
    """
    require_own(session, actor, case)
    if case.acknowledged_at is not None:
        return False
    written = WrittenMessage(form_key="", body=words)
    post_message(session, actor, about=case, written=written, now=now)
    record_case(session, actor, case, "service:acknowledged", now=now)
    return True


def name_staff_of_complaint(
    session: Session, actor: Actor, *, case: ServiceCase, number: str, now: datetime
) -> bool:
    """Note whom a complaint is about; from then on that person has no part in it, and what was theirs is free. False where it is noted
    already. Raises as ``require_own``, ``not_a_complaint``, and as ``colleague_named``.
    """
    require_own(session, actor, case)
    if case.kind != CaseKind.COMPLAINT.value:
        raise DomainError("not_a_complaint", field="number")
    member = colleague_named(session, number, field="number")
    if case.about_staff_id == member.id:
        return False
    case.about_staff_id = member.id
    if case.owner_id == member.id:
        case.owner_id = case.owned_at = None
    session.flush()
    record_case(session, actor, case, "service:staff_named", now=now, staff_id=member.id)
    return True


def colleague_named(session: Session, number: str, *, field: str) -> StaffMember:
    """By the staff number that somebody typed; raises ``colleague_unknown`` on the field."""
    try:
        return get_member(session, number.strip()[:16])
    except NotFound:
        raise DomainError("colleague_unknown", field=field) from None


def require_handling(session: Session, actor: Actor, case: ServiceCase) -> None:
    """Raises ``AccessRefused``: ``permission_missing``, ``related_case``, ``complained_about``, ``case_decided_by_oneself``."""
    require(actor, Permission.SERVICE_HANDLE)
    assert actor.id is not None
    refuse_handling(actor.id, parties_of(session, case))


def require_own(session: Session, actor: Actor, case: ServiceCase) -> None:
    """Raises as ``require_handling``; ``Conflict``: ``case_closed``, ``case_owned_by_other``, ``case_not_taken``."""
    require_handling(session, actor, case)
    session.refresh(case, with_for_update=True)
    if case.status != "open" or case.owner_id != actor.id:
        raise refusal_of(session, case)


def refusal_of(session: Session, case: ServiceCase) -> Conflict:
    """Why somebody cannot act on a case: it is closed, somebody else's or nobody's."""
    if case.status != "open":
        return Conflict("case_closed")
    if case.owner_id is not None:
        return Conflict("case_owned_by_other", by=number_of(session, case.owner_id))
    return Conflict("case_not_taken")


def record_case_refusal(
    session: Session, actor: Actor, *, case: ServiceCase, act: str, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record_case(session, actor, case, "service:act_refused", now=now, act=act, code=error.code)


def record_case(
    session: Session, actor: Actor, case: ServiceCase, name: str, *, now: datetime, **fields: object
) -> None:
    """An event about a case, its borrower and its loan."""
    values: dict[str, object] = {"case_id": case.id, **fields}
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=case.borrower_id,
        loan_id=case.loan_id,
        proposal_id=None,
        **values,
    )


def _refuse_receiver(session: Session, case: ServiceCase, to: StaffMember, now: datetime) -> None:
    # Whoever ends their account waits until the case is theirs, and frees it then.
    session.refresh(to, with_for_update={"read": True})
    receiver = Actor(ActorKind.STAFF, to.id, frozenset(Role(role) for role in to.roles))
    if to.disabled_at is not None or not receiver.may(Permission.SERVICE_HANDLE):
        raise DomainError("colleague_cannot_handle", field="to")
    if is_away(session, to.id, now=now):
        raise DomainError("colleague_away", field="to")
    refuse_handling(to.id, parties_of(session, case))
