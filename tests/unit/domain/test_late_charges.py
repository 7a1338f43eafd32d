"""Penalty, overdue interest and fees together keep within the cap (rule P08), and what does not is looked at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.late_charges import are_late_charges_clear, claimable_penalty_pct
from portal.domain.legal_limits import loan_cap
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts
from portal.domain.policy import DEFAULT_POLICY
from tests.unit.domain.late_loans import loan_of

BEFORE_PRIME = date(2020, 8, 19)
AS_OF = date(2026, 3, 1)
DUE_ON = (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1))


def private(*charged: Components, **changes: Any) -> LoanFacts:
    """4,000.00 lent on 1 October 2025 by a private lender, whose cap is 12 %; three of four installments of 1,000.00 are late."""
    rows = [
        InstallmentFacts(number, day, Components(100_000) + more, Components())
        for number, (day, more) in enumerate(
            zip(DUE_ON, [*charged, *[Components()] * (4 - len(charged))], strict=True), start=1
        )
    ]
    usual = {
        "lender_type": LenderType.PRIVATE,
        "disbursed_on": date(2025, 10, 1),
        "as_of": AS_OF,
        "annual_rate_pct": Decimal(12),
        "penalty_rate_pct": Decimal(12),
    }
    return loan_of(*rows, **{**usual, **changes})


def is_clear(loan: LoanFacts) -> bool:
    return are_late_charges_clear(loan, loan_cap(loan, DEFAULT_POLICY["product_caps"]))


@pytest.mark.parametrize(
    ("lender", "contract", "book", "claimable"),
    [
        (LenderType.PRIVATE, date(2025, 10, 1), "36", "12"),
        (LenderType.PRIVATE, date(2025, 10, 1), "12", "12"),
        (LenderType.PRIVATE, date(2025, 10, 1), "9", "9"),
        # nobody knows this cap: a person looks, and the book's rate stands
        (LenderType.PRIVATE, BEFORE_PRIME, "36", "36"),
        (LenderType.BANK_LOAN_FACILITATION, date(2025, 10, 1), "36", "24"),
        (LenderType.BANK_LOAN_FACILITATION, date(2025, 9, 30), "36", "36"),
        # these caps are the lender's own, and no figure of law
        (LenderType.BANK, date(2025, 10, 1), "36", "36"),
        (LenderType.CREDIT_CARD, date(2025, 10, 1), "36", "36"),
        (LenderType.CONSUMER_FINANCE, date(2025, 10, 1), "36", "36"),
        (LenderType.MICRO_LOAN, date(2025, 10, 1), "36", "36"),
        (LenderType.UNKNOWN, date(2025, 10, 1), "36", "36"),
    ],
)
def test_a_cap_of_law_cuts_the_penalty_rate(
    lender: LenderType, contract: date, book: str, claimable: str
) -> None:
    loan = private(lender_type=lender, disbursed_on=contract, penalty_rate_pct=Decimal(book))
    assert claimable_penalty_pct(loan) == Decimal(claimable)


@pytest.mark.parametrize(
    ("lender", "contract", "penalty", "clear"),
    [
        # within the cap, and no more than 1.3 times the contract rate of a lender that is no institution
        (LenderType.PRIVATE, "12", "12", True),
        (LenderType.PRIVATE, "12", "12.01", False),
        (LenderType.PRIVATE, "12.01", "0", False),
        (LenderType.PRIVATE, "9", "11.7", True),
        (LenderType.PRIVATE, "9", "11.71", False),
        (LenderType.PRIVATE, "0", "12", True),
        (LenderType.MICRO_LOAN, "15", "19.5", True),
        (LenderType.MICRO_LOAN, "15", "19.51", False),
        # half as much again is what financial institutions may agree on
        (LenderType.BANK, "4.35", "6.525", True),
        (LenderType.BANK, "4.35", "6.53", False),
        (LenderType.CREDIT_CARD, "0", "18.25", True),
        (LenderType.CONSUMER_FINANCE, "15", "22.5", True),
        (LenderType.CONSUMER_FINANCE, "14.4", "21.6", True),
        (LenderType.CONSUMER_FINANCE, "16", "24", True),
        (LenderType.CONSUMER_FINANCE, "18", "24.01", False),
        (LenderType.BANK_LOAN_FACILITATION, "16", "24", True),
        (LenderType.BANK_LOAN_FACILITATION, "18", "27", False),
        # that goes to a person for another reason
        (LenderType.UNKNOWN, "12", "36", True),
    ],
)
def test_rates_above_the_cap_or_out_of_proportion_are_looked_at(
    lender: LenderType, contract: str, penalty: str, clear: bool
) -> None:
    loan = private(lender_type=lender, annual_rate_pct=Decimal(contract), penalty_rate_pct=Decimal(penalty))
    assert is_clear(loan) is clear


def test_where_nobody_knows_the_cap_any_penalty_is_looked_at() -> None:
    assert not is_clear(private(disbursed_on=BEFORE_PRIME))
    assert is_clear(private(disbursed_on=BEFORE_PRIME, penalty_rate_pct=Decimal(0)))
    booked = private(Components(penalty=1), disbursed_on=BEFORE_PRIME, penalty_rate_pct=Decimal(0))
    assert not is_clear(booked)


@pytest.mark.parametrize(
    ("charged", "clear"),
    [
        # 12 % on 1,000.00 for 90, 59 and 28 days of 360 is 59.00; a cent a row is rounding
        ([Components(penalty=5_903)], True),
        ([Components(penalty=5_904)], False),
        ([Components(fee=5_903)], True),
        ([Components(fee=2_952, penalty=2_952)], False),
        ([Components(), Components(), Components(), Components(fee=50_000)], True),
    ],
)
def test_what_the_book_has_charged_already_is_held_against_the_cap_too(
    charged: Sequence[Components], clear: bool
) -> None:
    assert is_clear(private(*charged)) is clear


def test_what_the_contract_rate_leaves_of_the_cap_is_room_for_fees_of_the_time() -> None:
    """6 % on 4,000.00, 3,000.00 and 2,000.00 for 61, 31 and 31 days is 66.50 more."""
    six = {"annual_rate_pct": Decimal(6), "penalty_rate_pct": Decimal(6)}
    assert is_clear(private(Components(fee=5_903 + 6_650), **six))
    assert not is_clear(private(Components(fee=5_903 + 6_651), **six))


def test_a_lenders_own_cap_says_nothing_of_sums() -> None:
    """What a bank or a card charges once for lateness (违约金) is no rate."""
    charged = private(Components(fee=50_000), lender_type=LenderType.CREDIT_CARD)
    assert is_clear(charged)
    assert not is_clear(replace(charged, lender_type=LenderType.PRIVATE))
