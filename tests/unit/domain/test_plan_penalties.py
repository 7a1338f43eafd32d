"""Penalty beyond what an agreement fixed."""

from datetime import date

import pytest

from portal.domain.loans import Components, InstallmentFacts
from portal.domain.plan_penalties import penalty_beyond

SIGNED = {
    "arrears": {"principal": 1, "interest": 1, "fee": 1, "penalty": 900},
    "installments": [
        [1, "2026-09-12", 100, 10, 0, 100, 10, 0, 50],
        [2, "2026-10-12", 100, 10, 0, 0, 0, 0, 0],
    ],
}


@pytest.mark.parametrize(
    ("charged", "beyond"), [((50, 900), 0), ((0, 0), 0), ((50, 902), 0), ((50, 903), 3), ((950, 100), 100)]
)
def test_what_is_charged_above_the_fixed_sum_is_beyond_but_for_rounding(
    charged: tuple[int, int], beyond: int
) -> None:
    """950 is fixed: 900 that was out, and 50 that was paid before."""
    rows = [
        InstallmentFacts(number, date(2026, 9 + number, 12), Components(penalty=minor), Components())
        for number, minor in enumerate(charged)
    ]
    assert penalty_beyond(SIGNED, rows) == beyond
