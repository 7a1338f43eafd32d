"""What happens to a loan from outside while its borrower is on the way."""

from datetime import date

from sqlalchemy import select

from portal.domain.permissions import SYSTEM
from portal.models import Loan, Payment
from portal.services.facts_moved import flag_moved_facts
from tests.plan_walks import Walk


def book_payment(walk: Walk, minor: int = 50_000) -> None:
    """A payment of 1 November comes in with the book, as an import would book it."""
    with walk.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.id == walk.loan.id)).one()
        session.add(
            Payment(
                payment_ref=f"{loan.loan_ref}-new",
                loan_id=loan.id,
                paid_on=date(2026, 11, 1),
                amount_minor=minor,
                channel="transfer",
                is_reversed=False,
            )
        )
        loan.facts_version += 1
        flag_moved_facts(session, SYSTEM, loan_id=loan.id, now=walk.clock.now())
