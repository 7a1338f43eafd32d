"""Cases as staff handle them: found for who may see them, with those who may have no part in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.case_handling import Parties
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.models import CaseDecision, CorrectionRequest, Hold, Loan, ServiceCase, StaffMember, StaffRelation


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision with the staff number of who made it."""

    decision: CaseDecision
    by: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request to the lender. ``loan_moved``: the book has changed that loan since it was asked."""

    request: CorrectionRequest
    loan_ref: str
    case_public_id: str
    case_reference: str
    asked_by: str
    loan_moved: bool


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """The cases that a member of staff sees: all, or one's own and wishes to talk that nobody has taken on."""
    if actor.may(Permission.SERVICE_SEE_ALL):
        return ServiceCase.id.is_not(None)
    is_free_talk = and_(
        ServiceCase.owner_id.is_(None),
        ServiceCase.kind == CaseKind.TALK.value,
        ServiceCase.topic != CaseTopic.NUMBER_CHANGED.value,
        ServiceCase.status == "open",
    )
    return or_(ServiceCase.owner_id == actor.id, is_free_talk)


def no_business_of(staff_id: int) -> ColumnElement[bool]:
    """Cases of oneself, of people close, and complaints about oneself: ``refuse_parties`` as a condition."""
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    return or_(
        ServiceCase.borrower_id.in_(related), ServiceCase.about_staff_id.is_not_distinct_from(staff_id)
    )


def decided_before_by(staff_id: int) -> ColumnElement[bool]:
    """Cases that this person decided before the borrower asked for another."""
    return exists().where(
        CaseDecision.case_id == ServiceCase.id,
        CaseDecision.review_round < ServiceCase.review_round,
        CaseDecision.decided_by == staff_id,
    )


def get_service_case(session: Session, actor: Actor, public_id: str) -> ServiceCase:
    """A case for who may see it; anything else raises the same ``NotFound``."""
    found = session.scalar(
        select(ServiceCase)
        .where(ServiceCase.public_id == public_id, seen_by(actor))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def is_seen_by(session: Session, actor: Actor, case: ServiceCase) -> bool:
    """Whether this member of staff may open the case's page."""
    if actor.id in {case.about_staff_id, *parties_of(session, case).related_ids}:
        return False
    return session.scalar(select(ServiceCase.id).where(ServiceCase.id == case.id, seen_by(actor))) is not None


def get_case_taken_down(session: Session, actor: Actor, public_id: str) -> ServiceCase:
    """An open case that came by telephone, for who noted it and who sees it anyway; anything else raises the same ``NotFound``."""
    found = session.scalar(
        select(ServiceCase).where(
            ServiceCase.public_id == public_id,
            ServiceCase.opened_by.is_not(None),
            ServiceCase.status == "open",
            or_(ServiceCase.opened_by == actor.id, seen_by(actor)),
        )
    )
    if found is None:
        raise NotFound("not_found")
    return found


def holds_of_case(session: Session, case: ServiceCase) -> Sequence[Hold]:
    """What pauses contact on the loans that a case is about."""
    own = select(Loan.id).where(Loan.borrower_id == case.borrower_id)
    about = Hold.loan_id.in_(own) if case.loan_id is None else Hold.loan_id == case.loan_id
    return session.scalars(select(Hold).where(about, Hold.ended_at.is_(None)).order_by(Hold.id)).all()


def parties_of(session: Session, case: ServiceCase) -> Parties:
    related = session.scalars(
        select(StaffRelation.staff_member_id).where(StaffRelation.borrower_id == case.borrower_id)
    )
    earlier = session.scalars(
        select(CaseDecision.decided_by).where(
            CaseDecision.case_id == case.id, CaseDecision.review_round < case.review_round
        )
    )
    return Parties(
        related_ids=frozenset(related),
        complained_about_id=case.about_staff_id,
        earlier_ids=frozenset(earlier),
    )


def find_decision(session: Session, case: ServiceCase) -> CaseDecision | None:
    """What was decided in the present round; None while it is open."""
    return session.scalar(
        select(CaseDecision).where(
            CaseDecision.case_id == case.id, CaseDecision.review_round == case.review_round
        )
    )


def decisions_on(session: Session, case_id: int) -> Sequence[DecisionLine]:
    """The newest first."""
    rows = session.execute(
        select(CaseDecision, StaffMember.number)
        .join(StaffMember, StaffMember.id == CaseDecision.decided_by)
        .where(CaseDecision.case_id == case_id)
        .order_by(CaseDecision.review_round.desc())
    )
    return [DecisionLine(*row) for row in rows]


def requests_on(session: Session, case_id: int) -> Sequence[RequestLine]:
    """What the lender was asked in a case, the newest first."""
    return request_lines(session, CorrectionRequest.case_id == case_id)


def request_lines(
    session: Session, condition: ColumnElement[bool], *, limit: int = 200
) -> Sequence[RequestLine]:
    """The newest first."""
    rows = session.execute(
        select(
            CorrectionRequest,
            Loan.loan_ref,
            ServiceCase.public_id,
            ServiceCase.reference,
            StaffMember.number,
            Loan.facts_version > CorrectionRequest.facts_version,
        )
        .join(Loan, Loan.id == CorrectionRequest.loan_id)
        .join(ServiceCase, ServiceCase.id == CorrectionRequest.case_id)
        .join(StaffMember, StaffMember.id == CorrectionRequest.asked_by)
        .where(condition)
        .order_by(CorrectionRequest.id.desc())
        .limit(limit)
    )
    return [RequestLine(*row) for row in rows]


def requests_not_close(staff_id: int) -> ColumnElement[bool]:
    """About nobody whom this person is close to (rule P18)."""
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    return Loan.borrower_id.not_in(related)


def find_request(session: Session, reference: str) -> CorrectionRequest | None:
    return session.scalar(select(CorrectionRequest).where(CorrectionRequest.reference == reference))


def number_of(session: Session, staff_id: int | None) -> str | None:
    """A member's staff number."""
    return session.scalar(select(StaffMember.number).where(StaffMember.id == staff_id)) if staff_id else None
