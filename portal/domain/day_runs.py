"""The day's run: its parts in their order, and when a date may be run."""

from datetime import date, timedelta
from enum import StrEnum

from portal.domain.errors import Conflict, DomainError


class Part(StrEnum):
    """What a day does, one after the other. Holds and plans end before stages are looked at."""

    EXPIRY = "expiry"
    PLANS = "plans"
    LOANS = "loans"
    CALL_PROMISES = "call_promises"
    CALL_LIST = "call_list"
    FILES = "files"
    CONTACTS = "contacts"
    DONE = "done"

    @property
    def following(self) -> "Part":
        parts = list(Part)
        return parts[min(parts.index(self) + 1, len(parts) - 1)]


def refuse_day(on: date, *, today: date, last: date | None) -> None:
    """Raises ``day_to_come``, or ``Conflict("day_is_over")`` with the ``last`` date that was run, where ``on`` is earlier."""
    if on > today:
        raise DomainError("day_to_come", on=on.isoformat(), today=today.isoformat())
    if last is not None and on < last:
        raise Conflict("day_is_over", on=on.isoformat(), last=last.isoformat())


def days_between_runs(previous: date | None, on: date) -> tuple[date, ...]:
    """The dates that nobody ran: this run catches up on them."""
    if previous is None:
        return ()
    return tuple(previous + timedelta(days=ahead) for ahead in range(1, (on - previous).days))
