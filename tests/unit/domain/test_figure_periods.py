"""Over what days figures are counted, and the instants between which these lie."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.errors import DomainError
from portal.domain.figure_periods import (
    EARLIEST,
    Period,
    Span,
    month_named,
    offsets_of,
    period_of,
    year_to,
)

TODAY = date(2026, 11, 26)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Span.LAST_30, date(2026, 10, 28), TODAY),
        (Span.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Span.YEAR, date(2025, 11, 27), TODAY),
    ],
)
def test_what_can_be_chosen(span: Span, first: date, last: date) -> None:
    assert period_of(span, today=TODAY) == Period(first, last)


def test_a_month_by_its_name_and_a_year_that_ends_on_a_leap_day() -> None:
    assert period_of(Span.MONTH, today=TODAY, month=" 2026-02 ") == Period(
        date(2026, 2, 1), date(2026, 2, 28)
    )
    assert year_to(date(2028, 2, 29)) == Period(date(2027, 3, 1), date(2028, 2, 29))
    assert month_named("2026-12").is_month
    assert not Period(date(2026, 1, 1), date(2026, 1, 30)).is_month


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (None, TODAY, "first_day_missing"),
        (TODAY, None, "last_day_missing"),
        (date(2026, 11, 2), date(2026, 11, 1), "days_turned_round"),
        (date(1999, 12, 31), TODAY, "days_too_early"),
        (date(2020, 1, 1), TODAY, "days_too_many"),
    ],
)
def test_days_that_make_no_sense(first: date | None, last: date | None, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        period_of(Span.DATES, today=TODAY, first=first, last=last)
    assert refused.value.code == code
    one_day = period_of(Span.DATES, today=TODAY, first=TODAY, last=TODAY)
    assert one_day == Period(TODAY, TODAY)


def test_a_first_day_that_is_too_early_is_told_the_earliest() -> None:
    with pytest.raises(DomainError) as refused:
        period_of(Span.DATES, today=TODAY, first=EARLIEST - timedelta(days=1), last=EARLIEST)
    assert refused.value.details == {"earliest": EARLIEST.isoformat()}
    assert period_of(Span.DATES, today=TODAY, first=EARLIEST, last=EARLIEST) == Period(EARLIEST, EARLIEST)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026", "month", "1999-01", "2026-1", "9999-12", "２０２６-01x"]
)
def test_months_that_are_none(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        month_named(text)
    assert refused.value.code == "month_unknown"


def test_a_month_begins_at_midnight_of_the_lender() -> None:
    since, until = month_named("2026-10").bounds(SHANGHAI)
    assert since == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert until == datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_summer_time_is_found_to_the_second() -> None:
    """In 2026 New York's clocks go forward on 8 March at 07:00 and back on 1 November at 06:00 UTC."""
    year = list(offsets_of(Period(date(2026, 1, 1), date(2026, 12, 31)), ZoneInfo("America/New_York")))
    assert year == [
        (datetime(2026, 3, 8, 7, tzinfo=UTC), -18_000),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), -14_400),
        (datetime(2027, 1, 1, 5, tzinfo=UTC), -18_000),
    ]
    assert len(list(offsets_of(month_named("2026-10"), SHANGHAI))) == 1


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 8, 31), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_quarters_are_those_of_the_calendar(today: date, first: date, last: date) -> None:
    assert period_of(Span.QUARTER, today=today) == Period(first, last)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (date(2026, 2, 28), date(2025, 3, 1)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2026, 3, 1), date(2025, 3, 2)),
    ],
)
def test_twelve_months_end_with_a_day_and_begin_after_the_same_of_the_year_before(
    last: date, first: date
) -> None:
    assert year_to(last) == Period(first, last)


@pytest.mark.parametrize(("text", "is_one"), [("2000-01", True), ("1999-12", False), ("2100-12", True), ("2101-01", False)])  # fmt: skip
def test_months_have_names_from_2000_to_2100(text: str, *, is_one: bool) -> None:
    if is_one:
        assert month_named(text).first == date.fromisoformat(f"{text}-01")
        return
    with pytest.raises(DomainError, match=r"^month_unknown$") as refused:
        month_named(text)
    assert refused.value.field == "month"


def test_at_most_eleven_hundred_days_are_counted_from_one_to_another() -> None:
    first = date(2023, 11, 22)
    assert date(2026, 11, 26) - first == timedelta(days=1100)
    assert period_of(Span.DATES, today=TODAY, first=first, last=TODAY) == Period(first, TODAY)
    with pytest.raises(DomainError, match=r"^days_too_many$") as refused:
        period_of(Span.DATES, today=TODAY, first=first - timedelta(days=1), last=TODAY)
    assert (refused.value.field, refused.value.details) == ("last", {"most": 1100})


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (None, TODAY, "first"),
        (TODAY, None, "last"),
        (None, None, "first"),
        (TODAY, TODAY - timedelta(days=1), "last"),
        (date(1999, 12, 31), TODAY, "first"),
    ],
)
def test_what_is_wrong_with_days_is_told_on_the_field_to_change(
    first: date | None, last: date | None, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        period_of(Span.DATES, today=TODAY, first=first, last=last)
    assert refused.value.field == field


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    """In Lord Howe half an hour is gained on 5 April 2026 at 02:00 of summer, which is 15:00 UTC of the 4th."""
    zone = ZoneInfo("Australia/Lord_Howe")
    day = Period(date(2026, 4, 5), date(2026, 4, 5))
    assert list(offsets_of(day, zone)) == [
        (datetime(2026, 4, 4, 15, tzinfo=UTC), 39_600),
        (datetime(2026, 4, 5, 13, 30, tzinfo=UTC), 37_800),
    ]
    since, until = day.bounds(zone)
    assert until - since == timedelta(hours=24, minutes=30)
    before = Period(date(2026, 4, 4), date(2026, 4, 4))
    assert list(offsets_of(before, zone)) == [(since, 39_600)]


def test_one_entry_reaches_to_the_end_where_nothing_changes() -> None:
    assert list(offsets_of(month_named("2026-10"), SHANGHAI)) == [
        (datetime(2026, 10, 31, 16, tzinfo=UTC), 28_800)
    ]
    assert list(offsets_of(Period(TODAY, TODAY), ZoneInfo("UTC"))) == [
        (datetime(2026, 11, 27, tzinfo=UTC), 0)
    ]


def test_a_period_is_a_month_only_from_its_first_day_to_its_last() -> None:
    assert Period(date(2026, 2, 1), date(2026, 2, 28)).is_month
    for first, last in [((2026, 2, 2), (2026, 2, 28)), ((2026, 2, 1), (2026, 3, 31))]:
        assert not Period(date(*first), date(*last)).is_month
