from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Installment
from tests.people import TODAY, add_cast, add_loan


def test_the_cast_can_be_put_into_a_database(session: Session) -> None:
    cast = add_cast(session)
    loan = add_loan(session, cast.li_na, late_days=42, paid=6)
    rows = session.scalars(select(Installment).where(Installment.loan_id == loan.id)).all()
    assert len(rows) == 12
    assert sum(row.principal_due_minor for row in rows) == loan.principal_minor
    unpaid = [row for row in rows if row.principal_paid_minor == 0]
    assert (TODAY - min(row.due_on for row in unpaid)).days == 42
