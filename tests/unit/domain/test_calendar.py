"""Periods, month ends, working days."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import (
    BusinessCalendar,
    Every,
    Unit,
    add_months,
    day_in_month,
    due_dates,
    last_day,
    next_day_of_month,
)
from portal.domain.errors import DomainError
from tests.published import Case, published

NATIONAL_DAY = [date(2026, 10, day) for day in range(1, 8)]
CALENDAR = BusinessCalendar.of(
    "CN-2026",
    first_year=2026,
    covers_to=date(2026, 12, 31),
    holidays=NATIONAL_DAY,
    workdays=[date(2026, 10, 10)],
)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("1 month", 1, Unit.MONTH),
        ("1 MONTHS", 1, Unit.MONTH),
        ("15 days", 15, Unit.DAY),
        ("15 DAYS", 15, Unit.DAY),
        ("2 weeks", 2, Unit.WEEK),
        ("1 week", 1, Unit.WEEK),
        ("1 year", 1, Unit.YEAR),
    ],
)
def test_a_period_is_read_from_its_words(text: str, count: int, unit: Unit) -> None:
    assert Every.parse(text) == Every(count, unit)
    assert Every.parse(str(Every(count, unit))) == Every(count, unit)


@pytest.mark.parametrize(
    "text", ["", "month", "0 days", "-1 day", "1.5 months", "１ month", "1  month", "999 days", "1 fortnight"]
)
def test_an_unclear_period_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="period_unclear"):
        Every.parse(text)


@pytest.mark.parametrize("case", published("engines", "dates"))
def test_monthly_dates_keep_their_anchor_day_as_published(case: Case) -> None:
    start, count = date.fromisoformat(case["inputs"]["start"]), case["inputs"]["n"]
    dates = due_dates(start, Every.parse("1 month"), count)
    assert [day.isoformat() for day in dates] == case["expected"]["required"]


def test_the_last_of_january_comes_back_to_the_31st() -> None:
    dates = due_dates(date(2024, 1, 31), Every.parse("1 month"), 4)
    assert dates == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    assert Every.parse("1 year").after(date(2024, 2, 29)) == date(2025, 2, 28)


@given(DAYS, st.integers(-240, 240))
def test_months_land_in_their_month_on_the_anchor_day_or_the_last(anchor: date, months: int) -> None:
    landed = add_months(anchor, months)
    assert (landed.year - anchor.year) * 12 + landed.month - anchor.month == months
    is_last = (landed + timedelta(days=1)).day == 1
    assert landed.day == anchor.day or (is_last and landed.day < anchor.day)


def test_dates_out_of_reach_are_refused() -> None:
    with pytest.raises(DomainError, match="date_too_far"):
        Every.parse("366 days").after(date(2026, 1, 1), 3660)
    with pytest.raises(DomainError, match="date_too_far"):
        add_months(date(2026, 1, 1), 12 * 174)


def test_a_calendar_is_told_by_its_version() -> None:
    """The agreement names the one that its dates were reckoned by."""
    assert CALENDAR.version == "CN-2026"


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 8)),
        (date(2026, 10, 10), date(2026, 10, 10)),
        (date(2026, 10, 11), date(2026, 10, 12)),
    ],
)
def test_a_day_off_moves_to_the_next_working_day_and_a_make_up_day_stays(day: date, moved: date) -> None:
    assert CALENDAR.next_working(day) == (moved, False)


def test_beyond_the_published_calendar_nothing_moves_and_is_flagged() -> None:
    sunday = date(2027, 1, 3)
    assert CALENDAR.next_working(sunday) == (sunday, True)
    assert CALENDAR.next_working(date(2025, 1, 1)) == (date(2025, 1, 1), True)


def test_a_search_that_runs_past_the_calendar_leaves_the_day_where_it_was() -> None:
    closed = BusinessCalendar.of(
        "X", first_year=2026, covers_to=date(2026, 12, 31), holidays=[date(2026, 12, 31)]
    )
    assert closed.next_working(date(2026, 12, 31)) == (date(2026, 12, 31), True)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 20)))
def test_a_moved_day_is_a_working_day_with_none_between(day: date) -> None:
    moved, is_unchecked = CALENDAR.next_working(day)
    assert not is_unchecked
    assert CALENDAR.is_working(moved)
    between = range((moved - day).days)
    assert not any(CALENDAR.is_working(day + timedelta(days=ahead)) for ahead in between)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 10))
def test_working_days_added_are_working_days_counted(day: date, count: int) -> None:
    later = CALENDAR.add_working_days(day, count)
    assert CALENDAR.working_days_between(day, later) == count
    assert later == day or CALENDAR.is_working(later)


@given(DAYS, st.integers(0, 28))
def test_the_chosen_day_is_the_first_one_on_or_after(day: date, chosen: int) -> None:
    found = next_day_of_month(day, chosen)
    assert day <= found < add_months(day.replace(day=1), 2)
    assert found.day == chosen or (chosen == 0 and (found + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("text", "months", "days", "spelt"),
    [
        ("1 day", 0, 1, "1 day"),
        ("15 day", 0, 15, "15 days"),
        ("1 week", 0, 7, "1 week"),
        ("2 weeks", 0, 14, "2 weeks"),
        ("1 months", 1, 0, "1 month"),
        ("3 months", 3, 0, "3 months"),
        ("1 year", 12, 0, "1 year"),
        ("2 Years", 24, 0, "2 years"),
        (" 366 days ", 0, 366, "366 days"),
    ],
)
def test_a_period_is_made_of_months_or_of_days(text: str, months: int, days: int, spelt: str) -> None:
    every = Every.parse(text)
    assert (every.months, every.days, str(every)) == (months, days, spelt)


@pytest.mark.parametrize("text", ["367 days", "0 months", "1 monthss", "x1 month"])
def test_a_period_has_one_to_366_of_a_unit_and_is_refused_on_its_field(text: str) -> None:
    with pytest.raises(DomainError, match=r"^period_unclear$") as usual:
        Every.parse(text)
    assert usual.value.field == "every"
    with pytest.raises(DomainError) as named:
        Every.parse(text, field=None)
    assert named.value.field is None


def test_periods_are_counted_from_the_anchor_forward_and_back() -> None:
    day = date(2026, 1, 31)
    assert Every.parse("1 week").after(day) == date(2026, 2, 7)
    assert Every.parse("10 days").after(day, 3) == date(2026, 3, 2)
    assert Every.parse("1 week").after(day, -2) == date(2026, 1, 17)
    assert Every.parse("1 month").after(day, 0) == day
    assert Every.parse("1 month").after(day, -11) == date(2025, 2, 28)
    assert due_dates(day, Every.parse("2 weeks"), 2, start=1) == [date(2026, 2, 14), date(2026, 2, 28)]
    assert due_dates(day, Every.parse("1 month"), 2, start=1) == [date(2026, 2, 28), date(2026, 3, 31)]
    assert due_dates(day, Every.parse("1 month"), 0) == []


def test_no_date_lies_beyond_2199_or_before_the_first_year() -> None:
    last = date(2199, 12, 31)
    assert add_months(date(2199, 11, 30), 1) == date(2199, 12, 30)
    assert Every.parse("1 day").after(date(2199, 12, 30)) == last
    assert add_months(date(1, 2, 1), -1) == date(1, 1, 1)
    assert Every.parse("1 day").after(date(1, 1, 2), -1) == date(1, 1, 1)
    beyond: list[Callable[[], date]] = [
        lambda: add_months(date(2199, 12, 1), 1),
        lambda: Every.parse("1 day").after(last),
        lambda: add_months(date(1, 1, 1), -1),
        lambda: Every.parse("1 day").after(date(1, 1, 1), -1),
    ]
    for act in beyond:
        with pytest.raises(DomainError, match=r"^date_too_far$") as refused:
            act()
        assert refused.value.details == {"last_year": 2199}


@pytest.mark.parametrize(
    ("year", "lengths"),
    [
        (2026, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
        (2028, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
        (2100, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
    ],
)
def test_months_are_as_long_as_they_are(year: int, lengths: list[int]) -> None:
    assert [last_day(year, month) for month in range(1, 13)] == lengths
    assert [day_in_month(year, month, 0).day for month in range(1, 13)] == lengths
    assert [day_in_month(year, month, 31).day for month in range(1, 13)] == lengths
    assert day_in_month(year, 2, 28) == date(year, 2, 28)


@pytest.mark.parametrize(
    ("day", "chosen", "found"),
    [
        (date(2026, 11, 15), 15, date(2026, 11, 15)),
        (date(2026, 11, 16), 15, date(2026, 12, 15)),
        (date(2026, 12, 16), 15, date(2027, 1, 15)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
        (date(2026, 1, 30), 0, date(2026, 1, 31)),
        (date(2026, 1, 31), 28, date(2026, 2, 28)),
    ],
)
def test_the_chosen_day_is_that_of_this_month_or_of_the_next(day: date, chosen: int, found: date) -> None:
    assert next_day_of_month(day, chosen) == found


@pytest.mark.parametrize(
    ("day", "is_covered", "is_working"),
    [
        (date(2025, 12, 31), False, True),
        (date(2026, 1, 1), True, True),
        (date(2026, 12, 31), True, True),
        (date(2027, 1, 1), False, True),
        (date(2026, 11, 6), True, True),
        (date(2026, 11, 7), True, False),
        (date(2026, 11, 8), True, False),
        (date(2026, 10, 7), True, False),
        (date(2026, 10, 10), True, True),
        (date(2027, 1, 2), False, False),
    ],
)
def test_a_day_is_covered_and_worked_as_published(day: date, *, is_covered: bool, is_working: bool) -> None:
    assert (CALENDAR.covers(day), CALENDAR.is_working(day)) == (is_covered, is_working)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 10), 1, date(2026, 10, 12)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 12, 31), 2, date(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: date, count: int, end: date) -> None:
    assert CALENDAR.add_working_days(start, count) == end
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == 0
