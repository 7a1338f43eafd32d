"""Contacts drawn by chance, as the guard is asked and as the reference is: what lies near a limit comes often."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.contact_guard import ask_guard
from portal.domain.contact_packs import pack_on
from portal.domain.contact_requests import (
    ContactFacts,
    ContactRequest,
    Outcome,
    PastContact,
    PlanStanding,
    Purpose,
)
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from tests.contact_reference import opens_at, refusals

ZONES = {"CN": ZoneInfo("Asia/Shanghai"), "US": ZoneInfo("America/New_York"), "UK": ZoneInfo("Europe/London")}
TODAY = date(2026, 11, 4)
NUMBERS = ("own", "work", "aunt", "stranger")
EDGES = (
    time(7, 59, 59),
    time(8),
    time(20, 59),
    time(21),
    time(21, 0, 1),
    time(21, 59, 59),
    time(22),
    time(0),
    time(12),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One question, in the guard's words and in the reference's."""

    country: str
    request: ContactRequest
    facts: ContactFacts
    ask: Mapping[str, Any]
    know: Mapping[str, Any]


def samples(count: int, *, seed: int = 7) -> Iterator[Sample]:
    dice = random.Random(seed)
    for _ in range(count):
        yield _sample(dice)


def differences(drawn: Iterator[Sample], *, opening_of_each: int = 10) -> Sequence[str]:
    """Where the guard and the reference do not say the same: about each, yes or no and which rules; about one in so many, when."""
    found = []
    for number, sample in enumerate(drawn):
        pack = pack_on(sample.country, TODAY)
        verdict = ask_guard(sample.request, sample.facts, pack)
        said, known = {stop.rule for stop in verdict.stops}, refusals(sample.ask, sample.know, sample.country)
        if said != known:
            found.append(f"{number}: {sorted(said)} for {sorted(known)}: {sample}")
        elif number % opening_of_each == 0:
            opens = opens_at(sample.ask, sample.know, sample.country)
            if verdict.opens_at != opens:
                found.append(f"{number}: opens {verdict.opens_at} for {opens}: {sample}")
    return found


def _sample(dice: random.Random) -> Sample:
    country = dice.choice(["CN", "CN", "US", "UK"])
    at = _moment(dice, ZONES[country], 0)
    ask = {
        "at": at,
        "channel": dice.choice(list(Channel)),
        "purpose": dice.choice([Purpose.COLLECTION, *Purpose]),
        "number": dice.choice(["own", "own", "own", *NUMBERS]),
        "debt": dice.choice([1, 1, 2]),
    }
    know = _known(dice, ZONES[country])
    facts = ContactFacts(
        wishes=ContactWishes(
            ContactHours(*know["hours"]) if know["hours"] else USUAL_HOURS, know["channels"]
        ),
        holds=know["holds"],
        plan=PlanStanding(know["plan"]["missed"]) if know["plan"] else None,
        own_numbers=know["own"],
        refused_numbers=know["refused"],
        contacts=[PastContact(**each) for each in know["contacts"]],
        calls_of_number=[PastContact(**each) for each in know["others"]],
        is_time_barred=know["barred"],
    )
    return Sample(country, ContactRequest(**ask), facts, ask, know)


def _known(dice: random.Random, zone: ZoneInfo) -> dict[str, Any]:
    holds = dice.sample(list(HoldKind), dice.choice([0, 0, 0, 1, 2]))
    plan = dice.choice([None, None, {"missed": None}, {"missed": TODAY - timedelta(days=dice.randrange(13))}])
    return {
        "hours": dice.choice([None, None, (20, 23), (9, 12), (0, 24)]),
        "channels": frozenset(dice.sample(list(Channel), dice.choice([4, 4, 4, 2]))),
        "holds": {hold: _last_day(dice, hold) for hold in holds},
        "plan": plan,
        "own": frozenset(["own", "work"]),
        "refused": frozenset(dice.choice([[], [], ["aunt"], ["own"]])),
        "barred": dice.randrange(6) == 0,
        "contacts": [_past(dice, zone) for _ in range(dice.choice([0, 1, 3, 8, 16]))],
        "others": [_past(dice, zone) for _ in range(dice.choice([0, 0, 0, 8, 16]))],
    }


def _last_day(dice: random.Random, hold: HoldKind) -> date | None:
    is_dated = hold in {HoldKind.STATUTORY_MORATORIUM, HoldKind.HARDSHIP}
    return TODAY + timedelta(days=dice.randrange(-2, 3)) if is_dated and dice.randrange(2) else None


def _past(dice: random.Random, zone: ZoneInfo) -> dict[str, Any]:
    channel = dice.choice([Channel.PHONE, Channel.PHONE, *Channel])
    answers = [Outcome.ANSWERED, Outcome.UNANSWERED, Outcome.UNANSWERED, Outcome.OPEN]
    return {
        "at": _moment(dice, zone, dice.choice([0, 0, 0, -1, -3, -6, -7, -8])),
        "channel": channel,
        "purpose": dice.choice([Purpose.COLLECTION, Purpose.COLLECTION, *Purpose]),
        "number": dice.choice(NUMBERS[:2]),
        "debt": dice.choice([1, 1, 2]),
        "outcome": dice.choice(answers) if channel is Channel.PHONE else Outcome.SENT,
        "by_us": dice.randrange(8) > 0,
    }


def _moment(dice: random.Random, zone: ZoneInfo, days: int) -> datetime:
    hour = dice.choice(EDGES) if dice.randrange(2) else time(dice.randrange(24), dice.randrange(60))
    return datetime.combine(TODAY + timedelta(days=days), hour, tzinfo=zone)
