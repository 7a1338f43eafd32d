"""Which loans the internal team is to call about: the one place that knows where stages and late days are read from.

From the book: its stage, and the arrears as the rules count them. A debt that may be time-barred is left out (rule L02).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.limitation import limitation_of
from portal.domain.loans import LoanFacts, LoanStatus, Stage
from portal.models import CallItem, Loan
from portal.queries.loans import facts_of_loans
from portal.queries.policies import business_calendar
from portal.queries.situations import interruptions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A loan that the internal team is to call about; the sum that is overdue in minor units."""

    loan_id: int
    borrower_id: int
    delinquent_days: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class CandidateBatch:
    """Some loans by id: ``last`` is the last that was looked at, ``gone`` are on the list and no longer the team's."""

    last: int
    candidates: Sequence[Candidate]
    gone: Sequence[int]


def candidate_batch(session: Session, *, after: int, limit: int, on: date) -> CandidateBatch | None:
    """The next loans after an id; None where there are none."""
    loans = session.execute(
        select(Loan.id, Loan.borrower_id, Loan.collection_stage)
        .where(Loan.id > after)
        .order_by(Loan.id)
        .limit(limit)
    ).all()
    if not loans:
        return None
    owners = {loan.id: loan.borrower_id for loan in loans if loan.collection_stage == Stage.INTERNAL.value}
    facts = facts_of_loans(session, owners) if owners else {}
    found = [
        _candidate(session, loan_id, owners[loan_id], loan, on) for loan_id, loan in sorted(facts.items())
    ]
    candidates = [each for each in found if each is not None]
    listed = session.scalars(
        select(CallItem.loan_id).where(
            CallItem.is_listed, CallItem.loan_id > after, CallItem.loan_id <= loans[-1].id
        )
    )
    gone = set(listed) - {each.loan_id for each in candidates}
    return CandidateBatch(loans[-1].id, candidates, sorted(gone))


def _candidate(
    session: Session, loan_id: int, borrower_id: int, loan: LoanFacts, on: date
) -> Candidate | None:
    arrears = arrears_of(loan, on=on)
    if loan.status is not LoanStatus.ACTIVE or not arrears.delinquent_days:
        return None
    if limitation_of(loan).is_over(on):
        # Only where the book alone says so are the recorded acts worth reading: they may have restarted the period.
        acts = interruptions_of(session, loan_id)
        if limitation_of(loan, acts, calendar=business_calendar(session)).is_over(on):
            return None
    return Candidate(
        loan_id=loan_id,
        borrower_id=borrower_id,
        delinquent_days=arrears.delinquent_days,
        amount_minor=arrears.total,
        currency=loan.currency,
    )
