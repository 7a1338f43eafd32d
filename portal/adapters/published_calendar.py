"""The published working days of China, from the `holidays` package: only years whose make-up days the State Council has announced."""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import holidays

FIRST_YEAR = 2024
_LAST_LOOKED_AT = 2040


@dataclass(frozen=True, slots=True)
class PublishedDays:
    """Days off and make-up working days from ``first_on`` up to and including ``last_on``."""

    version: str
    first_on: date
    last_on: date
    days_off: tuple[date, ...]
    working_days: tuple[date, ...]
    source: str


def published_days() -> PublishedDays:
    """What the installed package knows for certain; a year without make-up days is a forecast and left out."""
    last = max(year for year in range(FIRST_YEAR, _LAST_LOOKED_AT) if _make_up_days(year))
    years = range(FIRST_YEAR, last + 1)
    found = holidays.country_holidays("CN", years=years)
    return PublishedDays(
        version=f"CN-{last}-{version('holidays')}",
        first_on=date(FIRST_YEAR, 1, 1),
        last_on=date(last, 12, 31),
        days_off=tuple(sorted(found)),
        working_days=tuple(day for year in years for day in _make_up_days(year)),
        source=f"holidays {version('holidays')}",
    )


def _make_up_days(year: int) -> list[date]:
    known = holidays.country_holidays("CN", years=year)
    return sorted(day for day in getattr(known, "weekend_workdays", ()) if day.year == year)
