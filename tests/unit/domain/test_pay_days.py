"""What is to be paid when: a plan and doing nothing, told alike."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.doing_nothing import doing_nothing
from portal.domain.pay_days import PayDayKind, most_in_a_month, pay_days_of, pay_days_without_plan
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, TODAY, late_loan

LOAN = late_loan()
REQUESTS = st.builds(
    PlanRequest,
    kind=st.sampled_from([PlanKind.CATCH_UP, PlanKind.RESCHEDULE]),
    installments=st.integers(2, 24),
    every=st.sampled_from(["1 month", "2 weeks"]),
)


@given(REQUESTS)
def test_every_payment_is_there_once_in_the_order_of_dates(request: PlanRequest) -> None:
    plan = price_plan(LOAN, request, RULES)
    days = pay_days_of(plan, until=plan.ends_on)
    assert [day.on for day in days] == sorted(day.on for day in days)
    own = [day for day in days if day.kind is PayDayKind.PLAN]
    assert [(day.on, day.minor) for day in own] == [(row.due_on, row.due) for row in plan.rows]
    beside = sum(row.due for row in plan.running_rows if row.due_on <= plan.ends_on)
    assert sum(day.minor for day in days) == plan.cost.total_paid + beside


def test_usual_installments_go_on_to_the_end_of_the_comparison() -> None:
    plan = price_plan(LOAN, PlanRequest(PlanKind.CATCH_UP, installments=2), RULES)
    until = date(2026, 12, 31)
    usual = [day for day in pay_days_of(plan, until=until) if day.kind is PayDayKind.USUAL]
    assert [day.on for day in usual] == [row.due_on for row in plan.running_rows if row.due_on <= until]
    assert usual[-1].on > plan.ends_on


@given(st.dates(TODAY, date(2027, 12, 31)))
def test_doing_nothing_comes_to_what_it_says(until: date) -> None:
    nothing = doing_nothing(LOAN, on=TODAY, until=until)
    days = pay_days_without_plan(nothing)
    assert days[0].kind is PayDayKind.OVERDUE
    assert sum(day.minor for day in days) == nothing.total_then
    assert all(day.minor > 0 and TODAY <= day.on <= until for day in days)


def test_the_most_in_a_month_counts_every_payment_of_that_month() -> None:
    plan = price_plan(LOAN, PlanRequest(PlanKind.CATCH_UP, installments=4, every="2 weeks"), RULES)
    assert most_in_a_month(plan) > plan.most_at_a_time
    monthly = price_plan(LOAN, PlanRequest(PlanKind.CATCH_UP, installments=3, day_of_month=20), RULES)
    assert most_in_a_month(monthly) == monthly.most_at_a_time


def test_a_payment_that_slips_over_a_weekend_is_not_two_in_a_month() -> None:
    plan = price_plan(LOAN, PlanRequest(PlanKind.RESCHEDULE, installments=3, day_of_month=28), RULES)
    moved = replace(
        plan.rows[0], due_on=plan.rows[1].due_on.replace(day=1), date_moved_from=plan.rows[0].due_on
    )
    assert most_in_a_month(replace(plan, rows=(moved, *plan.rows[1:]))) == most_in_a_month(plan)


def test_the_penalty_of_doing_nothing_stands_last_and_by_itself() -> None:
    until = date(2027, 3, 1)
    nothing = doing_nothing(LOAN, on=TODAY, until=until)
    days = pay_days_without_plan(nothing)
    assert (days[-1].kind, days[-1].on, days[-1].minor) == (PayDayKind.PENALTY, until, nothing.penalty_added)
    assert {day.kind for day in days[1:-1]} == {PayDayKind.USUAL}
    today = pay_days_without_plan(doing_nothing(LOAN, on=TODAY, until=TODAY))
    assert [day.kind for day in today] == [PayDayKind.OVERDUE]
