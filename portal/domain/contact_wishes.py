"""When and how somebody wants to be contacted (rule C02). Nobody is contacted at other hours, whoever writes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError

_MIDNIGHT: Final = 24


class Channel(StrEnum):
    """Ways to reach somebody. What they ask for themselves (a code) comes by text message whatever they wish."""

    SMS = "sms"
    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class ContactHours:
    """From one full hour to another, ``0 <= first < last <= 24``, in the borrower's zone."""

    first: int
    last: int

    def opens(self, now: datetime) -> datetime:
        """``now`` where it lies within, else the next moment that does."""
        if self.first <= now.hour < self.last:
            return now
        opening = now.replace(hour=self.first, minute=0, second=0, microsecond=0)
        return opening if now.hour < self.first else opening + timedelta(days=1)

    @property
    def needs_consent(self) -> bool:
        """Whether they reach into the hours that are quiet where nothing else was agreed."""
        return self.first < USUAL_HOURS.first or self.last > USUAL_HOURS.last

    @property
    def within_usual(self) -> "ContactHours":
        """What is left once such a consent is withdrawn: the usual hours where nothing is."""
        first, last = max(self.first, USUAL_HOURS.first), min(self.last, USUAL_HOURS.last)
        return ContactHours(first, last) if first < last else USUAL_HOURS


USUAL_HOURS: Final = ContactHours(8, 22)
"""GB/T 45251: no contact from 22:00 to 08:00 unless agreed."""


@dataclass(frozen=True, slots=True)
class ContactWishes:
    """What stands; ``EVERY_WAY`` where nothing was said."""

    hours: ContactHours
    channels: frozenset[Channel]


EVERY_WAY: Final = ContactWishes(USUAL_HOURS, frozenset(Channel))


def check_wishes(
    first: int | None, last: int | None, channels: Collection[str], *, consents: bool
) -> ContactWishes:
    """Raises ``hours_missing``, ``hours_reversed``, ``channel_missing``, ``hours_consent_needed``."""
    if first is None or last is None or not 0 <= first < _MIDNIGHT or not 0 < last <= _MIDNIGHT:
        raise DomainError("hours_missing", field="first")
    if first >= last:
        raise DomainError("hours_reversed", field="last")
    known = frozenset(channel for channel in Channel if channel in channels)
    if not known:
        raise DomainError("channel_missing", field="channels")
    hours = ContactHours(first, last)
    if hours.needs_consent and not consents:
        raise DomainError("hours_consent_needed", field="consents", rule="C02")
    return ContactWishes(hours, known)
