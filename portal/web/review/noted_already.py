"""What was promised in a call, as it would have been typed: to tell a form that was sent twice from one with other words."""

from collections.abc import Iterable
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.money import parse_minor
from portal.i18n import format_date, format_money
from portal.models import CallTask
from portal.web import writes
from portal.web.review.calls.words import said_moment

CALL_BACK: Final = ("call_back_at", "call_back_time")
PROMISE: Final = ("amount", "due_on")


def as_typed(tasks: Iterable[CallTask]) -> list[str]:
    """Sums in minor units, as ``sum_as_typed`` has them; days and times as a form sends them."""
    kept: list[str] = []
    for task in tasks:
        local = task.due_at.astimezone(writes.clock().zone)
        kept += [str(task.amount_minor), task.due_on.isoformat(), f"{local:%H:%M}"]
    return kept


def promised_words(task: CallTask) -> str:
    """For the reader: the sum and the last day, or the time of the call back."""
    if task.amount_minor is None:
        return said_moment(task.due_at)
    return f"{format_money(task.amount_minor, task.currency)} · {format_date(task.due_on)}"


def sum_as_typed(typed: str, currency: str) -> str:
    """What is no sum stays as it is."""
    try:
        return str(parse_minor(typed, currency))
    except DomainError:
        return typed
