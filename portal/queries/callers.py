"""Who calls: found by a number that they read out, whole, or by their mobile; never by a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.free_text import visible
from portal.domain.mobiles import parse_mobile
from portal.models import Borrower, Loan, StaffRelation
from portal.queries.loans import loans_of
from portal.queries.references import find_reference, tidy_reference

MOST_OF_ONE_NUMBER: Final = 5
"""Borrowers who share one mobile."""


class FoundBy(StrEnum):
    """What was typed."""

    LOAN = "loan"
    REFERENCE = "reference"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class Caller:
    """Masked by whoever shows them."""

    borrower: Borrower
    loans: Sequence[Loan]


@dataclass(frozen=True, slots=True)
class Callers:
    """By what was found, and who; nobody where nothing fits, or only people close to who looks."""

    by: FoundBy
    found: Sequence[Caller]


def find_callers(session: Session, staff_id: int, typed: str) -> Callers:
    """A loan's number as it stands in the book, any reference that a page or a letter shows, or a mobile, each only whole."""
    text = visible(typed).strip()[:80]
    found = _borrowers(session, staff_id, _of_loan(text))
    if found:
        return Callers(FoundBy.LOAN, found)
    lead = find_reference(session, tidy_reference(text)) if text else None
    if lead is not None and lead.borrower is not None:
        return Callers(FoundBy.REFERENCE, _borrowers(session, staff_id, Borrower.id == lead.borrower.id))
    try:
        mobile = parse_mobile(text)
    except DomainError:
        return Callers(FoundBy.REFERENCE, [])
    return Callers(FoundBy.MOBILE, _borrowers(session, staff_id, Borrower.mobile_index == mobile))


def _of_loan(text: str) -> ColumnElement[bool]:
    spelled = dict.fromkeys([text, text.upper()])
    return Borrower.id.in_(select(Loan.borrower_id).where(Loan.loan_ref.in_(spelled)))


def _borrowers(session: Session, staff_id: int, condition: ColumnElement[bool]) -> Sequence[Caller]:
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    borrowers = session.scalars(
        select(Borrower)
        .where(condition, Borrower.id.not_in(related))
        .order_by(Borrower.id)
        .limit(MOST_OF_ONE_NUMBER)
    )
    return [
        Caller(borrower, loans) for borrower in borrowers.all() if (loans := loans_of(session, borrower.id))
    ]
