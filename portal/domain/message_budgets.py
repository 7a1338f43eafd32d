"""What may be spent on messages in a day and in a month, and when to raise the alarm. Sums in minor units."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ALARM_PERCENT: Final = 80
_ONE_PART: Final = 70
_PART_OF_SEVERAL: Final = 67


class Period(StrEnum):
    """How long a limit holds for, in the lender's zone."""

    DAY = "day"
    MONTH = "month"


class Unit(StrEnum):
    """What is limited: messages by their number, or what they cost."""

    MESSAGES = "messages"
    COST = "cost"


class Mark(StrEnum):
    """How near a limit is: at ``NEAR`` people are warned, at ``REACHED`` collection messages stop."""

    NEAR = "near"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class Spent:
    """What went to providers, each try counted."""

    messages: int = 0
    cost_minor: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.messages + other.messages, self.cost_minor + other.cost_minor)

    def of(self, unit: Unit) -> int:
        return self.messages if unit is Unit.MESSAGES else self.cost_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBudget:
    """None: no limit. ``part_cost_minor`` is the price of one part of a text message."""

    part_cost_minor: int = 0
    messages_a_day: int | None = None
    messages_a_month: int | None = None
    cost_a_day: int | None = None
    cost_a_month: int | None = None

    def limit(self, period: Period, unit: Unit) -> int | None:
        match period, unit:
            case Period.DAY, Unit.MESSAGES:
                return self.messages_a_day
            case Period.MONTH, Unit.MESSAGES:
                return self.messages_a_month
            case Period.DAY, Unit.COST:
                return self.cost_a_day
            case _:
                return self.cost_a_month


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One limit, and what was spent of it."""

    mark: Mark
    period: Period
    unit: Unit
    limit: int
    spent: int


def parts_of(text: str) -> int:
    """How many parts a text message is paid as: up to 70 characters are one, longer ones go in parts of 67."""
    return 1 if len(text) <= _ONE_PART else -(-len(text) // _PART_OF_SEVERAL)


def alarms(budget: MessageBudget, day: Spent, month: Spent) -> Iterator[Alarm]:
    """Of every limit that is near or reached, the worse of the two marks. ``month`` holds ``day``."""
    for period, spent in ((Period.DAY, day), (Period.MONTH, month)):
        for unit in Unit:
            limit = budget.limit(period, unit)
            mark = None if limit is None else _mark(spent.of(unit), limit)
            if limit is not None and mark is not None:
                yield Alarm(mark=mark, period=period, unit=unit, limit=limit, spent=spent.of(unit))


def raised_by(budget: MessageBudget, day: Spent, month: Spent, added: Spent) -> Iterator[Alarm]:
    """The alarms that what was ``added`` last raised: those that were not there before it."""
    before_day = Spent(day.messages - added.messages, day.cost_minor - added.cost_minor)
    before_month = Spent(month.messages - added.messages, month.cost_minor - added.cost_minor)
    known = {(each.mark, each.period, each.unit) for each in alarms(budget, before_day, before_month)}
    return (each for each in alarms(budget, day, month) if (each.mark, each.period, each.unit) not in known)


def _mark(spent: int, limit: int) -> Mark | None:
    if spent >= limit:
        return Mark.REACHED
    return Mark.NEAR if spent * 100 >= limit * ALARM_PERCENT else None
