"""Loans that stand with an agency, as a book says, and notices of agencies that arrived."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.loans import Stage
from portal.models import Agency, Borrower, CallItem, Contact, Loan, StaffMember
from tests.callers import fill_list, item_of
from tests.people import Cast, add_agency, add_loan


def engage(session: Session, cast: Cast, *, contract_to: date = date(2027, 6, 30)) -> Agency:
    """何静's agency, which the lender has engaged."""
    agency = add_agency(session, contract_to=contract_to)
    cast.creditor.agency = agency.name
    employ(session, cast.he_jing, agency)
    return agency


def employ(session: Session, member: StaffMember, agency: Agency) -> None:
    member.agency_id = agency.id
    session.flush()


def tell_of_agency(session: Session, loan: Loan, at: datetime) -> None:
    """A notice of the agency that arrived."""
    session.add(
        Contact(
            at=at, borrower_id=loan.borrower_id, loan_id=loan.id, purpose="agency_notice", channel="sms",
            number_hash="", number_last4="8001", template_version="1", rule_decision="allowed", result="sent",
            arrived_at=at, actor_kind="system",
        )
    )  # fmt: skip
    session.flush()


def place(
    session: Session,
    borrower: Borrower,
    *,
    ref: str = "L-9001",
    late_days: int = 95,
    paid: int = 4,
) -> CallItem:
    """A loan of which the book says that the agency has it."""
    loan = add_loan(session, borrower, ref=ref, late_days=late_days, paid=paid, stage=Stage.AGENCY)
    fill_list(session)
    return item_of(session, loan)
