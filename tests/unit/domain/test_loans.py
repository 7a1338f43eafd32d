"""The facts of a loan: sums of four parts, what is still due, and what a signature holds on to."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.loans import (
    Components,
    InstallmentFacts,
    LenderType,
    LoanFacts,
    LoanStatus,
    outstanding_of,
)

DUE = Components(principal=1_000, interest=200, fee=30, penalty=4)
PAID = Components(principal=600, interest=150, fee=20, penalty=3)


def installment(number: int, due_on: date, due: Components, paid: Components) -> InstallmentFacts:
    return InstallmentFacts(number, due_on, due, paid)


def test_the_total_is_that_of_all_four_parts() -> None:
    assert DUE.total == 1_234
    assert Components().total == 0


def test_sums_are_added_and_taken_off_part_by_part() -> None:
    assert Components(1_600, 350, 50, 7) == DUE + PAID
    assert Components(400, 50, 10, 1) == DUE - PAID
    assert Components(-400, -50, -10, -1) == PAID - DUE


def test_parts_have_their_names_in_an_order_that_frozen_records_rely_on() -> None:
    assert list(DUE.as_dict().items()) == [
        ("principal", 1_000), ("interest", 200), ("fee", 30), ("penalty", 4),
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["principal", "interest", "fee", "penalty"])
def test_an_installment_is_met_with_the_last_cent_of_any_part_and_not_before(part: str) -> None:
    short = DUE - Components(**{part: 1})
    assert installment(1, date(2026, 9, 1), DUE, DUE).is_met
    assert not installment(1, date(2026, 9, 1), DUE, short).is_met
    assert installment(1, date(2026, 9, 1), short, DUE).is_met


@pytest.mark.parametrize("part", ["principal", "interest", "fee", "penalty"])
def test_one_part_paid_beyond_what_is_due_of_it_counts_for_the_others(part: str) -> None:
    """The book books a sum where it books it; the installment is met by the sum."""
    all_in_one = Components(**{part: DUE.total})
    assert installment(1, date(2026, 9, 1), DUE, all_in_one).is_met
    assert not installment(1, date(2026, 9, 1), DUE, all_in_one - Components(**{part: 1})).is_met


def test_what_is_outstanding_is_due_without_what_was_paid() -> None:
    first = installment(1, date(2026, 9, 1), DUE, PAID)
    second = installment(2, date(2026, 10, 1), DUE, Components(interest=7))
    assert first.outstanding == Components(400, 50, 10, 1)
    assert outstanding_of([first, second]) == Components(1_400, 243, 40, 5)
    assert outstanding_of([]) == Components()


LOAN = LoanFacts(
    loan_ref="L1",
    currency="CNY",
    creditor="C",
    product="cash",
    lender_type=LenderType.BANK,
    status=LoanStatus.CHARGED_OFF,
    disbursed_on=date(2026, 1, 15),
    principal=2_000,
    annual_rate_pct=Decimal("12.5"),
    penalty_rate_pct=Decimal("18.75"),
    amortisation="equal_installment",
    interest_method="declining",
    day_count="30/360",
    rounding="half_even",
    every="1 month",
    multiple=None,
    has_guarantor=False,
    as_of=date(2026, 9, 10),
    installments=(
        installment(1, date(2026, 9, 1), DUE, PAID),
        installment(2, date(2026, 10, 1), Components(principal=1_000), Components()),
    ),
    payments=(("P2", date(2026, 9, 2), 700), ("P1", date(2026, 9, 3), 73)),
)


def test_a_signature_holds_on_to_rates_rows_and_payments_in_the_order_of_their_references() -> None:
    """A row: number, date, principal, interest and fee due, then the four parts paid. Of the penalty due, nothing."""
    assert LOAN.fingerprint() == {
        "status": "charged_off",
        "principal": 2_000,
        "annual_rate_pct": "12.5",
        "penalty_rate_pct": "18.75",
        "installments": [
            [1, "2026-09-01", 1_000, 200, 30, 600, 150, 20, 3],
            [2, "2026-10-01", 1_000, 0, 0, 0, 0, 0, 0],
        ],
        "payments": [["P1", "2026-09-03", 73], ["P2", "2026-09-02", 700]],
    }


def test_a_new_day_and_a_grown_penalty_are_no_move() -> None:
    grown = replace(LOAN.installments[0], due=DUE + Components(penalty=99))
    later = replace(LOAN, as_of=date(2026, 9, 11), installments=(grown, LOAN.installments[1]))
    assert later.fingerprint() == LOAN.fingerprint()
