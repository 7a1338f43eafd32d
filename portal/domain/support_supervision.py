"""Watching over the support desk: a ceiling of borrowers a day, what looks unusual, and the share of calls that is read again."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from statistics import median
from typing import Any, Final

from portal.domain.support_calls import Level

DAYS_LOOKED_AT: Final = 7
QUICK: Final = timedelta(minutes=2)
"""A call without proof that ends sooner than this is over quickly."""


class Verdict(StrEnum):
    """What a supervisor says of a call that was read again."""

    GOOD = "good"
    IMPROVE = "improve"
    FOLLOW_UP = "follow_up"
    """Something is wrong: it is to be looked into."""


class Unusual(StrEnum):
    """What is counted of each agent, and shown where it is more than usual."""

    CEILING = "ceiling"
    QUICK_WITHOUT_PROOF = "quick_without_proof"
    REVEALS = "reveals"
    LOOKED_UP_ONLY = "looked_up_only"
    """A number was typed in, and nothing was said to anybody: the statements of rule C14 were never made."""
    OUTSIDE_HOURS = "outside_hours"
    SAME_BORROWER = "same_borrower"
    REFUSED_ACTS = "refused_acts"


_AT_LEAST: Final[Mapping[Unusual, int]] = {
    Unusual.QUICK_WITHOUT_PROOF: 3,
    Unusual.REVEALS: 5,
    Unusual.LOOKED_UP_ONLY: 3,
    Unusual.OUTSIDE_HOURS: 1,
    Unusual.SAME_BORROWER: 3,
    Unusual.REFUSED_ACTS: 1,
}
"""Fewer than this is nothing to look at, whatever the others do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRules:
    """The policy's: how many distinct borrowers an agent may help a day, how many calls of a thousand are read again, the desk's hours."""

    borrowers_a_day: int
    share_per_mille: int
    first_hour: int
    last_hour: int
    """Calls begin before this hour."""

    @classmethod
    def from_data(cls, body: Mapping[str, Any]) -> "SupportRules":
        """Raises ``ValueError`` where a figure cannot be."""
        rules = cls(**{name: int(value) for name, value in body.items()})
        is_possible = (
            rules.borrowers_a_day >= 1
            and 0 <= rules.share_per_mille <= 1000
            and 0 <= rules.first_hour < rules.last_hour <= 24
        )
        if not is_possible:
            raise ValueError(f"no rules of a support desk: {dict(body)}")
        return rules


DEFAULT_SUPPORT: Final[Mapping[str, int]] = {
    "borrowers_a_day": 60,
    "share_per_mille": 50,
    "first_hour": 8,
    "last_hour": 20,
}


USUAL_SUPPORT: Final = SupportRules(**DEFAULT_SUPPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """What of one call is counted. ``ended_at`` None while it runs; ``borrower_id`` whom it is about, as far as is known."""

    staff_number: str
    borrower_id: int | None
    level: Level
    is_sought: bool
    is_explained: bool
    opened_at: datetime
    ended_at: datetime | None
    reveals: int = 0
    refused_acts: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """``figure`` of an agent beside what is ``usual``: the median of all agents, or for the ceiling the policy's."""

    staff_number: str
    kind: Unusual
    figure: int
    usual: int


def is_drawn(call_id: str, *, key: str, share_per_mille: int) -> int | None:
    """The number (0 to 999) that draws this call, where it does.

    Nobody without the key can tell beforehand; whoever has it can draw the same again afterwards.
    """
    digest = hmac.digest(key.encode(), f"support call read again:{call_id}".encode(), "sha256")
    number = int.from_bytes(digest[:8]) % 1000
    return number if number < share_per_mille else None


def unusual(
    calls: Sequence[CallFigures], rules: SupportRules, *, now: datetime, zone: tzinfo
) -> Sequence[Finding]:
    """What is more than usual, the furthest from it first. ``calls`` are those of the last days, of all agents."""
    counted = {kind: _counts(kind, calls, rules, zone) for kind in _AT_LEAST}
    agents = {call.staff_number for call in calls}
    found = [finding for kind, counts in counted.items() for finding in _beyond_usual(kind, counts, agents)]
    found += _at_ceiling(calls, rules, now=now, zone=zone)
    return sorted(found, key=lambda each: (-each.figure / max(1, each.usual), each.staff_number, each.kind))


def borrowers_today(calls: Sequence[CallFigures], *, now: datetime, zone: tzinfo) -> Mapping[str, int]:
    """Distinct borrowers of each agent on this day."""
    seen = defaultdict(set)
    for call in calls:
        if call.borrower_id and call.opened_at.astimezone(zone).date() == now.astimezone(zone).date():
            seen[call.staff_number].add(call.borrower_id)
    return {number: len(borrowers) for number, borrowers in seen.items()}


def _at_ceiling(
    calls: Sequence[CallFigures], rules: SupportRules, *, now: datetime, zone: tzinfo
) -> Iterator[Finding]:
    for number, count in borrowers_today(calls, now=now, zone=zone).items():
        if count >= rules.borrowers_a_day:
            yield Finding(number, Unusual.CEILING, count, rules.borrowers_a_day)


def _beyond_usual(kind: Unusual, counts: Mapping[str, int], agents: set[str]) -> Iterator[Finding]:
    """More than twice what is usual among the others, and enough of them to mean something."""
    for number, count in counts.items():
        others = [counts.get(other, 0) for other in agents if other != number]
        usual = round(median(others)) if others else 0
        if count >= _AT_LEAST[kind] and count > 2 * usual:
            yield Finding(number, kind, count, usual)


def _counts(
    kind: Unusual, calls: Sequence[CallFigures], rules: SupportRules, zone: tzinfo
) -> Mapping[str, int]:
    if kind is Unusual.SAME_BORROWER:
        pairs = Counter((call.staff_number, call.borrower_id) for call in calls if call.borrower_id)
        most: dict[str, int] = {}
        for (number, _), count in pairs.items():
            most[number] = max(most.get(number, 0), count)
        return most
    totals: Counter[str] = Counter()
    for call in calls:
        totals[call.staff_number] += _weight(kind, call, rules, zone)
    return totals


def _weight(kind: Unusual, call: CallFigures, rules: SupportRules, zone: tzinfo) -> int:
    if kind is Unusual.REVEALS:
        return call.reveals
    if kind is Unusual.REFUSED_ACTS:
        return call.refused_acts
    if kind is Unusual.OUTSIDE_HOURS:
        at = call.opened_at.astimezone(zone).time()
        return int(not time(rules.first_hour) <= at < _end_of(rules))
    is_over = call.ended_at is not None
    if kind is Unusual.LOOKED_UP_ONLY:
        return int(is_over and call.is_sought and not call.is_explained and call.level is Level.NONE)
    is_quick = call.ended_at is not None and call.ended_at - call.opened_at < QUICK
    return int(is_quick and call.level is Level.NONE)


def _end_of(rules: SupportRules) -> time:
    return time.max if rules.last_hour == 24 else time(rules.last_hour)
