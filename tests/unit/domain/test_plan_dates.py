"""When a plan's payments fall."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import add_months, next_day_of_month
from portal.domain.errors import DomainError
from portal.domain.plan_dates import (
    earliest_first_date,
    first_date,
    first_dates,
    moved_dates,
    plan_dates,
    promised_date,
    upfront_dates,
    upfront_of,
)
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.upfront import Upfront
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


def refused(act: Callable[[], object]) -> tuple[str, str | None, Mapping[str, object]] | None:
    try:
        act()
    except DomainError as error:
        return error.code, error.field, error.details
    return None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 10), ("first_date_in_past", "first_on", {"earliest": "2026-09-17"})),
        (date(2026, 9, 11), ("first_date_too_early", "first_on", {"earliest": "2026-09-17"})),
        (date(2026, 9, 16), ("first_date_too_early", "first_on", {"earliest": "2026-09-17"})),
        (date(2026, 9, 17), None),
        (date(2026, 11, 18), None),
        (date(2026, 11, 19), ("first_date_too_late", "first_on", {"latest": "2026-11-18"})),
    ],
)
def test_a_first_day_of_ones_own_lies_within_sixty_two_days_of_the_earliest(
    day: date, expected: tuple[str, str, Mapping[str, object]] | None
) -> None:
    assert refused(lambda: first(first_on=day)) == expected
    if expected is None:
        assert first(first_on=day) == day
    assert first_dates(TODAY, POLICY, CALENDAR) == (date(2026, 9, 17), date(2026, 11, 18))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 10), ("promise_in_past", "pay_on", {"earliest": "2026-09-15"})),
        (date(2026, 9, 14), ("promise_too_early", "pay_on", {"earliest": "2026-09-15"})),
        (date(2026, 9, 15), None),
        (date(2026, 10, 10), None),
        (date(2026, 10, 11), ("promise_too_late", "pay_on", {"latest": "2026-10-10"})),
    ],
)
def test_a_promised_day_comes_after_the_answer_and_within_thirty_days(
    day: date, expected: tuple[str, str, Mapping[str, object]] | None
) -> None:
    request = replace(ASKED, kind=PlanKind.PAY_BY_DATE, first_on=day)

    def promised() -> date:
        return promised_date(request, on=TODAY, policy=POLICY, calendar=CALENDAR, field="pay_on")

    assert refused(promised) == expected
    if expected is None:
        assert promised() == day


def test_without_a_day_the_latest_is_promised_and_refusals_name_the_request_s_own_field() -> None:
    asked = replace(ASKED, kind=PlanKind.PAY_BY_DATE)
    assert promised_date(asked, on=TODAY, policy=POLICY, calendar=CALENDAR) == date(2026, 10, 10)
    early = replace(asked, first_on=date(2026, 9, 14))
    found = refused(lambda: promised_date(early, on=TODAY, policy=POLICY, calendar=CALENDAR))
    assert found == ("promise_too_early", "first_on", {"earliest": "2026-09-15"})


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 10), ("upfront_in_past", "upfront_on", {"earliest": "2026-09-17"})),
        (date(2026, 9, 16), ("upfront_too_early", "upfront_on", {"earliest": "2026-09-17"})),
        (date(2026, 9, 17), None),
        (date(2026, 10, 10), None),
        (date(2026, 10, 11), ("upfront_too_late", "upfront_on", {"latest": "2026-10-10"})),
    ],
)
def test_a_sum_first_is_paid_within_thirty_days(
    day: date, expected: tuple[str, str, Mapping[str, object]] | None
) -> None:
    request = replace(ASKED, upfront_minor=500, upfront_on=day)

    def upfront() -> Upfront | None:
        return upfront_of(request, on=TODAY, policy=POLICY, calendar=CALENDAR)

    assert refused(upfront) == expected
    if expected is None:
        assert upfront() == Upfront(500, day)


def test_a_sum_first_without_a_day_is_paid_as_early_as_can_be_and_none_has_no_day() -> None:
    asked = replace(ASKED, upfront_minor=500)
    assert upfront_of(asked, on=TODAY, policy=POLICY, calendar=CALENDAR) == Upfront(500, date(2026, 9, 17))
    assert upfront_of(ASKED, on=TODAY, policy=POLICY, calendar=CALENDAR) is None


def test_where_the_lead_is_longer_than_a_month_a_sum_first_has_one_day() -> None:
    slow = replace(POLICY, lead_working_days=40)
    earliest = earliest_first_date(TODAY, slow, CALENDAR)
    assert earliest > TODAY + timedelta(days=30)
    assert upfront_dates(TODAY, slow, CALENDAR) == (earliest, earliest)
    assert upfront_dates(TODAY, POLICY, CALENDAR) == (date(2026, 9, 17), date(2026, 10, 10))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # monthly payments leave a month from today, or begin the day after the sum
        ({"first_on": date(2026, 10, 9)}, None),
        ({"first_on": date(2026, 10, 10)}, date(2026, 10, 10)),
        ({"upfront_on": date(2026, 10, 10), "first_on": date(2026, 10, 10)}, None),
        ({"upfront_on": date(2026, 10, 10), "first_on": date(2026, 10, 11)}, date(2026, 10, 11)),
        # shorter rhythms one period after the sum
        ({"every": "1 week"}, date(2026, 9, 24)),
        ({"every": "2 weeks", "upfront_on": date(2026, 9, 18)}, date(2026, 10, 2)),
    ],
)
def test_installments_begin_after_the_sum_that_is_paid_first(
    asked: dict[str, Any], expected: date | None
) -> None:
    found = refused(lambda: first(upfront_minor=500, **asked))
    assert (found is None) is (expected is not None)
    if expected:
        assert first(upfront_minor=500, **asked) == expected


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [(0, 17), (4, 17), (5, 18), (6, 19), (7, 20), (1, 21), (3, 23)],
)
def test_weekly_payments_begin_on_the_chosen_day_of_the_week(weekday: int, expected: int) -> None:
    """The earliest day is Thursday the 17th."""
    assert first(every="1 week", weekday=weekday) == date(2026, 9, expected)


@pytest.mark.parametrize("weekday", [-1, 8])
def test_there_are_seven_days_of_the_week(weekday: int) -> None:
    assert refused(lambda: first(every="1 week", weekday=weekday)) == ("weekday_unknown", "weekday", {})


@pytest.mark.parametrize(("day", "is_known"), [(-1, False), (0, True), (28, True), (29, False)])
def test_days_of_the_month_are_those_that_every_month_has(day: int, is_known: bool) -> None:
    found = refused(lambda: first(day_of_month=day))
    assert found == (None if is_known else ("day_of_month_unknown", "day_of_month", {}))


def test_weeks_count_from_the_first_day_whatever_the_day_of_the_month() -> None:
    asked = replace(ASKED, every="2 weeks", day_of_month=0)
    assert plan_dates(date(2026, 9, 30), asked, 3) == [
        date(2026, 9, 30),
        date(2026, 10, 14),
        date(2026, 10, 28),
    ]


def test_two_payments_never_meet_on_one_working_day() -> None:
    """1 to 7 October are off: the second takes the working day after the first."""
    moved = moved_dates([date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 8)], CALENDAR)
    assert [(m.due_on.day, m.moved_from and m.moved_from.day) for m in moved] == [(8, 5), (9, 6), (10, 8)]
