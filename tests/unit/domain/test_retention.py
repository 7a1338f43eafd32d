"""From which day on something that is kept may go."""

from datetime import date

import pytest

from portal.domain.retention import RETENTIONS, DataClass, Retention


@pytest.mark.parametrize(
    ("years", "days", "on", "cutoff"),
    [
        (5, 0, date(2026, 11, 27), date(2021, 11, 27)),
        (0, 7, date(2026, 3, 3), date(2026, 2, 24)),
        (1, 2, date(2026, 1, 1), date(2024, 12, 30)),
        (1, 0, date(2028, 2, 29), date(2027, 2, 28)),
        (0, 0, date(2026, 11, 27), date(2026, 11, 27)),
    ],
)
def test_years_count_by_the_calendar_and_days_besides(years: int, days: int, on: date, cutoff: date) -> None:
    kept = Retention(data=DataClass.CODES, rule="D01", years=years, days=days)
    assert kept.cutoff(on) == cutoff


@pytest.mark.parametrize(
    ("data", "rule", "cutoff"),
    [
        (DataClass.CONTACTS, "C16", date(2021, 11, 27)),
        (DataClass.CONVERSATIONS, "C16", date(2021, 11, 27)),
        (DataClass.PERSONS, "C17", date(2016, 11, 27)),
        (DataClass.FIGURES, "D01", date(2025, 11, 27)),
        (DataClass.TYPED_DRAFTS, "D01", date(2026, 11, 20)),
    ],
)
def test_records_of_collection_stay_five_years_and_agreements_ten(
    data: DataClass, rule: str, cutoff: date
) -> None:
    assert RETENTIONS[data].rule == rule
    assert RETENTIONS[data].cutoff(date(2026, 11, 27)) == cutoff
