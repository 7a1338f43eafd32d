"""Setting a rule of contact aside: which rules allow it at all is data of the pack; it takes a reason and a second person.

What is set aside is taken out of what the guard is told, and the guard is asked again: all other rules still hold. Where a wish for
narrower hours is set aside, the country's own hours take its place.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.contact_guard import Verdict
from portal.domain.contact_requests import MESSAGES, ContactFacts
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactWishes
from portal.domain.errors import AccessRefused, Conflict, DomainError

LASTS: Final = timedelta(minutes=30)
"""From the asking on, and again from the second person's yes."""
LONGEST_REASON: Final = 300


class OverrideReason(StrEnum):
    """Why a call is made in spite of a rule that allows it."""

    ASKED_IN_WRITING = "asked_in_writing"
    ASKED_ON_TELEPHONE = "asked_on_telephone"
    AT_RISK = "at_risk"
    """Something is about to happen that would harm the borrower, and no other way reaches them."""


class OverrideState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"
    LAPSED = "lapsed"
    """Not answered, or not used, in time."""


def find_overridable(verdict: Verdict, allowed: Mapping[str, str]) -> str | None:
    """What says no, where that is the one thing that does and ``allowed`` (the pack's list) lets it be set aside."""
    because = {stop.because for stop in verdict.stops}
    return because.pop() if len(because) == 1 and because <= allowed.keys() else None


def without(facts: ContactFacts, because: str) -> ContactFacts:
    """The facts without what is set aside; as they are where that is nothing that this can take out."""
    wishes = facts.wishes
    match because:
        case "channel_not_wanted":
            return replace(facts, wishes=ContactWishes(wishes.hours, frozenset(Channel)))
        case "own_hours":
            return replace(facts, wishes=ContactWishes(USUAL_HOURS, wishes.channels))
        case "messages_a_day" | "messages_a_week":
            calls = [past for past in facts.contacts if past.channel not in MESSAGES]
            return replace(facts, contacts=calls)
        case _:
            return facts


def refuse_second(
    *, asked_by: int, staff_id: int | None, state: str, expires_at: datetime, now: datetime
) -> None:
    """Nobody is their own second person, and nothing is agreed to twice or too late.

    Raises ``AccessRefused("override_by_oneself")``, ``Conflict``: ``override_over``, ``override_answered``.
    """
    if asked_by == staff_id:
        raise AccessRefused("override_by_oneself", rule="P18")
    if state != OverrideState.ASKED:
        raise Conflict("override_answered")
    if expires_at <= now:
        raise Conflict("override_over")


def refuse_unexplained_override(text: str) -> None:
    """Raises ``override_reason_missing``."""
    if not text.strip():
        raise DomainError("override_reason_missing", field="explanation")
