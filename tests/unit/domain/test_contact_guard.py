"""Whether somebody may be reached: published cases, a second writing of the rules, and what is told."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_packs import PACKS, ContactPack, pack_on
from portal.domain.contact_requests import (
    ContactFacts,
    ContactRequest,
    Outcome,
    PastContact,
    PlanStanding,
    Purpose,
)
from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from tests.contact_samples import ZONES, differences, samples
from tests.published import Case, published

DAY = date(2026, 11, 4)
SAMPLES = 4_000
"""``python -m benchmarks.contact_rules`` draws a hundred thousand."""


def ask(
    country: str = "CN",
    *,
    at: str = "12:00",
    channel: Channel = Channel.PHONE,
    purpose: Purpose = Purpose.COLLECTION,
    number: str = "own",
    **known: Any,
) -> Verdict:
    moment = datetime.combine(DAY, time.fromisoformat(at), tzinfo=ZONES[country])
    request = ContactRequest(at=moment, channel=channel, purpose=purpose, number=number, debt=1)
    return ask_guard(
        request, ContactFacts(**{"own_numbers": frozenset(["own"]), **known}), pack_on(country, DAY)
    )


def calls(count: int, outcome: Outcome, *, days_ago: int = 0, country: str = "CN") -> list[PastContact]:
    at = datetime.combine(DAY - timedelta(days=days_ago), time(9), tzinfo=ZONES[country])
    past = {"channel": Channel.PHONE, "purpose": Purpose.COLLECTION, "number": "own", "debt": 1}
    return [PastContact(at=at, outcome=outcome, **past) for _ in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize("case", published("rules", "quiet_hours"))
def test_hours_are_those_that_were_published(case: Case) -> None:
    told = case["input"]
    agreed = told.get("agreed_window")
    wishes = EVERY_WAY if agreed is None else _agreed(agreed)
    verdict = ask(case["jurisdiction"], at=told["local_time"], wishes=wishes)
    assert verdict.is_allowed is case["expected"]["allowed"]


def _agreed(window: list[str]) -> ContactWishes:
    return ContactWishes(ContactHours(*(int(hour[:2]) for hour in window)), frozenset(Channel))


@pytest.mark.parametrize("case", published("rules", "contact_frequency"))
def test_limits_are_those_that_were_published(case: Case) -> None:
    told, country = case["input"], case["jurisdiction"]
    contacts = [
        *calls(told.get("answered_calls_today", 0), Outcome.ANSWERED),
        *calls(told.get("attempts_today", 0), Outcome.UNANSWERED),
        *calls(told.get("calls_in_7_days", 0), Outcome.UNANSWERED, days_ago=2, country=country),
        *_conversation(told.get("days_since_conversation"), country),
    ]
    assert contacts
    assert not ask(country, contacts=contacts).is_allowed
    assert ask(country, contacts=contacts[1:]).is_allowed


def _conversation(days_ago: int | None, country: str) -> list[PastContact]:
    return [] if days_ago is None else calls(1, Outcome.ANSWERED, days_ago=days_ago, country=country)


@pytest.mark.parametrize("case", published("rules", "contact_stop"))
def test_a_plan_that_is_kept_stops_collection(case: Case) -> None:
    assert case["input"]["plan_status"] == "active"
    assert ask(plan=PlanStanding()).rule == "C07"
    assert ask(plan=PlanStanding()).opens_at is None


@pytest.mark.parametrize("case", published("rules", "moratorium"))
def test_a_breathing_space_lasts_as_long_as_was_published(case: Case) -> None:
    told, wanted, pack = case["input"], case["expected"], pack_on("UK", DAY)
    if "start" in told:
        start = date.fromisoformat(told["start"])
        assert pack.moratorium_ends(start) == start + timedelta(days=wanted["days"])
    else:
        ended = date.fromisoformat(told["treatment_ends"])
        assert pack.moratorium_ends(date(2026, 1, 1), treatment_ended_on=ended) == date.fromisoformat(
            wanted["ends"]
        )


def test_the_guard_and_a_second_writing_of_the_rules_say_the_same() -> None:
    assert differences(samples(SAMPLES)) == []


@pytest.mark.parametrize(
    ("known", "rule", "opens"),
    [
        ({"at": "23:00"}, "C01", datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"])),
        (
            {"at": "07:00", "contacts": calls(6, Outcome.UNANSWERED)},
            "C01",
            datetime(2026, 11, 4, 8, tzinfo=ZONES["CN"]),
        ),
        ({"contacts": calls(6, Outcome.UNANSWERED)}, "C04", datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"])),
        ({"contacts": calls(3, Outcome.ANSWERED)}, "C03", datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"])),
        (
            {"plan": PlanStanding(DAY - timedelta(days=10))},
            "C07",
            datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"]),
        ),
        (
            {"plan": PlanStanding(DAY), "purpose": Purpose.PLAN_REMINDER},
            "C07",
            datetime(2026, 11, 7, 8, tzinfo=ZONES["CN"]),
        ),
        (
            {"holds": {HoldKind.STATUTORY_MORATORIUM: DAY}},
            "C09",
            datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"]),
        ),
        ({"holds": {HoldKind.DISPUTE: None}, "at": "23:00"}, "C09", None),
        ({"is_time_barred": True, "at": "23:00"}, "L02", None),
        ({"number": "aunt"}, "C10", None),
        ({"refused_numbers": frozenset(["own"])}, "C11", None),
    ],
)
def test_the_rule_is_named_and_when_it_would_be_yes(
    known: Mapping[str, Any], rule: str, opens: datetime | None
) -> None:
    verdict = ask(**known)
    assert verdict.rule == rule
    assert verdict.opens_at == opens


def test_a_full_day_of_conversations_says_which_part_of_the_rule_it_is() -> None:
    assert [
        stop.because for stop in ask(contacts=calls(3, Outcome.ANSWERED)).stops if stop.rule == "C03"
    ] == ["conversations_a_day"]


def test_what_somebody_asks_for_comes_at_any_hour_and_an_answer_through_a_dispute() -> None:
    assert ask(at="03:00", purpose=Purpose.ASKED_FOR).is_allowed
    assert ask(purpose=Purpose.ANSWER, holds={HoldKind.DISPUTE: None}).is_allowed
    assert ask(purpose=Purpose.ANSWER, holds={HoldKind.DECEASED: None}).rule == "C09"


def test_of_a_debt_whose_period_is_over_nobody_is_reminded_but_everybody_is_answered() -> None:
    assert [purpose for purpose in Purpose if not ask(purpose=purpose, is_time_barred=True).is_allowed] == [
        Purpose.COLLECTION
    ]


@pytest.mark.parametrize("kind", HoldKind)
def test_an_answer_comes_in_every_hold_but_those_that_say_whose_number_it_is_not(kind: HoldKind) -> None:
    verdict = ask(purpose=Purpose.ANSWER, channel=Channel.SMS, holds={kind: None})
    assert verdict.is_allowed is (kind not in {HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED})


@given(st.integers(0, 3 * 24 * 3600))
def test_what_is_put_off_for_the_night_comes_by_eight(seconds: int) -> None:
    at = datetime.combine(DAY, time(), tzinfo=ZONES["CN"]) + timedelta(seconds=seconds)
    request = ContactRequest(at=at, channel=Channel.SMS, purpose=Purpose.ANSWER, number="own", debt=1)
    opens = ask_guard(request, ContactFacts(own_numbers=frozenset(["own"])), pack_on("CN", DAY)).opens_at
    assert opens is not None
    assert at <= opens <= at + timedelta(hours=10)
    assert 8 <= opens.hour < 22
    assert opens == at or opens.time() == time(8)


def test_a_second_message_in_a_day_waits_for_the_next_and_a_fourth_in_a_week_for_its_end() -> None:
    told = [*_messages(1), *_messages(1, days_ago=2)]
    assert ask(channel=Channel.SMS, contacts=told).opens_at == datetime(2026, 11, 5, 8, tzinfo=ZONES["CN"])
    told += _messages(1, days_ago=5)
    verdict = ask(channel=Channel.SMS, contacts=told)
    assert (verdict.rule, verdict.opens_at) == ("C06", datetime(2026, 11, 6, 8, tzinfo=ZONES["CN"]))


def _messages(count: int, *, days_ago: int = 0) -> list[PastContact]:
    at = datetime.combine(DAY - timedelta(days=days_ago), time(9), tzinfo=ZONES["CN"])
    past = {"channel": Channel.SMS, "purpose": Purpose.COLLECTION, "number": "own", "debt": 1}
    return [PastContact(at=at, outcome=Outcome.SENT, **past) for _ in range(count)]  # type: ignore[arg-type]


def test_a_pack_is_data_with_a_day_from_which_it_holds() -> None:
    assert [ContactPack.from_data(data).code for data in PACKS] == ["CN", "US", "UK"]
    with pytest.raises(LookupError):
        pack_on("US", date(2020, 1, 1))
