"""Whole months between dates: the 31st and the last day of a shorter month are one day of the month."""

from collections.abc import Sequence
from datetime import date

import pytest

from portal.domain.month_counting import (
    equal_days,
    equal_months,
    is_on_anchor,
    month_end,
    months_and_rest,
    months_back,
    whole_months,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("year", "month", "last"), [(2026, 1, 31), (2026, 2, 28), (2028, 2, 29), (2026, 4, 30), (2026, 12, 31)]
)
def test_a_month_has_its_last_day(year: int, month: int, last: int) -> None:
    assert month_end(year, month) == last


@pytest.mark.parametrize(
    ("on", "anchor", "is_on"),
    [
        ("2026-01-31", 31, True),
        ("2026-02-28", 31, True),
        ("2026-02-28", 28, True),
        ("2026-02-27", 28, False),
        ("2028-02-28", 31, False),
        ("2026-03-30", 31, False),
        ("2026-03-16", 15, False),
    ],
)
def test_a_day_is_the_anchor_or_the_end_of_a_month_too_short_for_it(
    on: str, anchor: int, is_on: bool
) -> None:
    assert is_on_anchor(day(on), anchor) is is_on


@pytest.mark.parametrize(
    ("on", "months", "anchor", "earlier"),
    [
        ("2026-03-31", 1, 31, "2026-02-28"),
        ("2026-02-28", 1, 31, "2026-01-31"),
        ("2026-01-15", 1, 15, "2025-12-15"),
        ("2026-12-15", 12, 15, "2025-12-15"),
        ("2026-12-15", 11, 15, "2026-01-15"),
        ("2026-05-20", 0, 15, "2026-05-15"),
        ("0002-01-31", 12, 31, "0001-01-31"),
        ("0001-01-31", 1, 31, None),
    ],
)
def test_months_earlier_on_the_anchors_day(on: str, months: int, anchor: int, earlier: str | None) -> None:
    assert months_back(day(on), months, anchor) == (None if earlier is None else day(earlier))


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-31", "2026-02-28", 1),
        ("2026-02-28", "2026-03-31", 1),
        ("2026-01-15", "2027-03-15", 14),
        ("2026-12-15", "2027-01-15", 1),
        ("2026-01-15", "2026-02-16", None),
        ("2026-01-31", "2026-02-27", None),
        ("2026-02-27", "2026-03-31", None),
        ("2026-01-15", "2026-01-15", None),
        ("2026-02-15", "2026-01-15", None),
    ],
)
def test_whole_months_keep_one_day(start: str, end: str, months: int | None) -> None:
    assert whole_months(day(start), day(end)) == months


@pytest.mark.parametrize(
    ("start", "end", "anchor", "months", "rest_to"),
    [
        ("2026-01-10", "2026-04-15", None, 3, "2026-01-15"),
        ("2026-01-15", "2026-04-15", None, 3, "2026-01-15"),
        ("2026-01-16", "2026-04-15", None, 2, "2026-02-15"),
        ("2026-01-31", "2026-02-28", None, 1, "2026-01-31"),
        ("2026-01-30", "2026-03-31", None, 2, "2026-01-31"),
        ("2026-01-10", "2026-01-25", None, 0, "2026-01-25"),
        ("2026-01-31", "2026-02-15", None, 0, "2026-02-15"),
        ("2025-12-20", "2026-03-15", None, 2, "2026-01-15"),
        ("2026-01-29", "2026-03-31", 30, 2, "2026-01-30"),
        ("0001-01-20", "0001-02-15", None, 0, "0001-02-15"),
    ],
)
def test_full_months_are_counted_back_from_the_end_and_leave_the_rest_at_the_beginning(
    start: str, end: str, anchor: int | None, months: int, rest_to: str
) -> None:
    assert months_and_rest(day(start), day(end), anchor) == (months, day(rest_to))


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        (["2026-01-31", "2026-02-28", "2026-03-31"], 1),
        (["2025-11-15", "2026-02-15", "2026-05-15"], 3),
        (["2026-01-15", "2026-02-15", "2026-04-15"], None),
        (["2026-01-15", "2026-02-16"], None),
        (["2026-01-15", "2026-01-15"], None),
        (["2026-01-15"], None),
    ],
)
def test_neighbours_are_the_same_months_apart_everywhere_or_they_are_not(
    dates: Sequence[str], months: int | None
) -> None:
    assert equal_months([day(each) for each in dates]) == months


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["2026-01-15", "2026-01-29", "2026-02-12"], 14),
        (["2026-01-15", "2026-01-29", "2026-02-13"], None),
        (["2026-01-15"], None),
    ],
)
def test_neighbours_are_the_same_days_apart_everywhere_or_they_are_not(
    dates: Sequence[str], days: int | None
) -> None:
    assert equal_days([day(each) for each in dates]) == days
