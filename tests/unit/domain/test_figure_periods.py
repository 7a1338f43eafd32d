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
