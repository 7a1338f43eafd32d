"""All that is overdue, in one payment, by a promised day."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.plan_dates import promised_dates
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import CALENDAR, POLICY, RULES, TODAY, late_loan

LOAN = late_loan(extra=Components(fee=1_000, penalty=700))
LATE = LOAN.installments[6].outstanding


def pay_by(day: date | None = None, **asked: Any) -> Plan:
    return price_plan(LOAN, PlanRequest(PlanKind.PAY_BY_DATE, first_on=day, **asked), RULES)


def test_everything_in_arrears_is_one_payment_beside_the_running_schedule() -> None:
    plan = pay_by(date(2026, 9, 29))
    assert [(row.number, row.due_on, row.parts, row.balance) for row in plan.rows] == [
        (1, date(2026, 9, 29), LATE, 0)
    ]
    assert plan.advance == plan.cost.total_paid == LATE.total
    assert [row.number for row in plan.running_rows] == [8, 9, 10, 11, 12]
    assert plan.cost.annual_compound_pct == plan.cost.annual_simple_pct == "0.00"
    assert plan.most_at_a_time == LATE.total + LOAN.installments[7].due.total


def test_the_day_lies_after_the_promised_answer_and_within_thirty_days() -> None:
    """Thursday 10 September: the answer comes by Monday."""
    assert promised_dates(TODAY, POLICY, CALENDAR) == (date(2026, 9, 15), date(2026, 10, 10))
    assert pay_by(date(2026, 9, 15)).ends_on == date(2026, 9, 15)
    assert pay_by(date(2026, 10, 10)).ends_on == date(2026, 10, 10)
    assert pay_by().ends_on == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 9, 9), "promise_in_past"),
        (TODAY, "promise_in_past"),
        (date(2026, 9, 14), "promise_too_early"),
        (date(2026, 10, 11), "promise_too_late"),
        (date(2027, 9, 15), "promise_too_late"),
    ],
)
def test_another_day_is_refused_naming_the_one_that_would_do(day: date, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        pay_by(day)
    assert (refusal.value.code, refusal.value.field) == (code, "first_on")


def test_a_day_off_moves_to_the_next_working_day_at_no_cost() -> None:
    plan = pay_by(date(2026, 9, 26))
    assert (plan.ends_on, plan.rows[0].date_moved_from) == (date(2026, 9, 28), date(2026, 9, 26))
    assert plan.cost.total_paid == LATE.total


def test_what_is_waived_is_said() -> None:
    plan = pay_by(arrears_treatment=ArrearsTreatment.WAIVED)
    assert plan.rows[0].parts == Components(principal=LATE.principal)
    assert plan.waived == LATE - Components(principal=LATE.principal)


@given(st.dates(date(2026, 9, 15), date(2026, 10, 10)))
def test_any_day_within_costs_the_same(day: date) -> None:
    assert pay_by(day).cost.total_paid == LATE.total
