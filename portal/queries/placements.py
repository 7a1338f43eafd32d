"""Which loans stand with the agency that somebody works for, at this moment: all that they see and call about (rules C20, C21, L03).

Asked anew by every list, page and act, for what ends a placement happens at any time of the day: a book, a payment, a plan, a hold, the
last day of a contract.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.loans import LoanStatus, Stage
from portal.domain.proposals import RUNNING_STATUSES
from portal.domain.stages import Basis
from portal.models import (
    Agency,
    Call,
    CallItem,
    Creditor,
    Hold,
    Loan,
    LoanStanding,
    Proposal,
    StaffMember,
)
from portal.queries.agencies import is_under_contract
from portal.queries.assignments import awaits_notice
from portal.queries.holds import runs_on
from portal.queries.late_sums import is_behind

_RUNNING: Final = [status.value for status in RUNNING_STATUSES]


def placed_loans(staff_id: int, *, now: datetime) -> Select[int]:
    """Ids of the loans that this person's agency has; of anybody else's person none. ``now`` in the lender's zone.

    Late and not time-barred; its contract runs, its creditor has engaged it, the book says nothing else of the stage, the borrower was told
    who the creditor is, and neither a plan nor a hold stands against it. Whether a notice of the agency arrived before a loan came to it is
    asked by stages (``domain.stages``); where the book itself placed the loan, nothing waits for it (decision 0299).
    """
    today = now.date()
    is_held = exists().where(Hold.loan_id == Loan.id, runs_on(today))
    is_planned = exists().where(Proposal.loan_id == Loan.id, Proposal.status.in_(_RUNNING))
    return (
        select(LoanStanding.loan_id)
        .join(Loan, Loan.id == LoanStanding.loan_id)
        .join(Creditor, Creditor.name == Loan.creditor)
        .join(Agency, Agency.name == Creditor.agency)
        .join(StaffMember, StaffMember.agency_id == Agency.id)
        .where(
            StaffMember.id == staff_id,
            is_under_contract(today),
            LoanStanding.stage == Stage.AGENCY.value,
            LoanStanding.delinquent_days > 0,
            or_(LoanStanding.limitation_ends_on.is_(None), LoanStanding.limitation_ends_on >= today),
            Loan.status == LoanStatus.ACTIVE.value,
            _is_not_recalled(),
            ~awaits_notice(),
            ~is_held,
            ~is_planned,
            is_behind(Loan.id, on=today),
        )
        .correlate(None)
    )


def is_placed(staff_id: int, *, now: datetime) -> ColumnElement[bool]:
    """Over ``call_item``."""
    return CallItem.loan_id.in_(placed_loans(staff_id, now=now))


def is_open_to(staff_id: int, *, now: datetime, noted_since: datetime) -> ColumnElement[bool]:
    """Over ``call_item``: what stands with the person's agency, and what they called about themselves and have to note, or just did."""
    own = select(Call.loan_id).where(
        Call.staff_id == staff_id, or_(Call.noted_at.is_(None), Call.noted_at > noted_since)
    )
    return or_(is_placed(staff_id, now=now), CallItem.loan_id.in_(own))


def has_placed(session: Session, staff_id: int, loan_id: int, *, now: datetime) -> bool:
    """Whether this one stands with the person's agency."""
    placed = placed_loans(staff_id, now=now).where(LoanStanding.loan_id == loan_id)
    return session.scalar(placed) is not None


def _is_not_recalled() -> ColumnElement[bool]:
    """A book that came in since the day's run leads; where it says nothing, what the portal decided itself holds (decision 0173)."""
    by_rules = and_(Loan.collection_stage.is_(None), LoanStanding.stage_basis != Basis.BOOK.value)
    return or_(Loan.collection_stage == Stage.AGENCY.value, by_rules)
