"""What an offer changes of what was signed: every figure, every payment, and kinds that cover the same debt."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plan_differences import Figure, FigureChange, Value, plan_difference
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, late_loan

FACTS = late_loan()
SIX = PlanRequest(kind=PlanKind.CATCH_UP, installments=6, day_of_month=15)


def test_the_same_plan_changes_nothing() -> None:
    plan = price_plan(FACTS, SIX, RULES)
    difference = plan_difference(plan, plan)
    assert difference.changed == []
    assert not any(payment.is_changed for payment in difference.payments)


@given(st.integers(1, 24), st.integers(1, 24))
def test_figures_differ_by_exactly_what_is_between_them(before: int, after: int) -> None:
    old, new = (price_plan(FACTS, replace(SIX, installments=count), RULES) for count in (before, after))
    figures = {change.figure: change for change in plan_difference(old, new).figures}
    assert set(figures) == set(Figure) - {Figure.WAIVED}
    assert figures[Figure.PAYMENTS].by == after - before
    assert figures[Figure.ENDS_ON].by == (new.ends_on - old.ends_on).days
    assert figures[Figure.TOTAL].by == new.cost.total_paid - old.cost.total_paid
    assert len(plan_difference(old, new).payments) == max(before, after)


def test_what_an_offer_gives_up_is_told_against_all_that_is_owed() -> None:
    """Not against the plan that was signed, whose interest nobody owes yet."""
    signed = price_plan(FACTS, SIX, RULES)
    settled = price_plan(
        FACTS, PlanRequest(kind=PlanKind.SETTLEMENT, installments=1, settle_minor=500_000), RULES
    )
    figures = {change.figure: change for change in plan_difference(signed, settled).figures}
    assert (figures[Figure.WAIVED].before, figures[Figure.WAIVED].after) == (0, settled.waived.total)
    assert figures[Figure.WAIVED].by > 0


def test_a_plan_beside_the_schedule_is_compared_with_the_schedule_in_it() -> None:
    beside = price_plan(FACTS, SIX, RULES)
    anew = price_plan(FACTS, PlanRequest(kind=PlanKind.DEFER, defer_periods=2), RULES)
    figures = {change.figure: change for change in plan_difference(beside, anew).figures}
    running = sum(row.due for row in beside.running_rows)
    assert running > 0
    assert figures[Figure.TOTAL].before == beside.cost.total_paid + running
    assert figures[Figure.TOTAL].after == anew.cost.total_paid
    interest = sum(row.parts.interest for row in beside.running_rows)
    assert figures[Figure.BEYOND_PRINCIPAL].before == beside.cost.beyond_principal + interest
    assert figures[Figure.BEYOND_PRINCIPAL].after == anew.cost.beyond_principal
    assert (figures[Figure.KIND].before, figures[Figure.KIND].after) == ("catch_up", "defer")
    assert figures[Figure.LARGEST].before == beside.most_at_a_time
    assert figures[Figure.FIRST_ON].after == anew.first_on
    assert figures[Figure.ANNUAL_COST].after == anew.cost.annual_compound_pct


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        (date(2026, 11, 1), date(2026, 12, 1), 30),
        (date(2026, 12, 1), date(2026, 11, 1), -30),
        (date(2026, 12, 1), None, 0),
        (None, date(2026, 12, 1), 0),
        (500, 800, 300),
        (500, None, 0),
        (None, 500, 0),
        ("9.50", "12.00", 0),
    ],
)
def test_what_stands_on_one_side_alone_has_no_difference(before: Value, after: Value, by: int) -> None:
    assert FigureChange(Figure.FIRST_ON, before, after).by == by


def test_payments_are_set_side_by_side_by_their_number() -> None:
    two, three = (price_plan(FACTS, replace(SIX, installments=count), RULES) for count in (2, 3))
    difference = plan_difference(two, three)
    assert [(each.number, each.before, each.after) for each in difference.payments] == [
        (1, two.rows[0], three.rows[0]),
        (2, two.rows[1], three.rows[1]),
        (3, None, three.rows[2]),
    ]
    assert all(each.is_changed for each in difference.payments)
    later = replace(two, rows=[replace(two.rows[0], due_on=date(2026, 12, 24)), two.rows[1]])
    assert [each.is_changed for each in plan_difference(two, later).payments] == [True, False]
