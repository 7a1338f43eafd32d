"""What stands between us and a debtor, rule by rule: what is told, and from when on it would be yes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from portal.domain.contact_hours import is_quiet, quiet_until, usual_hours_on
from portal.domain.contact_packs import pack_on
from portal.domain.contact_requests import ContactFacts, ContactRequest, PlanStanding, Purpose
from portal.domain.contact_standing import (
    held,
    not_wanted,
    of_a_plan,
    proposal_waits,
    refused_for_good,
    third_person,
    time_barred,
)
from portal.domain.contact_stops import Stop
from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind

DAY = date(2026, 11, 4)
NOON = datetime.combine(DAY, time(12), tzinfo=UTC)
CHINA = pack_on("CN", DAY)


def asked(**known: Any) -> ContactRequest:
    usual = {"at": NOON, "channel": Channel.PHONE, "purpose": Purpose.COLLECTION, "number": "own", "debt": 1}
    return ContactRequest(**{**usual, **known})


def facts(**known: Any) -> ContactFacts:
    return ContactFacts(**{"own_numbers": frozenset({"own"}), **known})


def midnight(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


def test_a_number_that_refused_is_never_reached_again() -> None:
    refused = facts(refused_numbers=frozenset({"own"}))
    assert refused_for_good(asked(), refused, CHINA) == Stop("C11", "number_refused", None)
    assert refused_for_good(asked(number="other"), refused, CHINA) is None


def test_nobody_but_the_debtor_is_reached() -> None:
    assert third_person(asked(number="aunt"), facts(), CHINA) == Stop("C10", "not_the_debtor", None)
    assert third_person(asked(), facts(), CHINA) is None


@pytest.mark.parametrize("kind", [HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED])
@pytest.mark.parametrize("purpose", Purpose)
def test_who_is_not_to_be_talked_to_is_left_alone_whatever_it_is_about(
    kind: HoldKind, purpose: Purpose
) -> None:
    stopped = held(asked(purpose=purpose), facts(holds={kind: DAY}), CHINA)
    assert stopped == Stop("C09", f"hold_{kind.value}", None)


@pytest.mark.parametrize(
    ("holds", "stop"),
    [
        ({}, None),
        ({HoldKind.HARDSHIP: None}, Stop("C09", "hold_hardship", None)),
        ({HoldKind.HARDSHIP: DAY}, Stop("C09", "hold_hardship", midnight(5))),
        ({HoldKind.HARDSHIP: DAY - timedelta(days=1)}, None),
        (
            {HoldKind.DISPUTE: DAY, HoldKind.ILLNESS: DAY + timedelta(days=3)},
            Stop("C09", "hold_illness", midnight(8)),
        ),
        (
            {HoldKind.COMPLAINT: None, HoldKind.ILLNESS: DAY + timedelta(days=3)},
            Stop("C09", "hold_complaint", None),
        ),
        ({HoldKind.PLAN_ACTIVE: None, HoldKind.PROPOSAL_PENDING: None}, None),
    ],
)
def test_of_holds_on_collection_the_one_that_lasts_longest_is_named(
    holds: dict[HoldKind, date | None], stop: Stop | None
) -> None:
    assert held(asked(), facts(holds=holds), CHINA) == stop
    assert held(asked(purpose=Purpose.NOTICE), facts(holds=holds), CHINA) is None


def test_a_hold_is_over_with_the_last_moment_of_its_day() -> None:
    over = facts(holds={HoldKind.HARDSHIP: DAY - timedelta(days=1)})
    assert held(asked(at=midnight(DAY.day) - timedelta(seconds=1)), over, CHINA) == Stop(
        "C09", "hold_hardship", midnight(DAY.day)
    )
    assert held(asked(at=midnight(DAY.day)), over, CHINA) is None


def test_nobody_is_pressed_while_they_wait_for_our_answer() -> None:
    waiting = facts(holds={HoldKind.PROPOSAL_PENDING: None})
    assert proposal_waits(asked(), waiting, CHINA) == Stop("C08", "proposal_pending", None)
    assert proposal_waits(asked(), facts(holds={HoldKind.DISPUTE: None}), CHINA) is None


@pytest.mark.parametrize("known", [{"plan": PlanStanding()}, {"holds": {HoldKind.PLAN_ACTIVE: None}}])
def test_nothing_is_asked_for_while_a_plan_is_kept(known: dict[str, Any]) -> None:
    assert of_a_plan(asked(), facts(**known), CHINA) == Stop("C07", "plan_kept", None)
    for purpose in set(Purpose) - {Purpose.COLLECTION}:
        assert of_a_plan(asked(purpose=purpose), facts(**known), CHINA) is None


def test_without_a_plan_none_stops_anything() -> None:
    assert of_a_plan(asked(), facts(holds={HoldKind.DISPUTE: None}), CHINA) is None


@pytest.mark.parametrize(
    ("purpose", "days_ago", "stop"),
    [
        (Purpose.COLLECTION, 10, Stop("C07", "plan_curing", midnight(5))),
        (Purpose.COLLECTION, 11, None),
        (Purpose.PLAN_REMINDER, 2, Stop("C07", "reminder_too_early", midnight(5))),
        (Purpose.PLAN_REMINDER, 3, None),
    ],
)
def test_a_missed_payment_is_reminded_of_from_the_third_day_and_asked_for_after_the_tenth(
    purpose: Purpose, days_ago: int, stop: Stop | None
) -> None:
    missed = facts(plan=PlanStanding(DAY - timedelta(days=days_ago)))
    assert of_a_plan(asked(purpose=purpose), missed, CHINA) == stop
    at_midnight = asked(purpose=purpose, at=midnight(4))
    assert (of_a_plan(at_midnight, missed, CHINA) is None) is (stop is None)


def test_a_lapsed_debt_and_an_unwanted_way_stop_contact() -> None:
    assert time_barred(asked(), facts(is_time_barred=True), CHINA) == Stop("L02", "time_barred", None)
    assert time_barred(asked(), facts(), CHINA) is None
    letters = facts(wishes=ContactWishes(EVERY_WAY.hours, frozenset({Channel.LETTER})))
    assert not_wanted(asked(), letters, CHINA) == Stop("C02", "channel_not_wanted", None)
    assert not_wanted(asked(channel=Channel.LETTER), letters, CHINA) is None


def at(hour: int, minute: int = 0, second: int = 0, microsecond: int = 0, *, day: int = 4) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at(7, 59, 59, 999_999), at(8)),
        (at(8), None),
        (at(12, 30, 15), None),
        (at(21, 59, 59, 999_999), None),
        (at(22), at(8, day=5)),
        (at(23, 40, 12), at(8, day=5)),
    ],
)
def test_the_countrys_quiet_hours_are_from_ten_to_eight(moment: datetime, opens: datetime | None) -> None:
    stop = quiet_until(asked(at=moment), facts(), CHINA)
    assert stop == (None if opens is None else Stop("C01", "quiet_hours", opens))
    assert is_quiet(moment, CHINA) is (opens is not None)
    assert quiet_until(asked(at=moment, channel=Channel.LETTER), facts(), CHINA) is None


@pytest.mark.parametrize(
    ("moment", "opens"), [(at(9), at(20)), (at(20), None), (at(22, 30), None), (at(23), at(20, day=5))]
)
def test_hours_of_ones_own_take_their_place(moment: datetime, opens: datetime | None) -> None:
    late = facts(wishes=ContactWishes(ContactHours(20, 23), frozenset(Channel)))
    stop = quiet_until(asked(at=moment), late, CHINA)
    assert stop == (None if opens is None else Stop("C02", "own_hours", opens))


def test_where_the_closing_minute_still_counts_contact_is_quiet_after_it() -> None:
    """Regulation F: from 8:00 to 21:00, both included."""
    pack = pack_on("US", DAY)
    assert pack.closes_after
    closes = at(pack.closes.hour, pack.closes.minute)
    assert not is_quiet(closes, pack)
    assert is_quiet(closes + timedelta(microseconds=1), pack)


def test_the_usual_hours_of_a_day_begin_at_eight() -> None:
    assert usual_hours_on(date(2026, 12, 24), NOON) == datetime(2026, 12, 24, 8, tzinfo=UTC)
