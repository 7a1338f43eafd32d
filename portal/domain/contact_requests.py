"""What somebody wants to do who wants to reach a debtor, and what is known when they ask: the guard's input.

Moments carry a zone. Of a request it is the borrower's own: days and hours are counted there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactWishes
from portal.domain.holds import HoldKind

MESSAGES: Final = frozenset({Channel.SMS, Channel.EMAIL})
"""What is counted as messages (rule C06)."""


class Purpose(StrEnum):
    """What a contact is for; a rule names the purposes that it holds for."""

    COLLECTION = "collection"
    """Asks for what is overdue."""
    PLAN_REMINDER = "plan_reminder"
    """Of a payment under a running plan: before it is due, and on the day that the rules give after it was missed."""
    NOTICE = "notice"
    """What law or the agreement wants told: a breach, an assignment, the way to court."""
    ANSWER = "answer"
    """To what the person wrote."""
    ASKED_FOR = "asked_for"
    """What the person asks for in this moment: a code."""


class Outcome(StrEnum):
    """What became of a contact."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    OPEN = "open"
    """Dialled, and nobody has said yet what became of it: counts as either, so that no limit is passed meanwhile."""
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """``number`` is whatever tells numbers apart (a keyed hash); ``debt`` the loan that it is about."""

    at: datetime
    channel: Channel
    purpose: Purpose
    number: str
    debt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """A contact that was made with this debtor, about any of their debts. ``by_us`` is false where the debtor called."""

    at: datetime
    channel: Channel
    purpose: Purpose
    number: str
    debt: int
    outcome: Outcome
    by_us: bool = True


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """Of a plan in force: ``missed_on`` is the date of the payment that was missed, None while the plan is kept."""

    missed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Of the debt and its debtor. ``holds`` run, each to the last day on which it does, or None where that is open.

    ``own_numbers`` reach the debtor; ``refused_numbers`` belong to people who do not want to be reached, for good. ``contacts`` in any
    order; what lies more than a week back changes nothing.
    """

    wishes: ContactWishes = EVERY_WAY
    holds: Mapping[HoldKind, date | None] = field(default_factory=dict)
    plan: PlanStanding | None = None
    own_numbers: frozenset[str] = frozenset()
    refused_numbers: frozenset[str] = frozenset()
    contacts: Sequence[PastContact] = ()
    calls_of_number: Sequence[PastContact] = ()
    """Other calls of the same number: to debtors who share it or had it, and to whoever it was known of."""
    is_time_barred: bool = False
    """The limitation period of the debt is over, or of one of them where the contact is about none."""
    awaits_notice: bool = False
    """The debt was handed on, and its borrower was not told yet; or one of them where the contact is about none."""
