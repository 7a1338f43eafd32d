"""The only reader of the clock. Instants are aware and in UTC; business dates are the lender's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """``fixed_date`` (demo and test) replaces the business date and keeps the time of day."""

    zone: ZoneInfo
    fixed_date: date | None = None

    def now(self) -> datetime:
        """This instant in UTC; where a date is fixed, that date at the present time of day in the business zone."""
        local = datetime.now(self.zone)
        if self.fixed_date is not None:
            local = datetime.combine(self.fixed_date, local.timetz())
        return local.astimezone(UTC)

    def today(self) -> date:
        """The business date."""
        return self.fixed_date or datetime.now(self.zone).date()

    def date_of(self, instant: datetime) -> date:
        """The business date of an instant."""
        return instant.astimezone(self.zone).date()
