"""On which day a loan is to be counted again: what stands between is the same on each day, but for the days themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Final

from portal.domain.arrears import Arrears, LatenessRules, is_overdue
from portal.domain.calendar import BusinessCalendar
from portal.domain.loans import LoanFacts
from portal.domain.stage_packs import StagePack

NEVER: Final = date.max
COUNTING: Final = 1
"""Raised with each change of how a day is found here or in `queries/late_sums.py`: every loan is then counted anew by the next run."""
_DIGITS: Final = 16


@dataclass(frozen=True, kw_only=True)
class LookRules:
    """What a day counts by. Where any of it is another than it was, ``digest`` is, and all loans are counted anew."""

    lateness: LatenessRules
    pack: StagePack
    calendar: BusinessCalendar

    @cached_property
    def days(self) -> Sequence[int]:
        """The delinquent days on which something happens, rising: a bucket or a stage begins, a message is asked for."""
        buckets = self.lateness.buckets
        return sorted(
            {
                1,
                *(bucket.first for bucket in buckets),
                *(bucket.last + 1 for bucket in buckets if bucket.last is not None),
                *(entry.from_days for entry in self.pack.entries),
                *self.pack.reminder_days,
                *self.pack.demand_days,
                *self.pack.notice_days,
            }
        )

    @cached_property
    def digest(self) -> str:
        told = repr((COUNTING, self.lateness, self.pack, self.calendar.covers_to))
        return sha256(told.encode()).hexdigest()[:_DIGITS]


def next_look(
    loan: LoanFacts, arrears: Arrears, *, rules: LookRules, limitation_ends_on: date | None = None
) -> date:
    """The first day after ``arrears.on`` whose figures are others, or on which something may happen; ``NEVER`` where none is known.

    ``queries/late_sums.py`` says the same of many loans at once. A pause may end on any day: such a loan is looked at daily.
    """
    on, lateness = arrears.on, rules.lateness
    if loan.pauses:
        return on + timedelta(days=1)
    days = [NEVER]
    if limitation_ends_on is not None and limitation_ends_on >= on:
        days.append(limitation_ends_on + timedelta(days=1))
    ahead = [
        row.due_on
        for row in loan.installments
        if not row.is_met and not is_overdue(row, on=on, rules=lateness)
    ]
    if ahead:
        days.append(min(ahead) + timedelta(days=not lateness.due_date_counts))
    if arrears.is_overdue:
        counted = arrears.days_past_due - lateness.grace_days
        days += [on + timedelta(days=day - counted) for day in rules.days if day > counted]
    return min(days)
