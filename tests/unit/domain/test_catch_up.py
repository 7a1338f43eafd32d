"""Catching up: the arrears alone, in parts beside the running schedule, to the cent."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from portal.domain.catch_up import catch_up_sums, draft_catch_up, rest_to_spread
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.owed import owed_on
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding
from portal.domain.upfront import Upfront
from tests.unit.domain.late_loans import TODAY, loan_of

ARREARS = Components(principal=800, interest=100, fee=60, penalty=40)
LOAN = loan_of(
    InstallmentFacts(1, date(2026, 9, 10), ARREARS, Components()),
    InstallmentFacts(2, date(2026, 10, 10), Components(principal=5_000, interest=50), Components()),
    penalty_rate_pct=0,
)
"""10.00 are late since the day before, of which 2.00 beside principal."""
ON = date(2026, 9, 11)
OWED = owed_on(LOAN, ON)
DAYS = [date(2026, month, 20) for month in (10, 11, 12)]
FIRST = Upfront(200, TODAY)


def draft(count: int = 2, treatment: ArrearsTreatment = ArrearsTreatment.SPREAD, **more: Any) -> Any:
    return draft_catch_up(LOAN, OWED, DAYS[:count], treatment=treatment, **more)


def test_the_arrears_are_paid_in_equal_parts_of_every_component() -> None:
    found = draft()
    assert found.dates == DAYS[:2]
    assert found.parts == [Components(400, 50, 30, 20)] * 2
    assert found.left_after == [500, 0]
    assert (found.advance, found.financed, found.repays) == (1_000, 1_000, 800)
    assert (found.waived, found.has_upfront) == (Components(), False)


def test_all_but_principal_may_come_with_the_first_payment() -> None:
    found = draft(treatment=ArrearsTreatment.FIRST_INSTALLMENT)
    assert found.parts == [Components(400, 100, 60, 40), Components(400)]
    assert found.left_after == [400, 0]


def test_a_waiver_leaves_the_principal() -> None:
    found = draft(treatment=ArrearsTreatment.WAIVED)
    assert found.parts == [Components(400)] * 2
    assert (found.advance, found.repays, found.waived) == (800, 800, Components(0, 100, 60, 40))


def test_a_sum_first_pays_fees_penalty_interest_and_principal_in_this_order() -> None:
    """2.00 are all that stands beside principal."""
    found = draft(upfront=FIRST)
    assert found.dates == [TODAY, *DAYS[:2]]
    assert found.parts == [Components(0, 100, 60, 40), Components(400), Components(400)]
    assert found.left_after == [800, 400, 0]
    assert (found.advance, found.financed, found.repays) == (1_000, 1_000, 800)
    assert found.has_upfront


def test_nothing_can_be_added_to_a_principal_that_goes_on_as_it_is() -> None:
    with pytest.raises(DomainError, match="treatment_not_for_kind"):
        draft(treatment=ArrearsTreatment.CAPITALISED)


@pytest.mark.parametrize("amount", [1_000, 1_001])
def test_a_sum_first_leaves_something_to_spread(amount: int) -> None:
    with pytest.raises(DomainError, match="upfront_too_large") as refusal:
        draft(upfront=Upfront(amount, TODAY))
    assert refusal.value.details == {"currency": "CNY", "owed": "10.00"}
    assert (
        rest_to_spread(LOAN, OWED, treatment=ArrearsTreatment.SPREAD, upfront=Upfront(999, TODAY)).total == 1
    )


def test_what_is_left_to_spread_does_not_ask_how_many_payments_there_are() -> None:
    assert rest_to_spread(LOAN, OWED, treatment=ArrearsTreatment.SPREAD, upfront=None) == ARREARS
    assert rest_to_spread(LOAN, OWED, treatment=ArrearsTreatment.WAIVED, upfront=FIRST) == Components(600)


def test_there_are_no_more_payments_than_minor_units() -> None:
    three = Components(principal=2, fee=1)
    assert list(catch_up_sums(three, 3, treatment=ArrearsTreatment.SPREAD, rounding=Rounding.FLOOR)) == [
        1,
        1,
        1,
    ]
    with pytest.raises(DomainError, match=r"^installments_out_of_range$") as refusal:
        catch_up_sums(three, 4, treatment=ArrearsTreatment.SPREAD, rounding=Rounding.FLOOR)
    assert (refusal.value.field, refusal.value.details) == ("installments", {"maximum": 3})
    with pytest.raises(DomainError, match=r"^installments_out_of_range$") as refusal:
        draft(upfront=Upfront(998, TODAY), count=3)
    assert refusal.value.details == {"maximum": 2}


@pytest.mark.parametrize("treatment", [ArrearsTreatment.SPREAD, ArrearsTreatment.FIRST_INSTALLMENT])
@pytest.mark.parametrize(
    ("count", "rounding"), [(1, "floor"), (3, "floor"), (3, "half_even"), (3, "half_up")]
)
def test_the_sums_alone_are_those_of_the_draft(
    treatment: ArrearsTreatment, count: int, rounding: str
) -> None:
    """Of 10.00 and of 8.00 a third leaves a cent."""
    loan = loan_of(*LOAN.installments, rounding=rounding, penalty_rate_pct=0)
    found = draft_catch_up(loan, OWED, DAYS[:count], treatment=treatment)
    sums: Sequence[int] = catch_up_sums(ARREARS, count, treatment=treatment, rounding=Rounding(rounding))
    assert list(sums) == [part.total for part in found.parts]
    if count == 3:
        spread = [333, 333, 334] if treatment is ArrearsTreatment.SPREAD else None
        first = {"floor": [466, 266, 268], "half_even": [467, 267, 266], "half_up": [467, 267, 266]}[rounding]
        assert list(sums) == (spread or first)
