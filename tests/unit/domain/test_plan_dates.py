"""When a plan's payments fall."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import add_months, next_day_of_month
from portal.domain.errors import DomainError
from portal.domain.plan_dates import earliest_first_date, first_date, moved_dates, plan_dates
from portal.domain.plans import PlanKind, PlanRequest
from tests.published import SHARED, Case
from tests.unit.domain.late_loans import CALENDAR, POLICY, TODAY

ASKED = PlanRequest(kind=PlanKind.CATCH_UP, installments=3)


def first(**changes: Any) -> date:
    return first_date(replace(ASKED, **changes), on=TODAY, policy=POLICY, calendar=CALENDAR)


def test_the_first_payment_waits_three_working_days_after_the_latest_promised_answer() -> None:
    """Thursday: the answer comes by Monday, three working days later it is Thursday."""
    assert earliest_first_date(TODAY, POLICY, CALENDAR) == date(2026, 9, 17)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (17, date(2026, 9, 17)),
        (16, date(2026, 10, 16)),
        (1, date(2026, 10, 1)),
        (0, date(2026, 9, 30)),
    ],
)
def test_the_first_payment_is_the_chosen_day_on_or_after_that(day: int, expected: date) -> None:
    assert first(day_of_month=day) == expected


def test_weekly_payments_begin_as_early_as_they_can() -> None:
    assert first(every="1 week") == date(2026, 9, 17)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first_on": TODAY}, "first_date_in_past"),
        ({"first_on": date(2025, 1, 1)}, "first_date_in_past"),
        ({"first_on": date(2026, 9, 16)}, "first_date_too_early"),
        ({"first_on": date(2026, 11, 19)}, "first_date_too_late"),
        ({"day_of_month": 29}, "day_of_month_unknown"),
        ({"day_of_month": -1}, "day_of_month_unknown"),
        ({"every": "now and then"}, "period_unclear"),
    ],
)
def test_a_first_date_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        first(**changes)
    assert refusal.value.code == code
    assert refusal.value.field in {"first_on", "day_of_month", "every"}


def test_the_earliest_date_is_named_in_the_refusal() -> None:
    with pytest.raises(DomainError) as refusal:
        first(first_on=date(2026, 9, 16))
    assert refusal.value.details == {"earliest": "2026-09-17"}


def test_the_last_day_of_the_month_stays_the_last() -> None:
    asked = replace(ASKED, day_of_month=0)
    dates = plan_dates(date(2026, 11, 30), asked, 4)
    assert dates == [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


def test_days_off_move_and_say_from_where() -> None:
    moved = moved_dates([date(2026, 9, 25), date(2026, 10, 10), date(2027, 1, 3)], CALENDAR)
    assert [(m.due_on, m.moved_from, m.is_unchecked) for m in moved] == [
        (date(2026, 9, 28), date(2026, 9, 25), False),
        (date(2026, 10, 10), None, False),
        (date(2027, 1, 3), None, True),
    ]


@given(st.dates(date(2026, 9, 1), date(2027, 2, 1)), st.integers(1, 10), st.integers(2, 40))
def test_moved_dates_still_strictly_rise(start: date, step: int, count: int) -> None:
    reckoned = [start + timedelta(days=step * n) for n in range(count)]
    moved = moved_dates(reckoned, CALENDAR)
    assert all(one.due_on < two.due_on for one, two in pairwise(moved))
    assert all(m.due_on >= day for m, day in zip(moved, reckoned, strict=True))
    assert all(CALENDAR.is_working(m.due_on) for m in moved if not m.is_unchecked)


def published_start_dates() -> Sequence[Any]:
    path = SHARED / "cases" / "uk_tax_plans.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    return list(json.loads(path.read_text(encoding="utf-8"))["start_dates"]["rows"])


@pytest.mark.parametrize("row", published_start_dates())
def test_the_next_chosen_day_agrees_with_a_public_plan_service(row: Case) -> None:
    """Its lead is ten days, or thirty after a payment up front."""
    lead = timedelta(days=30 if row["upfront"] else 10)
    found = next_day_of_month(date.fromisoformat(row["today"]) + lead, row["pay_day"])
    assert found.isoformat() == row["first_instalment"]


def test_months_from_a_given_first_date_keep_its_day() -> None:
    asked = replace(ASKED, first_on=date(2026, 10, 31))
    dates = plan_dates(date(2026, 10, 31), asked, 3)
    assert dates == [date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31)]
    assert dates[2] == add_months(dates[0], 2)
