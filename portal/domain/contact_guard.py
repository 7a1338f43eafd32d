"""The contact guard: whether somebody may be reached now, which rule says no, and when it would be yes (rules C01 to C11, C21, L02).

Every contact asks it first, one sent by a machine and one that a person makes. It knows no database and no words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portal.domain.contact_frequency import (
    after_conversation,
    calls_about_debt,
    conversations,
    messages,
    unanswered_dials,
)
from portal.domain.contact_hours import quiet_until
from portal.domain.contact_packs import ContactPack
from portal.domain.contact_requests import ContactFacts, ContactRequest
from portal.domain.contact_standing import (
    assigned_untold,
    held,
    not_wanted,
    of_a_plan,
    proposal_waits,
    refused_for_good,
    third_person,
    time_barred,
)
from portal.domain.contact_stops import Stop

Rule = Callable[[ContactRequest, ContactFacts, ContactPack], Stop | None]
RULES: Final[Sequence[Rule]] = (
    refused_for_good,
    third_person,
    held,
    proposal_waits,
    of_a_plan,
    time_barred,
    assigned_untold,
    not_wanted,
    conversations,
    unanswered_dials,
    calls_about_debt,
    after_conversation,
    messages,
    quiet_until,
)
"""The weightiest first: the first that stops a contact is the one that is named."""
_MOST_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """``stops`` are all that say no, the weightiest first; ``opens_at`` when it would be yes if nothing else happened, None for never."""

    stops: Sequence[Stop]
    opens_at: datetime | None

    @property
    def is_allowed(self) -> bool:
        return not self.stops

    @property
    def rule(self) -> str | None:
        """The id of the rule that is named; None where contact is allowed."""
        return self.stops[0].rule if self.stops else None


def ask_guard(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Verdict:
    """May this contact be made? ``request.at`` is in the borrower's zone."""
    return Verdict(tuple(_stops(request, facts, pack)), _opens_at(request, facts, pack))


def _stops(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Iterator[Stop]:
    for rule in RULES:
        stop = rule(request, facts, pack)
        if stop is not None and request.purpose in pack.scopes.get(stop.rule, frozenset()):
            yield stop


def _opens_at(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> datetime | None:
    """Each rule tells the first moment at which it alone would agree, so the latest of them is where to ask again."""
    at = request.at
    for _ in range(_MOST_STEPS):
        untils = [stop.until for stop in _stops(replace(request, at=at), facts, pack)]
        if not untils:
            return at
        known = [until for until in untils if until is not None]
        if len(known) < len(untils):
            return None
        at = max(known)
    return None
