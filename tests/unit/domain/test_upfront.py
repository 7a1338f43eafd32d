"""A sum paid first: its own row and date, and less to spread."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.money import format_minor
from portal.domain.owed import owed_on
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, TODAY, late_loan

LOAN = late_loan(extra=Components(fee=1_000, penalty=777))
LATE = LOAN.installments[6].outstanding


def everything_owed() -> int:
    return owed_on(LOAN, TODAY).total


def plan(kind: PlanKind = PlanKind.CATCH_UP, count: int = 4, **asked: Any) -> Plan:
    return price_plan(LOAN, PlanRequest(kind, installments=count, **asked), RULES)


def test_it_has_its_own_row_on_its_own_day_before_the_installments() -> None:
    found = plan(upfront_minor=20_000, day_of_month=20)
    assert [(row.number, row.date_moved_from or row.due_on) for row in found.rows] == [
        (0, date(2026, 9, 17)),
        (1, date(2026, 10, 20)),
        (2, date(2026, 11, 20)),
        (3, date(2026, 12, 20)),
        (4, date(2027, 1, 20)),
    ]
    assert found.upfront == found.rows[0]
    assert found.rows[0].due == 20_000


def test_fees_penalty_and_interest_are_paid_before_principal() -> None:
    assert plan(upfront_minor=1_500).rows[0].parts == Components(fee=1_000, penalty=500)
    assert plan(upfront_minor=10_000).rows[0].parts == Components(2_044, 6_179, 1_000, 777)


def test_the_rest_is_spread_to_the_cent() -> None:
    found = plan(upfront_minor=20_000)
    assert sum((row.parts for row in found.rows), Components()) == LATE
    sums = [row.due for row in found.installments]
    assert sum(sums) == LATE.total - 20_000
    assert max(sums) - min(sums) <= 4


def test_what_is_paid_first_bears_no_interest_from_today_on() -> None:
    """Of 6,000 and some principal 1,000 less is lent: a sixth less interest, but for a cent a row."""
    later = plan(
        PlanKind.RESCHEDULE, 12, arrears_treatment=ArrearsTreatment.WAIVED, first_on=date(2026, 10, 20)
    )
    with_it = plan(
        PlanKind.RESCHEDULE,
        12,
        arrears_treatment=ArrearsTreatment.WAIVED,
        upfront_minor=100_000,
        first_on=date(2026, 10, 20),
    )
    lent = sum(row.outstanding.principal for row in LOAN.installments)
    expected = later.cost.beyond_principal * (lent - 100_000) / lent
    assert abs(with_it.cost.beyond_principal - expected) <= 12
    assert "upfront_bears_no_interest" in with_it.notes


def test_monthly_payments_wait_a_month_and_weekly_ones_a_week() -> None:
    assert plan(upfront_minor=20_000, day_of_month=10).rows[1].due_on == date(2026, 10, 10)
    weekly = plan(upfront_minor=20_000, every="1 week", weekday=4)
    assert [row.date_moved_from or row.due_on for row in weekly.rows[:3]] == [
        date(2026, 9, 17),
        date(2026, 9, 24),
        date(2026, 10, 1),
    ]


@pytest.mark.parametrize("kind", [PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.STEP_UP])
def test_as_much_as_is_owed_leaves_nothing_to_spread(kind: PlanKind) -> None:
    for amount in (700_000, 10**12):
        with pytest.raises(DomainError) as refusal:
            plan(kind, steps=2, upfront_minor=amount)
        assert (refusal.value.code, refusal.value.field) == ("upfront_too_large", "upfront")
        owed = LATE.total if kind is PlanKind.CATCH_UP else everything_owed()
        assert refusal.value.details == {"currency": "CNY", "owed": format_minor(owed)}


def test_all_but_the_last_cents_may_come_first() -> None:
    assert [row.due for row in plan(upfront_minor=LATE.total - 4).rows] == [LATE.total - 4, 1, 1, 1, 1]
    with pytest.raises(DomainError, match="upfront_too_large"):
        plan(upfront_minor=LATE.total)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 9, 10), "upfront_in_past"),
        (date(2026, 9, 16), "upfront_too_early"),
        (date(2026, 10, 11), "upfront_too_late"),
    ],
)
def test_its_day_lies_between_the_answer_and_a_month_from_now(day: date, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        plan(upfront_minor=20_000, upfront_on=day)
    assert (refusal.value.code, refusal.value.field) == (code, "upfront_on")


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([PlanKind.CATCH_UP, PlanKind.RESCHEDULE]),
    st.integers(1, 90_000),
    st.integers(2, 12),
    st.sampled_from(list(ArrearsTreatment)),
)
def test_a_larger_sum_first_never_makes_a_payment_larger(
    kind: PlanKind, amount: int, count: int, treatment: ArrearsTreatment
) -> None:
    if kind is PlanKind.CATCH_UP and treatment is ArrearsTreatment.CAPITALISED:
        return
    small = plan(kind, count, upfront_minor=amount, arrears_treatment=treatment)
    large = plan(kind, count, upfront_minor=amount + 3_000, arrears_treatment=treatment)
    assert large.largest_payment <= small.largest_payment + 4


def test_its_day_stays_in_a_plan_that_is_kept() -> None:
    found = plan(upfront_minor=20_000, upfront_on=date(2026, 9, 21))
    assert Plan.from_terms(found.terms()).request == found.request
