"""Paying everything early: interest for the days that passed, no fee, and never more than with all payments as planned."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.early_payment import early_payment, is_exact_for
from portal.domain.loans import LoanFacts
from portal.domain.plan_progress import progress_of
from portal.domain.plans import UPFRONT_NUMBER, PlanKind
from tests.unit.domain.late_loans import TODAY, late_loan
from tests.unit.domain.test_plan_progress import FIRST, SIGNED, THREE, paid, plan_of_rows, row

DUE = date(2026, 9, 15)
"""The next installment's day; the one before fell due on 15 August."""


@pytest.fixture
def kept() -> LoanFacts:
    """Nothing late: seven installments are met."""
    return late_loan(met=7)


def principal_left(loan: LoanFacts) -> int:
    return sum(row.outstanding.principal for row in loan.installments)


def test_on_a_due_date_it_is_the_principal_with_that_periods_interest(kept: LoanFacts) -> None:
    quote = early_payment(kept, DUE)
    following = next(row for row in kept.installments if row.due_on == DUE)
    assert quote.parts.principal == principal_left(kept)
    assert quote.parts.interest == following.due.interest
    assert quote.parts.fee == quote.parts.penalty == 0


def test_half_way_it_is_the_days_share_of_the_interest(kept: LoanFacts) -> None:
    following = next(row for row in kept.installments if row.due_on == DUE)
    quote = early_payment(kept, date(2026, 8, 25))
    share = Decimal(following.due.interest * 10) / 31
    assert quote.parts.interest == int(share.quantize(Decimal(1)))


def test_what_is_saved_is_the_interest_of_the_time_that_does_not_come(kept: LoanFacts) -> None:
    quote = early_payment(kept, DUE)
    later = [row for row in kept.installments if row.due_on > DUE]
    assert quote.saved == sum(row.due.interest for row in later)


def test_late_installments_are_paid_with_their_penalty() -> None:
    loan = late_loan(met=6)
    quote = early_payment(loan, TODAY + timedelta(days=5))
    assert quote.parts.penalty > 0
    assert quote.parts.principal == principal_left(loan)


@given(st.integers(0, 5), st.integers(0, 200), st.integers(0, 60))
def test_it_is_never_more_than_paying_as_planned_and_never_less_than_the_principal(
    unmet: int, ahead: int, more: int
) -> None:
    loan = replace(late_loan(met=12 - unmet), penalty_rate_pct=Decimal(0))
    quote = early_payment(loan, TODAY + timedelta(days=ahead))
    planned = sum(row.outstanding.total for row in loan.installments)
    assert principal_left(loan) <= quote.total <= planned
    assert quote.total + quote.saved == planned
    assert early_payment(loan, TODAY + timedelta(days=ahead + more)).total >= quote.total


@pytest.mark.parametrize(
    ("kind", "is_exact"),
    [
        (PlanKind.CATCH_UP, True),
        (PlanKind.PAY_BY_DATE, True),
        (PlanKind.RESCHEDULE, True),
        (PlanKind.STEP_UP, True),
        (PlanKind.DEFER, False),
        (PlanKind.INTEREST_ONLY, False),
        (PlanKind.SETTLEMENT, False),
    ],
)
def test_under_a_plan_that_moved_no_dates_the_sum_is_told_to_the_cent(
    kind: PlanKind, *, is_exact: bool
) -> None:
    plan = replace(THREE, kind=kind)
    assert is_exact_for(plan, progress_of(plan, (), on=SIGNED)) is is_exact


def test_a_sum_that_is_paid_first_takes_of_everything_and_then_no_longer_stands_in_the_way() -> None:
    rows = [row(UPFRONT_NUMBER, FIRST), row(1, date(2026, 12, 21))]
    anew = replace(plan_of_rows(rows), kind=PlanKind.RESCHEDULE)
    assert not is_exact_for(anew, progress_of(anew, (), on=SIGNED))
    assert is_exact_for(anew, progress_of(anew, [paid("a", SIGNED, 100_000)], on=SIGNED))
    beside = replace(anew, kind=PlanKind.CATCH_UP)
    assert is_exact_for(beside, progress_of(beside, (), on=SIGNED))
