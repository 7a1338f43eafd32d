from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.errors import NotFound
from portal.models import DelinquencyPause, Payment
from portal.queries.loans import facts_of_loans, get_loan_of, loan_facts, loans_of
from tests.people import TODAY, add_cast, add_loan


def test_a_stranger_gets_the_same_answer_as_nobody(session: Session) -> None:
    cast = add_cast(session)
    loan = add_loan(session, cast.li_na)
    assert get_loan_of(session, cast.li_na.id, loan.public_id).id == loan.id
    for borrower_id, public_id in ((cast.wang_qiang.id, loan.public_id), (cast.li_na.id, "nobody's")):
        with pytest.raises(NotFound) as refused:
            get_loan_of(session, borrower_id, public_id)
        assert (refused.value.code, dict(refused.value.details)) == ("not_found", {})


def test_a_borrower_has_their_own_loans_alone_the_oldest_first(session: Session) -> None:
    cast = add_cast(session)
    add_loan(session, cast.li_na, ref="NEW", paid=1)
    add_loan(session, cast.li_na, ref="OLD", paid=9)
    add_loan(session, cast.wang_qiang, ref="HIS")
    assert [loan.loan_ref for loan in loans_of(session, cast.li_na.id)] == ["OLD", "NEW"]


def test_the_facts_carry_schedule_pauses_and_the_payments_that_stand(session: Session) -> None:
    cast = add_cast(session)
    loan = add_loan(session, cast.li_na, late_days=42, paid=6)
    add_loan(session, cast.wang_qiang, ref="HIS")
    session.add(
        DelinquencyPause(
            loan_id=loan.id, starts_on=TODAY - timedelta(days=10), ends_on=None, agreement_id=None
        )
    )
    session.add(
        Payment(
            payment_ref="BOUNCED",
            loan_id=loan.id,
            paid_on=date(2026, 9, 1),
            amount_minor=100,
            channel="bank",
            is_reversed=True,
        )
    )
    session.flush()
    facts = loan_facts(session, loan.id)
    assert [row.number for row in facts.installments] == list(range(1, 13))
    assert [ref for ref, _, _ in facts.payments] == [f"L-1001-{number}" for number in range(1, 7)]
    arrears = arrears_of(facts, on=TODAY)
    assert (arrears.days_past_due, arrears.delinquent_days) == (42, 32)


def test_the_facts_of_many_loans_take_four_reads(session: Session) -> None:
    cast = add_cast(session)
    ids = [add_loan(session, cast.li_na, ref=f"L-{number}").id for number in range(5)]
    statements: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(facts_of_loans(session, ids)) == 5
    assert len(statements) == 4


def test_no_loan_has_no_facts(session: Session) -> None:
    with pytest.raises(NotFound):
        loan_facts(session, 404)
