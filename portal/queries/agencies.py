"""The register of agencies (rule C20): who is under contract, what is due, and loans that stand with one whose contract is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from portal.domain.agencies import ContractState, EvaluationDue, contract_state, evaluation_due
from portal.domain.errors import NotFound
from portal.domain.loans import Stage
from portal.models import Agency, AgencyEvaluation, Creditor, Loan, LoanStanding, StaffMember


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """``due`` is None where nothing is due; ``creditors`` have engaged it; ``loans`` stand with it now."""

    agency: Agency
    state: ContractState
    evaluations: Sequence[AgencyEvaluation]
    due: EvaluationDue | None
    creditors: Sequence[str]
    loans: int
    staff: Sequence[str]

    @property
    def is_finding(self) -> bool:
        """Loans stand with an agency that has no running contract."""
        return self.loans > 0 and self.state is not ContractState.RUNNING


def is_under_contract(on: date) -> ColumnElement[bool]:
    """Over ``agency``: of the register, and its contract runs."""
    return and_(Agency.ended_at.is_(None), Agency.contract_from <= on, Agency.contract_to >= on)


def agencies_under_contract(session: Session, *, on: date) -> Sequence[Agency]:
    """The white list of a day, by name."""
    return session.scalars(select(Agency).where(is_under_contract(on)).order_by(Agency.name)).all()


def agency_lines(session: Session, *, on: date) -> Sequence[AgencyLine]:
    """All of the register, by name."""
    return [
        _line(session, agency, on) for agency in session.scalars(select(Agency).order_by(Agency.name)).all()
    ]


def find_evaluation(session: Session, agency_id: int, *, on: date) -> AgencyEvaluation | None:
    """That of a day: there is one at most."""
    return session.scalar(
        select(AgencyEvaluation).where(
            AgencyEvaluation.agency_id == agency_id, AgencyEvaluation.evaluated_on == on
        )
    )


def get_agency_line(session: Session, public_id: str, *, on: date) -> AgencyLine:
    """Raises ``NotFound``."""
    return _line(session, get_agency(session, public_id), on)


def get_agency(session: Session, public_id: str, *, is_locked: bool = False) -> Agency:
    """Raises ``NotFound``."""
    wanted = select(Agency).where(Agency.public_id == public_id)
    found = session.scalar(
        wanted.with_for_update().execution_options(populate_existing=True) if is_locked else wanted
    )
    if found is None:
        raise NotFound("not_found")
    return found


def agency_of(session: Session, staff_id: int, *, on: date) -> Agency | None:
    """Which agency a member of staff works for, while its contract runs; None of the lender's own."""
    return session.scalar(
        select(Agency)
        .join(StaffMember, StaffMember.agency_id == Agency.id)
        .where(StaffMember.id == staff_id, is_under_contract(on))
    )


def has_ended(session: Session, agency_id: int) -> bool:
    """Whether its contract was ended; where it was not, nobody ends it before this transaction is over."""
    ended = select(Agency.ended_at).where(Agency.id == agency_id)
    return session.scalar(ended.with_for_update(read=True, key_share=True)) is not None


def unregistered_agencies(session: Session) -> Sequence[tuple[str, str]]:
    """(creditor, agency) of agencies that a creditor names and the register does not: nothing is placed with them."""
    known = select(Agency.name)
    rows = session.execute(
        select(Creditor.name, Creditor.agency)
        .where(Creditor.agency.is_not(None), Creditor.agency.not_in(known))
        .order_by(Creditor.name)
    )
    return [(creditor, agency or "") for creditor, agency in rows]


def _line(session: Session, agency: Agency, on: date) -> AgencyLine:
    evaluations = session.scalars(
        select(AgencyEvaluation)
        .where(AgencyEvaluation.agency_id == agency.id)
        .order_by(AgencyEvaluation.evaluated_on.desc())
    ).all()
    state = contract_state(
        agency.contract_from, agency.contract_to, has_ended=agency.ended_at is not None, on=on
    )
    days = [each.evaluated_on for each in evaluations]
    engaged = select(Creditor.name).where(Creditor.agency == agency.name).order_by(Creditor.name)
    return AgencyLine(
        agency=agency,
        state=state,
        evaluations=evaluations,
        due=None
        if state is ContractState.OVER
        else evaluation_due(agency.contract_from, agency.contract_to, days, on=on),
        creditors=session.scalars(engaged).all(),
        loans=_loans_with(session, agency.name),
        staff=session.scalars(
            select(StaffMember.number)
            .where(StaffMember.agency_id == agency.id, StaffMember.disabled_at.is_(None))
            .order_by(StaffMember.number)
        ).all(),
    )


def _loans_with(session: Session, name: str) -> int:
    counted = (
        select(func.count())
        .select_from(LoanStanding)
        .join(Loan, Loan.id == LoanStanding.loan_id)
        .join(Creditor, Creditor.name == Loan.creditor)
        .where(LoanStanding.stage == Stage.AGENCY.value, Creditor.agency == name)
    )
    return session.scalar(counted) or 0
