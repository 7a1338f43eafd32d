"""How often somebody may be reached (rules C03 to C06): up to the last contact that is allowed, and when the next one is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.domain.contact_frequency import (
    after_conversation,
    calls_about_debt,
    conversations,
    count_today,
    messages,
    unanswered_dials,
)
from portal.domain.contact_packs import PACKS, ContactPack
from portal.domain.contact_requests import ContactFacts, ContactRequest, Outcome, PastContact, Purpose
from portal.domain.contact_stops import Stop
from portal.domain.contact_wishes import Channel

ZONE = ZoneInfo("Asia/Shanghai")
CN, US = (ContactPack.from_data(data) for data in PACKS[:2])
NOW = datetime(2026, 11, 4, 12, tzinfo=ZONE)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TOMORROW = datetime(2026, 11, 5, tzinfo=ZONE)

Rule = Callable[[ContactRequest, ContactFacts, ContactPack], Stop | None]


def request(at: datetime = NOW, **known: Any) -> ContactRequest:
    usual = {"channel": Channel.PHONE, "purpose": Purpose.COLLECTION, "number": "own", "debt": 1}
    return ContactRequest(at=at, **{**usual, **known})


def past(count: int = 1, at: datetime = NOW - SECOND, **known: Any) -> list[PastContact]:
    usual = {
        "channel": Channel.PHONE,
        "purpose": Purpose.COLLECTION,
        "number": "own",
        "debt": 1,
        "outcome": Outcome.OPEN,
    }
    return [PastContact(at=at, **{**usual, **known})] * count


def stop(
    rule: Rule, pack: ContactPack, *contacts: Sequence[PastContact], asked: ContactRequest | None = None
) -> Stop | None:
    facts = ContactFacts(contacts=[each for some in contacts for each in some])
    return rule(asked or request(), facts, pack)


CASES = {
    "C03": (conversations, CN, 3, Stop("C03", "conversations_a_day", TOMORROW)),
    "C04": (unanswered_dials, CN, 6, Stop("C04", "unanswered_a_day", TOMORROW)),
    "C05": (calls_about_debt, US, 7, Stop("C05", "calls_in_seven_days", TOMORROW + 6 * DAY)),
}
"""The rule, the pack that has it, how many are allowed, and what it says once they were made today."""


@pytest.mark.parametrize(("rule", "pack", "limit", "full"), CASES.values(), ids=CASES)
def test_the_last_that_is_allowed_is_and_one_more_is_not(
    rule: Rule, pack: ContactPack, limit: int, full: Stop
) -> None:
    assert stop(rule, pack, past(limit - 1)) is None
    assert stop(rule, pack, past(limit)) == full
    assert stop(rule, pack, past(limit + 1)) == full


@pytest.mark.parametrize(("rule", "pack", "limit", "full"), CASES.values(), ids=CASES)
def test_calls_by_us_about_the_rules_matters_up_to_now_count(
    rule: Rule, pack: ContactPack, limit: int, full: Stop
) -> None:
    others: list[list[PastContact]] = [
        past(by_us=False),
        past(channel=Channel.SMS),
        past(channel=Channel.EMAIL),
        past(purpose=Purpose.ASKED_FOR),
        past(at=NOW + SECOND),
        past(at=NOW - 8 * DAY),
    ]
    assert stop(rule, pack, past(limit - 1), *others) is None
    assert stop(rule, pack, past(limit - 1), *others, past(at=NOW)) == full


@pytest.mark.parametrize(("rule", "pack", "limit", "full"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_messages_are_not_calls(
    channel: Channel, rule: Rule, pack: ContactPack, limit: int, full: Stop
) -> None:
    del full
    assert stop(rule, pack, past(limit), asked=request(channel=channel)) is None


@pytest.mark.parametrize(("rule", "pack", "limit", "full"), CASES.values(), ids=CASES)
def test_a_country_without_the_limit_stops_nobody(
    rule: Rule, pack: ContactPack, limit: int, full: Stop
) -> None:
    del full
    assert stop(rule, US if pack is CN else CN, past(limit)) is None


@pytest.mark.parametrize("rule", [conversations, unanswered_dials])
def test_a_day_is_one_of_the_borrowers_zone(rule: Rule) -> None:
    """Midnight of Shanghai is four in the afternoon of London."""
    first, eve = datetime(2026, 11, 3, 16, tzinfo=UTC), datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC)
    assert stop(rule, CN, past(6, at=first)) is not None
    assert stop(rule, CN, past(6, at=eve)) is None


@pytest.mark.parametrize(
    ("outcome", "talked", "dialled"),
    [
        (Outcome.ANSWERED, True, False),
        (Outcome.UNANSWERED, False, True),
        (Outcome.OPEN, True, True),
        (Outcome.SENT, False, False),
    ],
)
def test_a_call_of_which_nothing_is_known_counts_as_answered_and_as_not(
    outcome: Outcome, *, talked: bool, dialled: bool
) -> None:
    calls = past(6, outcome=outcome)
    assert bool(stop(conversations, CN, calls)) is talked
    assert bool(stop(unanswered_dials, CN, calls)) is dialled
    assert bool(stop(after_conversation, US, calls)) is talked
    assert stop(calls_about_debt, US, calls, past(outcome=outcome)) is not None


def test_conversations_are_counted_by_person_dials_by_number_and_the_weeks_calls_by_debt() -> None:
    elsewhere, about = past(7, number="work"), past(7, debt=2)
    assert stop(conversations, CN, elsewhere) is not None
    assert stop(conversations, CN, about) is not None
    assert stop(unanswered_dials, CN, elsewhere) is None
    assert stop(unanswered_dials, CN, about) is not None
    assert stop(calls_about_debt, US, elsewhere) is not None
    assert stop(calls_about_debt, US, about) is None
    assert stop(after_conversation, US, about) is None


def test_each_rule_counts_the_purposes_of_its_own_scope() -> None:
    notices = past(7, purpose=Purpose.NOTICE)
    assert stop(conversations, CN, notices) is not None
    assert stop(unanswered_dials, CN, notices) is not None
    assert stop(calls_about_debt, US, notices) is None
    answers = past(7, purpose=Purpose.ANSWER)
    assert stop(conversations, CN, answers) is None
    assert stop(unanswered_dials, CN, answers) is not None
    assert stop(messages, CN, past(channel=Channel.SMS, purpose=Purpose.NOTICE), asked=SMS) is None


def test_seven_days_in_a_row_are_today_and_the_six_before() -> None:
    """The oldest of seven calls is six days old: it leaves the window tomorrow. A day older, and it has left."""
    assert stop(calls_about_debt, US, past(6), past(at=NOW - 6 * DAY)) == Stop(
        "C05", "calls_in_seven_days", TOMORROW
    )
    assert stop(calls_about_debt, US, past(6), past(at=NOW - 7 * DAY)) is None
    two_too_many = stop(calls_about_debt, US, past(7, at=NOW - 2 * DAY), past(2, at=NOW - 5 * DAY))
    assert two_too_many == Stop("C05", "calls_in_seven_days", TOMORROW + 4 * DAY)


@pytest.mark.parametrize("days_ago", range(9))
def test_after_a_conversation_seven_days_are_quiet_its_own_among_them(days_ago: int) -> None:
    talk = past(at=NOW - days_ago * DAY, outcome=Outcome.ANSWERED)
    quiet = Stop("C05", "after_conversation", TOMORROW + (6 - days_ago) * DAY)
    assert stop(after_conversation, US, talk) == (quiet if days_ago < 7 else None)


def test_after_the_last_of_several_conversations_the_days_are_counted() -> None:
    talks = [*past(at=NOW - DAY), *past(at=NOW - 5 * DAY)]
    assert stop(after_conversation, US, talks) == Stop("C05", "after_conversation", TOMORROW + 5 * DAY)
    assert stop(after_conversation, US) is None
    assert stop(after_conversation, CN, talks) is None
    assert stop(after_conversation, US, talks, asked=request(channel=Channel.SMS)) is None


def test_the_quiet_days_end_with_the_first_moment_of_a_day() -> None:
    opens = datetime(2026, 11, 4, tzinfo=ZONE)
    talk = past(at=NOW - 7 * DAY, outcome=Outcome.ANSWERED)
    assert stop(after_conversation, US, talk, asked=request(opens)) is None
    assert stop(after_conversation, US, talk, asked=request(opens - SECOND)) == Stop(
        "C05", "after_conversation", opens
    )


SMS = request(channel=Channel.SMS)


def told(
    days_ago: int = 0, count: int = 1, channel: Channel = Channel.SMS, **known: Any
) -> list[PastContact]:
    return past(count, at=NOW - days_ago * DAY, channel=channel, outcome=Outcome.SENT, **known)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("before", [Channel.SMS, Channel.EMAIL])
def test_one_message_about_a_debt_goes_out_in_a_day_whatever_the_way(
    channel: Channel, before: Channel
) -> None:
    asked = request(channel=channel)
    assert stop(messages, CN, told(1, channel=before), asked=asked) is None
    assert stop(messages, CN, told(channel=before), asked=asked) == Stop("C06", "messages_a_day", TOMORROW)


def test_three_messages_go_out_in_a_week_and_that_is_told_before_the_day() -> None:
    assert stop(messages, CN, told(1), told(6), asked=SMS) is None
    assert stop(messages, CN, told(1), told(2), told(7), asked=SMS) is None
    full = Stop("C06", "messages_a_week", TOMORROW)
    assert stop(messages, CN, told(1), told(2), told(6), asked=SMS) == full
    assert stop(messages, CN, told(0), told(2), told(6), asked=SMS) == full
    assert stop(messages, CN, told(0), told(6), asked=SMS) == Stop("C06", "messages_a_day", TOMORROW)


def test_two_messages_a_day_are_a_pack_of_its_own() -> None:
    pack = replace(CN, messages_a_day=2, messages_a_week=9)
    assert stop(messages, pack, told(), asked=SMS) is None
    assert stop(messages, pack, told(count=2), asked=SMS) == Stop("C06", "messages_a_day", TOMORROW)


def test_calls_and_messages_about_another_debt_leave_the_message_free() -> None:
    assert stop(messages, CN, told(debt=2), past(), told(by_us=False), asked=SMS) is None
    assert stop(messages, CN, told(count=3), asked=request()) is None


def test_what_was_counted_today_is_shown_as_the_rules_count_it() -> None:
    contacts = [
        *past(2, outcome=Outcome.ANSWERED),
        *past(outcome=Outcome.ANSWERED, number="work", debt=2),
        *past(3, outcome=Outcome.UNANSWERED),
        *past(4, outcome=Outcome.UNANSWERED, number="work"),
        *past(purpose=Purpose.ANSWER, outcome=Outcome.ANSWERED),
        *past(purpose=Purpose.ANSWER, outcome=Outcome.UNANSWERED),
        *past(5, at=NOW - DAY),
        *past(outcome=Outcome.OPEN),
        *past(at=NOW + SECOND),
        *past(channel=Channel.SMS, outcome=Outcome.OPEN),
    ]
    facts = ContactFacts(contacts=contacts)
    assert count_today(facts, CN, number="own", now=NOW) == (4, 5)
    assert count_today(facts, CN, number="work", now=NOW) == (4, 4)
