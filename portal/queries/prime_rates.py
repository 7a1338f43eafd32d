"""Figures of the prime rate that operators added."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.loans import LenderType, LoanStatus
from portal.domain.rate_caps import know_prime_rates
from portal.models import Loan, PrimeRate


def added_rates(session: Session) -> Mapping[date, Decimal]:
    """By the day of publication."""
    return {row.published_on: row.pct for row in session.scalars(select(PrimeRate))}


def read_prime_rates(session: Session) -> None:
    """This process knows them from here on."""
    know_prime_rates(added_rates(session))


def newest_private_contract(session: Session) -> date | None:
    """The day of the newest loan of a private lender that is not closed: no other needs the prime rate."""
    return session.scalar(
        select(func.max(Loan.disbursed_on)).where(
            Loan.lender_type == LenderType.PRIVATE.value, Loan.status != LoanStatus.CLOSED.value
        )
    )
