"""Penalty on what is late: from which day, on what, and not in a pause."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.arrears import arrears_of
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, Pause
from portal.domain.penalty import accrued_penalty, paused_days, unpaused
from tests.unit.domain.late_loans import loan_of

DUE = date(2026, 3, 10)


def march(day: int) -> date:
    return date(2026, 3, day)


def late(**changes: object) -> LoanFacts:
    """10,000.00 of principal and 100.00 of interest, due on 10 March; 18.25 % of 365 days is 5.00 a day."""
    row = InstallmentFacts(1, DUE, Components(1_000_000, 10_000), Components())
    usual = {"penalty_rate_pct": Decimal("18.25"), "day_count": "act/365", "as_of": DUE}
    return loan_of(row, **{**usual, **changes})


def grown(on: date, loan: LoanFacts, *, is_running: bool = False) -> int:
    return accrued_penalty(loan, loan.installments[0], on=on, is_running_while_paused=is_running)


@pytest.mark.parametrize(
    ("as_of", "on", "penalty"),
    [
        (DUE, march(9), 0),
        (DUE, march(10), 0),
        (DUE, march(11), 500),
        (DUE, march(20), 5_000),
        # what the book says holds until its own day
        (march(15), march(15), 0),
        (march(15), march(16), 500),
        # a book of before the due date does not make it late sooner
        (march(1), march(11), 500),
    ],
)
def test_it_grows_by_the_day_from_the_due_date_or_from_the_book(as_of: date, on: date, penalty: int) -> None:
    assert grown(on, late(as_of=as_of)) == penalty


def test_no_more_grows_than_the_laws_cap_lets_be_claimed() -> None:
    """12 % is the cap of a private lender's contract of that day: 3.29 a day instead of 9.86."""
    private = {"lender_type": LenderType.PRIVATE, "disbursed_on": date(2025, 10, 1)}
    dear = late(penalty_rate_pct=Decimal(36), **private)
    assert grown(march(20), dear) == grown(march(20), replace(dear, penalty_rate_pct=Decimal(12))) == 3_288
    assert grown(march(20), replace(dear, lender_type=LenderType.BANK)) == 9_863
    booked = replace(dear.installments[0], due=Components(1_000_000, 10_000, penalty=77_777))
    arrears = arrears_of(replace(dear, installments=(booked,)), on=march(20))
    assert arrears.parts.penalty == 77_777 + 3_288


@pytest.mark.parametrize(
    ("paid", "penalty"), [(0, 5_000), (999_999, 0), (1_000_000, 0), (1_000_001, 0), (999_800, 1)]
)
def test_it_falls_on_principal_that_is_out(paid: int, penalty: int) -> None:
    """2.00 of principal for ten days bear one cent."""
    loan = late()
    row = replace(loan.installments[0], paid=Components(paid))
    assert accrued_penalty(loan, row, on=march(20)) == penalty


@pytest.mark.parametrize(
    ("day_count", "days", "penalty"),
    [("act/365", 10, 5_000), ("30/360", 10, 5_000), ("act/360", 10, 5_069)],
)
def test_a_years_days_are_the_loans_own_and_365_where_it_has_no_single_days(
    day_count: str, days: int, penalty: int
) -> None:
    assert grown(march(10 + days), late(day_count=day_count)) == penalty


def test_a_pause_stops_it_unless_policy_says_not() -> None:
    paused = late(pauses=(Pause(march(12), march(18)),))
    assert grown(march(20), paused) == 2_000
    assert grown(march(20), paused, is_running=True) == 5_000
    whole = late(pauses=(Pause(march(1), None),))
    assert grown(march(20), whole) == 0


STRETCH = (march(10), march(20))


@pytest.mark.parametrize(
    ("pauses", "free"),
    [
        ([], [(10, 20)]),
        ([(12, 15)], [(10, 12), (15, 20)]),
        ([(12, None)], [(10, 12)]),
        ([(5, 15)], [(15, 20)]),
        ([(10, 20)], []),
        ([(5, 10)], [(10, 20)]),
        ([(20, 25)], [(10, 20)]),
        ([(19, 25)], [(10, 19)]),
        ([(5, 11)], [(11, 20)]),
        # overlapping, one within another, out of their order, and neighbours
        ([(14, 18), (12, 16)], [(10, 12), (18, 20)]),
        ([(12, 18), (14, 16)], [(10, 12), (18, 20)]),
        ([(12, 14), (14, 16)], [(10, 12), (16, 20)]),
        ([(12, 13), (15, 16)], [(10, 12), (13, 15), (16, 20)]),
        # a pause that ends as it begins, or before
        ([(12, 12)], [(10, 20)]),
        ([(14, 12)], [(10, 20)]),
    ],
)
def test_what_lies_outside_every_pause(
    pauses: list[tuple[int, int | None]], free: list[tuple[int, int]]
) -> None:
    given = [Pause(march(first), None if last is None else march(last)) for first, last in pauses]
    found = unpaused(*STRETCH, given)
    assert [(first.day, last.day) for first, last in found] == free
    assert paused_days(*STRETCH, given) == 10 - sum(last - first for first, last in free)
