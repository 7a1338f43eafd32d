"""Loans drawn by chance into a database, with what makes lateness hard: part payments, odd rates, every rounding, pauses."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.models import Borrower, DelinquencyPause, Installment, Loan, Payment
from tests.people import add_borrower

DAY_COUNTS = ("30/360", "act/365", "act/360", "act/364", "act/act")
RATES = ("0", "18.25", "21.6", "24", "36.5", "7.3331", "0.00011", "1200", "999.9999", "13.140")
PARTS = ("principal", "interest", "fee", "penalty")


def draw_loans(session: Session, count: int, *, today: date, seed: int = 7) -> Borrower:
    """Their numbers are ``D-0``, ``D-1``, …; some late, some not, some closed, some paused."""
    dice = random.Random(seed)
    borrower = add_borrower(session, "李娜", mobile="+8613800138009", id_last4="1024")
    for number in range(count):
        loan = _loan(dice, borrower, number, today)
        session.add(loan)
        session.flush()
        session.execute(insert(Installment), list(_installments(dice, loan, today)))
        session.add_all(_payments(dice, loan, today))
        session.add_all(_pauses(dice, loan, today))
    session.flush()
    return borrower


def _loan(dice: random.Random, borrower: Borrower, number: int, today: date) -> Loan:
    book_stage = dice.choice([None, None, None, "reminder", "agency", "legal"])
    return Loan(
        public_id=f"drawn-{number}",
        loan_ref=f"D-{number}",
        borrower_id=borrower.id,
        product="cash_loan",
        currency=dice.choice(["CNY", "TWD"]),
        creditor="安心消费金融有限公司",
        lender_type="consumer_finance",
        status=dice.choice(["active", "active", "active", "charged_off", "closed"]),
        disbursed_on=today - timedelta(days=900),
        principal_minor=dice.choice([1_200_000, 777_777, 10**12]),
        annual_rate_pct=Decimal(12),
        penalty_rate_pct=Decimal(dice.choice(RATES)),
        amortisation="equal_installment",
        interest_method="declining",
        day_count=dice.choice(DAY_COUNTS),
        rounding=dice.choice(["half_even", "half_up", "floor"]),
        every="1 month",
        has_guarantor=False,
        as_of=today - timedelta(days=dice.choice([0, 1, 1, 2, 40, 400])),
        collection_stage=book_stage,
        stage_basis=None if book_stage is None else "账簿所载",
        stage_since=None if book_stage is None else today - timedelta(days=20),
        content_digest=f"{number:064}",
    )


def _installments(dice: random.Random, loan: Loan, today: date) -> Iterator[dict[str, Any]]:
    """Twelve, the last between four years ago and half a year on; some met, some in part, some with nothing due."""
    first = today - timedelta(days=dice.choice([10, 100, 330, 361, 420, 1500]))
    met = dice.randrange(13)
    for number in range(1, 13):
        due = {part: dice.choice([0, 1, 50, 99_999, 1_234_567]) for part in PARTS}
        share = 1 if number <= met else dice.choice([0, 0, 0.5])
        yield {
            "loan_id": loan.id,
            "number": number,
            "due_on": first + timedelta(days=30 * number + dice.randrange(3)),
            **{f"{part}_due_minor": minor for part, minor in due.items()},
            **{f"{part}_paid_minor": int(minor * share) for part, minor in due.items()},
        }


def _payments(dice: random.Random, loan: Loan, today: date) -> Iterator[Payment]:
    for number in range(dice.randrange(3)):
        yield Payment(
            payment_ref=f"{loan.loan_ref}-{number}",
            loan_id=loan.id,
            paid_on=today - timedelta(days=dice.choice([1, 100, 800, 1400])),
            amount_minor=100,
            channel="bank",
            is_reversed=dice.randrange(4) == 0,
        )


def _pauses(dice: random.Random, loan: Loan, today: date) -> Iterator[DelinquencyPause]:
    if dice.randrange(6) == 0:
        start = today - timedelta(days=dice.randrange(90))
        end = dice.choice([None, start + timedelta(days=dice.randrange(1, 60))])
        yield DelinquencyPause(loan_id=loan.id, starts_on=start, ends_on=end, agreement_id=None)
