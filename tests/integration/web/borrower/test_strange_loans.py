"""Loans that a real book can hold and nobody would draw: every page of the way answers for each."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.models import Installment, Loan
from tests.integration.web.borrower.conftest import NewWalk
from tests.people import TODAY
from tests.plan_walks import Walk

Bend = Callable[[Session, Loan], object]


def set_loan(**values: object) -> Bend:
    return lambda session, loan: session.execute(update(Loan).where(Loan.id == loan.id).values(**values))


def set_rows(**values: object) -> Bend:
    """In every unmet row."""
    return lambda session, loan: session.execute(
        update(Installment).where(Installment.loan_id == loan.id, Installment.number > 6).values(**values)
    )


def no_rows(session: Session, loan: Loan) -> None:
    session.execute(delete(Installment).where(Installment.loan_id == loan.id))


def only_rows(first: int, last: int) -> Bend:
    return lambda session, loan: session.execute(
        delete(Installment).where(Installment.loan_id == loan.id, ~Installment.number.between(first, last))
    )


STRANGE: dict[str, Bend] = {
    "no installments": no_rows,
    "nothing to come": only_rows(1, 8),
    "only penalty is left": set_rows(principal_due_minor=0, interest_due_minor=0, penalty_due_minor=1234),
    "very dear": set_loan(annual_rate_pct=Decimal(999), penalty_rate_pct=Decimal(9999)),
    "yen every 366 years": set_loan(currency="JPY", every="366 years"),
    "paid out tomorrow, written off": set_loan(disbursed_on=TODAY + timedelta(days=1), status="charged_off"),
}
NEEDS = (
    {"need": "monthly", "monthly": "2000", "day": "15"},
    {"need": "pause", "monthly": "", "day": "0"},
)
OWN = (
    {"kind": "catch_up", "installments": "2"},
    {"kind": "reschedule", "monthly": "500"},
    {"kind": "defer", "defer_periods": "3"},
)


def pages_of(walk: Walk) -> list[str]:
    loan = f"/loans/{walk.loan.public_id}"
    return ["/", loan, f"{loan}/pay", f"{loan}/plan", f"{loan}/dispute", f"{loan}/talk"]


@pytest.mark.parametrize("kind", STRANGE)
def test_every_page_answers_for_a_strange_loan(new_walk: NewWalk, kind: str) -> None:
    walk = new_walk()
    with walk.writing() as session:
        STRANGE[kind](session, session.get_one(Loan, walk.loan.id))
    faults = [
        f"{path}: {status}"
        for path in pages_of(walk)
        if (status := walk.client.get(path).status_code) not in {200, 303, 409, 422}
    ]
    assert faults == []
    if walk.client.get(f"/loans/{walk.loan.public_id}/plan").status_code != 200:
        return  # said before anything is asked
    begun = walk.client.submit(f"/loans/{walk.loan.public_id}/plan")
    if begun.status_code != 303 or "/proposals/" not in str(begun.location):
        assert begun.status_code in {200, 303, 409, 422}
        return
    walk.id = begun.location.split("/")[2]
    walk.say_reason()
    for need in NEEDS:
        walk.say_need(need)
        answer = walk.client.get(walk.url("plans"))
        if answer.status_code not in {200, 303}:
            faults.append(f"plans after {need}: {answer.status_code}")
        for numbers in OWN:
            if walk.client.get(walk.url("own")).status_code != 200:
                faults.append(f"own page after {need}")
                break
            answer = walk.own(**numbers)
            if answer.status_code not in {303, 422}:
                faults.append(f"own {numbers}: {answer.status_code}")
            elif answer.status_code == 303 and walk.client.get(walk.url("check")).status_code not in {
                200,
                303,
            }:
                faults.append(f"check after {numbers}")
    assert faults == []
