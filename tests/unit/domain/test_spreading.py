"""Sums by component over payments: to the minor unit, by proportion, and in the order that is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding
from portal.domain.spreading import (
    added,
    first_of,
    kept,
    placed,
    placed_sums,
    refuse_capitalised,
    spread,
    waived,
    without_principal,
)

SUMS = Components(principal=800, interest=100, fee=60, penalty=40)
NOTHING = Components()


def test_each_payment_takes_its_share_of_every_component() -> None:
    """1,000 in 500, 300 and 200: half, three tenths and a fifth of each."""
    assert spread(SUMS, [500, 300, 200]) == [
        Components(400, 50, 30, 20),
        Components(240, 30, 18, 12),
        Components(160, 20, 12, 8),
    ]


parts = st.integers(0, 10_000)


@given(
    st.builds(Components, parts, parts, parts, parts), st.lists(st.integers(1, 100), min_size=1, max_size=5)
)
def test_what_is_spread_adds_up_by_payment_and_by_component(total: Components, weights: list[int]) -> None:
    amounts = [total.total * weight // sum(weights) for weight in weights]
    amounts[-1] += total.total - sum(amounts)
    shares = spread(total, amounts)
    assert [share.total for share in shares] == amounts
    assert sum(shares, NOTHING) == total


@pytest.mark.parametrize(
    ("amount", "taken"),
    [
        (0, Components()),
        (59, Components(fee=59)),
        (61, Components(fee=60, penalty=1)),
        (101, Components(fee=60, penalty=40, interest=1)),
        (201, Components(fee=60, penalty=40, interest=100, principal=1)),
        (1_000, SUMS),
    ],
)
def test_a_sum_pays_one_component_after_the_other(amount: int, taken: Components) -> None:
    assert first_of(SUMS, amount, ("fee", "penalty", "interest", "principal")) == taken


def test_principal_stands_apart_from_the_rest() -> None:
    assert without_principal(SUMS) == Components(interest=100, fee=60, penalty=40)


def test_extras_are_added_row_by_row() -> None:
    rows = [Components(1, 2, 3, 4), Components(5)]
    assert added(rows, [Components(10), Components(fee=20)]) == [
        Components(11, 2, 3, 4),
        Components(5, 0, 20),
    ]
    with pytest.raises(ValueError, match="zip"):
        added(rows, [NOTHING])


@pytest.mark.parametrize("treatment", ArrearsTreatment)
def test_only_a_waiver_gives_up_and_it_gives_up_all(treatment: ArrearsTreatment) -> None:
    is_waiver = treatment is ArrearsTreatment.WAIVED
    assert (kept(SUMS, treatment), waived(SUMS, treatment)) == (
        (NOTHING, SUMS) if is_waiver else (SUMS, NOTHING)
    )


@pytest.mark.parametrize("treatment", ArrearsTreatment)
def test_only_a_plan_that_lends_anew_has_a_principal_to_add_to(treatment: ArrearsTreatment) -> None:
    if treatment is not ArrearsTreatment.CAPITALISED:
        refuse_capitalised(treatment)
        return
    with pytest.raises(DomainError, match=r"^treatment_not_for_kind$") as refusal:
        refuse_capitalised(treatment)
    assert refusal.value.field == "arrears_treatment"


BESIDE = Components(interest=50, fee=30, penalty=20)


def test_old_sums_come_with_the_first_payment_or_evenly() -> None:
    first = ArrearsTreatment.FIRST_INSTALLMENT
    assert placed(BESIDE, 3, treatment=first, rounding=Rounding.FLOOR) == [BESIDE, NOTHING, NOTHING]
    assert placed(BESIDE, 1, treatment=first, rounding=Rounding.FLOOR) == [BESIDE]
    assert placed(BESIDE, 2, treatment=ArrearsTreatment.SPREAD, rounding=Rounding.FLOOR) == [
        Components(0, 25, 15, 10),
        Components(0, 25, 15, 10),
    ]


@pytest.mark.parametrize(
    ("total", "rounding", "sums"),
    [
        (101, Rounding.FLOOR, [25, 25, 25, 26]),
        (102, Rounding.HALF_UP, [26, 26, 26, 24]),
        (102, Rounding.HALF_EVEN, [26, 26, 26, 24]),
        (98, Rounding.HALF_EVEN, [24, 24, 24, 26]),
        (98, Rounding.HALF_UP, [25, 25, 25, 23]),
    ],
)
def test_even_shares_are_rounded_as_the_product_rounds_and_the_last_takes_what_is_left(
    total: int, rounding: Rounding, sums: list[int]
) -> None:
    """98 in four is 24.5 each."""
    spread_ = ArrearsTreatment.SPREAD
    found = placed(Components(interest=total), 4, treatment=spread_, rounding=rounding)
    assert [each.total for each in found] == sums
    assert list(placed_sums(Components(interest=total), 4, treatment=spread_, rounding=rounding)) == sums


@pytest.mark.parametrize("treatment", [ArrearsTreatment.SPREAD, ArrearsTreatment.FIRST_INSTALLMENT])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_sums_alone_are_those_of_the_components(treatment: ArrearsTreatment, count: int) -> None:
    found = placed(BESIDE, count, treatment=treatment, rounding=Rounding.HALF_EVEN)
    assert list(placed_sums(BESIDE, count, treatment=treatment, rounding=Rounding.HALF_EVEN)) == [
        each.total for each in found
    ]
