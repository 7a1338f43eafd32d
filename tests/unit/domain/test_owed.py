"""All that is owed on a day: what is late, what comes, and the share of the running period."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.owed import all_owed, owed_on
from tests.unit.domain.late_loans import loan_of
from tests.unit.domain.refusals import refusal


def loan(*paid: Components) -> LoanFacts:
    """1,000.00 and 30.00 of interest on the first of September, October and November; 2.00 of fees in the last."""
    dues = [Components(100_000, 3_000), Components(100_000, 3_000), Components(100_000, 3_000, 200)]
    given = [*paid, *[Components()] * 3]
    rows = [
        InstallmentFacts(number, date(2026, 8 + number, 1), due, given[number - 1])
        for number, due in enumerate(dues, 1)
    ]
    return loan_of(*rows, disbursed_on=date(2026, 8, 1), penalty_rate_pct=Decimal(0), as_of=date(2026, 8, 1))


FIRST_PAID = Components(100_000, 3_000)


def test_what_is_late_what_comes_and_what_stands_beside_principal() -> None:
    """On 11 September ten of thirty days of October's 30.00 have run."""
    owed = all_owed(loan(), date(2026, 9, 11))
    assert [row.number for row in owed.arrears.installments] == [1]
    assert [row.number for row in owed.coming] == [2, 3]
    assert (owed.principal, owed.coming_principal, owed.accrued) == (300_000, 200_000, 1_000)
    assert owed.beside_principal == Components(interest=4_000, fee=200)
    assert owed.total == 304_200


@pytest.mark.parametrize(
    ("on", "accrued"),
    [
        (date(2026, 8, 1), 0),
        (date(2026, 7, 31), 0),
        (date(2026, 8, 2), 97),
        (date(2026, 8, 31), 2_903),
    ],
)
def test_before_the_first_payment_days_run_from_the_day_of_the_loan(on: date, accrued: int) -> None:
    """30.00 over 31 days: 0.967… a day."""
    assert all_owed(loan(), on).accrued == accrued


@pytest.mark.parametrize(("paid", "accrued"), [(0, 1_000), (400, 600), (1_000, 0), (2_500, 0)])
def test_what_was_paid_of_the_running_interest_counts(paid: int, accrued: int) -> None:
    ahead = loan(FIRST_PAID, Components(interest=paid))
    assert all_owed(ahead, date(2026, 9, 11)).accrued == accrued


def test_where_a_payment_ahead_is_met_the_days_run_towards_the_next() -> None:
    """On 11 October ten of thirty-one days of November's 30.00; before October nothing of it."""
    ahead = loan(FIRST_PAID, Components(100_000, 3_000))
    assert all_owed(ahead, date(2026, 10, 11)).accrued == 968
    assert all_owed(ahead, date(2026, 9, 20)).accrued == 0


def test_after_the_last_payment_nothing_runs() -> None:
    owed = all_owed(loan(), date(2026, 12, 1))
    assert (list(owed.coming), owed.accrued) == ([], 0)
    assert owed.beside_principal == Components(interest=9_000, fee=200)


def test_a_plan_takes_over_what_is_late() -> None:
    on = date(2026, 9, 11)
    assert owed_on(loan(), on) == all_owed(loan(), on)
    kept = loan(FIRST_PAID)
    assert refusal(lambda: owed_on(kept, on)) == ("nothing_overdue", None, None)
    assert owed_on(replace(kept, is_under_plan=True), on).principal == 200_000
