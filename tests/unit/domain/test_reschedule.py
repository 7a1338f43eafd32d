"""Rescheduling: everything still owed in new installments, by the loan's own convention."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.lent_anew import lend_anew
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.owed import owed_on
from portal.domain.plans import ArrearsTreatment
from portal.domain.reschedule import convention_of, draft_reschedule, reschedule_sums
from portal.domain.rounding import Rounding
from portal.domain.schedules import Amortisation, Convention, InterestMethod
from portal.domain.upfront import Upfront
from tests.unit.domain.late_loans import TODAY, loan_of

ON = date(2026, 9, 11)
MONTH = Every.parse("1 month")
DAYS = [date(2026, month, 11) for month in (10, 11, 12)]


def loan(**changes: Any) -> LoanFacts:
    """1,200.00 of principal, half of it late since the day before with 4.00 of interest and 2.00 of fees; 1 % a month."""
    return loan_of(
        InstallmentFacts(1, date(2026, 9, 10), Components(60_000, 400, 200), Components()),
        InstallmentFacts(2, date(2026, 10, 10), Components(60_000), Components()),
        **{"penalty_rate_pct": Decimal(0), **changes},
    )


def draft(
    facts: LoanFacts, count: int = 3, treatment: ArrearsTreatment = ArrearsTreatment.SPREAD, **more: Any
) -> Any:
    return draft_reschedule(facts, owed_on(facts, ON), DAYS[:count], every=MONTH, treatment=treatment, **more)


def test_interest_runs_from_today_on_principal_alone_and_old_sums_are_spread() -> None:
    """1,200.00 over three months at 1 %: an annuity of 408.03 with interest of 12.00, 8.04 and 4.04; and 2.00 each of old sums."""
    found = draft(loan())
    own = [(39_603, 1_200), (39_999, 804), (40_398, 404)]
    old = Components(interest=133, fee=67)
    assert [(part.principal, part.interest + part.fee) for part in found.parts] == [
        (repaid, interest + 200) for repaid, interest in own
    ]
    assert found.parts[0] == Components(39_603, 1_200) + old
    assert found.left_after == [80_397, 40_398, 0]
    assert (found.advance, found.financed, found.repays) == (120_600, 120_000, 120_000)
    assert found.dates == DAYS


def test_what_is_added_to_the_principal_bears_interest() -> None:
    """1 % of 1,206.00 is 12.06."""
    first = draft(loan(), treatment=ArrearsTreatment.CAPITALISED).parts[0]
    assert (first.interest, first.fee) == (1_206, 0)


def test_a_first_period_counts_by_its_days() -> None:
    """Ten days more than a month, by 30/360: 40/30 of 1 %."""
    facts = loan()
    late = [date(2026, 10, 21), *DAYS[1:]]
    found = draft_reschedule(facts, owed_on(facts, ON), late, every=MONTH, treatment=ArrearsTreatment.WAIVED)
    assert found.parts[0].interest == 1_600
    assert found.waived == Components(interest=400, fee=200)


def test_a_sum_first_makes_what_is_lent_smaller() -> None:
    """6.00 pay the old sums, 194.00 principal: 1,006.00 are lent, and bear 10.06 in the first month."""
    found = draft(loan(), upfront=Upfront(20_000, TODAY))
    assert found.parts[0] == Components(19_400, 400, 200)
    assert found.parts[1].interest == 1_006
    assert found.has_upfront


@pytest.mark.parametrize("treatment", ArrearsTreatment)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rounding": "floor"},
        {"rounding": "half_up", "day_count": "act/365"},
        {"interest_method": "flat"},
        {"multiple": 10},
        {"annual_rate_pct": Decimal(0)},
        {"annual_rate_pct": Decimal("23.7"), "day_count": "act/act"},
    ],
    ids=str,
)
def test_the_sums_alone_are_those_of_the_draft(treatment: ArrearsTreatment, changes: dict[str, Any]) -> None:
    facts = loan(**changes)
    owed = owed_on(facts, ON)
    for count in (1, 2, 3):
        anew = lend_anew(facts, owed, treatment=treatment, upfront=None)
        sums = reschedule_sums(facts, anew, ON, DAYS[:count], every=MONTH, treatment=treatment)
        assert list(sums) == [part.total for part in draft(facts, count, treatment).parts]


def test_the_convention_is_the_loans_own_but_for_equal_installments() -> None:
    facts = replace(
        loan(),
        amortisation="equal_principal",
        day_count="act/365",
        interest_method="flat",
        rounding="floor",
        multiple=10,
    )
    own = Convention(
        day_count=DayCount("act/365"),
        amortisation=Amortisation.EQUAL_INSTALLMENT,
        interest_method=InterestMethod.FLAT,
        rounding=Rounding.FLOOR,
        multiple=10,
    )
    assert convention_of(facts) == own
    assert convention_of(facts, Amortisation.EQUAL_PRINCIPAL) == replace(
        own, amortisation=Amortisation.EQUAL_PRINCIPAL
    )


def test_whole_units_are_those_of_the_currency() -> None:
    """Tens of yen are 10 minor units, tens of yuan 1,000."""
    for currency, unit in (("JPY", 10), ("CNY", 1_000)):
        first = draft(loan(currency=currency, multiple=10), treatment=ArrearsTreatment.WAIVED).parts[0]
        assert first.total % unit == 0
    assert (
        draft(loan(currency="JPY", multiple=10), treatment=ArrearsTreatment.WAIVED).parts[0].total == 40_800
    )
