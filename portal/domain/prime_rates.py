"""The one-year loan prime rate (LPR), published at 9:00 on the 20th of a month or the next working day by the National Interbank Funding
Center on behalf of the People's Bank of China: data by the day of publication.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from portal.domain.errors import DomainError

HOLDS: Final = timedelta(days=31)
"""A figure at most: the next one is published a month later."""
_FIRST_DAY, _LAST_DAY = 20, 28
"""Of a month, on which one may be published: the 20th, or the next working day."""
_MOST_PCT: Final = Decimal(10)


@dataclass(frozen=True, slots=True)
class PrimeRates:
    """``changes`` has each figure that differs from the one before, and the newest that is known, on ``complete_until``. ``further`` are
    those that an operator added, each published on its day.
    """

    changes: Mapping[date, Decimal]
    complete_until: date
    further: Mapping[date, Decimal] = field(default_factory=dict)

    def on(self, day: date) -> Decimal | None:
        """The newest figure published by then; None before the first, and where the newest that is known would be older than a month."""
        known = {**self.further, **self.changes}
        published = max((each for each in known if each <= day), default=None)
        if published is None or (day > self.complete_until and day - published > HOLDS):
            return None
        return known[published]

    @property
    def newest(self) -> date:
        """The day on which the newest known figure was published."""
        return max(self.complete_until, *self.further) if self.further else self.complete_until

    def covers(self, day: date) -> bool:
        return self.on(day) is not None


PUBLISHED_1Y: Final = PrimeRates(
    changes={
        date.fromisoformat(day): Decimal(pct)
        for day, pct in {
            "2019-08-20": "4.25",
            "2019-09-20": "4.20",
            "2019-11-20": "4.15",
            "2020-02-20": "4.05",
            "2020-04-20": "3.85",
            "2021-12-20": "3.80",
            "2022-01-20": "3.70",
            "2022-08-22": "3.65",
            "2023-06-20": "3.55",
            "2023-08-21": "3.45",
            "2024-07-22": "3.35",
            "2024-10-21": "3.10",
            "2025-05-20": "3.00",
            "2025-09-22": "3.00",
        }.items()
    },
    complete_until=date(2025, 9, 22),
)
"""Months between two of them had the figure of the one before. What was published later an operator adds (``portal rates add``)."""


def refuse_rate(published_on: date, pct: Decimal, *, today: date) -> None:
    """Raises ``date_in_future``, ``rate_known_already``, ``rate_day_unlikely`` and ``rate_unlikely``."""
    if published_on > today:
        raise DomainError("date_in_future", field="published_on")
    if published_on <= PUBLISHED_1Y.complete_until:
        until = PUBLISHED_1Y.complete_until.isoformat()
        raise DomainError("rate_known_already", field="published_on", rule="P07", until=until)
    if not _FIRST_DAY <= published_on.day <= _LAST_DAY:
        raise DomainError("rate_day_unlikely", field="published_on", rule="P07")
    if not pct.is_finite() or not 0 < pct <= _MOST_PCT or pct.as_tuple().exponent not in {0, -1, -2}:
        raise DomainError("rate_unlikely", field="pct", rule="P07")
