"""Which days a report is about."""

from datetime import date

import pytest

from portal.domain.figure_periods import Period
from portal.domain.figure_reports import ReportKind, months_of, period_of_report
from tests.unit.domain.refusals import refusal


@pytest.mark.parametrize(
    ("kind", "month", "first", "last"),
    [
        (ReportKind.MONTH, "2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        (ReportKind.MONTH, "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        (ReportKind.YEAR, "2026-10", date(2025, 11, 1), date(2026, 10, 31)),
        (ReportKind.YEAR, "2026-12", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_report_is_about_the_named_month_or_the_year_that_ends_with_it(
    kind: ReportKind, month: str, first: date, last: date
) -> None:
    assert period_of_report(kind, month, today=date(2029, 1, 1)) == Period(first, last)


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2026-11", None),
        ("2026-12", ("month_to_come", "month", None)),
        ("2026-13", ("month_unknown", "month", None)),
        ("", ("month_unknown", "month", None)),
    ],
)
def test_a_month_that_has_begun_can_be_reported_and_none_before_it_begins(
    kind: ReportKind, month: str, expected: tuple[str, str, None] | None
) -> None:
    assert refusal(lambda: period_of_report(kind, month, today=date(2026, 11, 1))) == expected


def test_a_period_is_made_of_its_calendar_months() -> None:
    assert list(months_of(Period(date(2025, 12, 1), date(2026, 2, 28)))) == [
        Period(date(2025, 12, 1), date(2025, 12, 31)),
        Period(date(2026, 1, 1), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 28)),
    ]


def test_a_year_has_twelve_months_that_begin_where_the_one_before_ended() -> None:
    year = period_of_report(ReportKind.YEAR, "2028-02", today=date(2028, 3, 1))
    months = list(months_of(year))
    assert [month.first for month in months] == [
        *(date(2027, month, 1) for month in range(3, 13)),
        *(date(2028, month, 1) for month in (1, 2)),
    ]
    assert (months[0].first, months[-1].last) == (year.first, year.last)
