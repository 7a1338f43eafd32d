"""A case of what a borrower brought up, with all that its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.case_handling import Work, acknowledge_by, work_of
from portal.domain.cases import CaseKind
from portal.domain.permissions import Role
from portal.models import Borrower, Event, Loan, NumberChange, Representative, ServiceCase, StaffMember
from portal.queries.borrower_home import LoanStanding, standings_of
from portal.queries.case_surroundings import ContactLine, contacts_with
from portal.queries.holds import HoldLine, holds_on
from portal.queries.numbers import find_number_change
from portal.queries.review_cases import EventLine
from portal.queries.service_cases import DecisionLine, RequestLine, decisions_on, number_of, requests_on

NEWEST_EVENTS = 60
NEWEST_CASES = 20
_HANDLERS = (Role.AGENT.value, Role.APPROVER.value, Role.SUPERVISOR.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCasePage:
    """``loans`` are those that the case is about, as the borrower sees them; ``holds`` by loan id."""

    case: ServiceCase
    work: Work
    borrower: Borrower
    loans: Sequence[LoanStanding]
    holds: dict[int, Sequence[HoldLine]]
    decisions: Sequence[DecisionLine]
    requests: Sequence[RequestLine]
    contacts: Sequence[ContactLine]
    events: Sequence[EventLine]
    others: Sequence[ServiceCase]
    representative: Representative | None
    number_change: NumberChange | None
    owner: str | None
    complained_about: str | None
    opened_by: str | None
    """Who took it down on the telephone."""

    @property
    def acknowledge_by(self) -> datetime:
        return acknowledge_by(self.case.second_look_at or self.case.opened_at)


def service_case_page(session: Session, case: ServiceCase, *, on: date) -> ServiceCasePage:
    standings = [
        standing
        for standing in standings_of(session, case.borrower_id, on=on)
        if case.loan_id in {None, standing.loan.id}
    ]
    return ServiceCasePage(
        case=case,
        work=work_of(CaseKind(case.kind), case.topic),
        borrower=session.get_one(Borrower, case.borrower_id),
        loans=standings,
        holds={standing.loan.id: holds_on(session, standing.loan.id) for standing in standings},
        decisions=decisions_on(session, case.id),
        requests=requests_on(session, case.id),
        contacts=contacts_with(session, case.borrower_id, case.loan_id),
        events=_events(session, case, [standing.loan.id for standing in standings]),
        others=_others(session, case),
        representative=session.scalar(select(Representative).where(Representative.case_id == case.id)),
        number_change=find_number_change(session, case.reference),
        owner=number_of(session, case.owner_id),
        complained_about=number_of(session, case.about_staff_id),
        opened_by=number_of(session, case.opened_by),
    )


def colleagues_of(session: Session, staff_id: int) -> Sequence[StaffMember]:
    """Those to whom a case can be handed over, by number."""
    members = session.scalars(
        select(StaffMember)
        .where(StaffMember.disabled_at.is_(None), StaffMember.id != staff_id)
        .order_by(StaffMember.number)
    )
    return [member for member in members if set(member.roles) & set(_HANDLERS)]


def loan_of_case(session: Session, case: ServiceCase, public_id: str) -> Loan | None:
    """One of the loans that the case is about."""
    found = session.scalar(
        select(Loan).where(Loan.public_id == public_id, Loan.borrower_id == case.borrower_id)
    )
    return found if found is not None and case.loan_id in {None, found.id} else None


def _events(session: Session, case: ServiceCase, loan_ids: Sequence[int]) -> Sequence[EventLine]:
    """What happened to the case, and to its loans' holds and book since it was opened; the newest first."""
    since = and_(
        Event.loan_id.in_(loan_ids),
        Event.at >= case.opened_at,
        or_(Event.name.startswith("hold:"), Event.name == "loan:changed"),
        Event.name != "hold:looked_at",
    )
    own = and_(
        Event.fields["case_id"].as_integer() == case.id,
        or_(
            Event.name.startswith("service:"),
            Event.name.startswith("correction:"),
            Event.name.in_(("case:opened", "case:taken_down")),
        ),
        Event.name != "service:looked_at",
    )
    rows = session.execute(
        select(Event.at, Event.name, Event.actor_kind, StaffMember.number, Event.fields)
        .outerjoin(StaffMember, and_(Event.actor_kind == "staff", StaffMember.id == Event.actor_id))
        .where(Event.borrower_id == case.borrower_id, or_(own, since))
        .order_by(Event.id.desc())
        .limit(NEWEST_EVENTS)
    )
    return [EventLine(*row) for row in rows]


def _others(session: Session, case: ServiceCase) -> Sequence[ServiceCase]:
    """What else this borrower brought up, the newest first."""
    return session.scalars(
        select(ServiceCase)
        .where(ServiceCase.borrower_id == case.borrower_id, ServiceCase.id != case.id)
        .order_by(ServiceCase.id.desc())
        .limit(NEWEST_CASES)
    ).all()
