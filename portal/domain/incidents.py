"""Incidents with personal information: what a notice has to say (个人信息保护法 57), by when, and who agrees (rule D05)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import AccessRefused, DomainError

AUTHORITY_WITHIN: Final = timedelta(hours=24)
PEOPLE_WITHIN: Final = timedelta(hours=72)
"""The law says at once; these numbers are our own."""
LONGEST: Final = 2000


class DataKind(StrEnum):
    """Kinds of personal information."""

    IDENTITY = "identity"
    CONTACT = "contact"
    LOAN = "loan"
    PAYMENT = "payment"
    HARDSHIP = "hardship"
    CREDENTIALS = "credentials"
    CORRESPONDENCE = "correspondence"


class Audience(StrEnum):
    """Whom a notice is for. ``NOBODY``: why people are not told, where what was done keeps harm away (art. 57 II)."""

    PEOPLE = "people"
    AUTHORITY = "authority"
    NOBODY = "nobody"


class NoticeState(StrEnum):
    DRAFTED = "drafted"
    ISSUED = "issued"
    REFUSED = "refused"


class Item(StrEnum):
    """What every notice says."""

    CAUSE = "cause"
    KINDS = "kinds"
    HARM = "harm"
    MEASURES = "measures"
    SELF_HELP = "self_help"
    CONTACT = "contact"


TEXTS: Final = (Item.CAUSE, Item.HARM, Item.MEASURES, Item.SELF_HELP, Item.CONTACT)
"""Those that are written, in each language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """``texts``: by language, then by item."""

    found_at: datetime
    happened_on: date
    kinds: Collection[DataKind]
    people: int
    texts: Mapping[str, Mapping[str, str]]


def refuse_facts(facts: IncidentFacts, *, now: datetime, today: date) -> None:
    """Raises ``incident_found_later``, ``incident_happened_later``, ``incident_kinds_missing``, ``incident_people_unclear``."""
    if facts.found_at > now:
        raise DomainError("incident_found_later", field="found_on")
    if facts.happened_on > today:
        raise DomainError("incident_happened_later", field="happened_on")
    if not facts.kinds:
        raise DomainError("incident_kinds_missing", field="kinds")
    if not 0 <= facts.people <= 2_000_000_000:
        raise DomainError("incident_people_unclear", field="people")


def missing_items(facts: IncidentFacts, locale: str) -> Sequence[Item]:
    """What a notice in this language still lacks."""
    written = facts.texts.get(locale, {})
    found = [item for item in TEXTS if not written.get(item.value, "").strip()]
    return [*found, Item.KINDS] if not facts.kinds else found


def refuse_incomplete(facts: IncidentFacts, locale: str) -> None:
    """Raises ``notice_incomplete``, with the field of the first item that is missing."""
    missing = missing_items(facts, locale)
    if missing:
        raise DomainError("notice_incomplete", field=f"{missing[0].value}_{locale}", rule="D05")


def refuse_second_of_notice(staff_id: int, made_by: int) -> None:
    """Raises ``AccessRefused("notice_by_oneself")``."""
    if staff_id == made_by:
        raise AccessRefused("notice_by_oneself", rule="D05")


def refuse_unfinished(issued: Collection[Audience]) -> None:
    """An incident is closed once the authority was told, and people were or need not be: raises ``incident_unfinished``."""
    if Audience.AUTHORITY not in issued or not {Audience.PEOPLE, Audience.NOBODY} & set(issued):
        raise DomainError("incident_unfinished", rule="D05")
