"""What may be set aside, what the guard is then told, and who says yes to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.contact_guard import Verdict
from portal.domain.contact_overrides import (
    find_overridable,
    refuse_second,
    refuse_unexplained_override,
    without,
)
from portal.domain.contact_requests import ContactFacts, Outcome, PastContact, Purpose
from portal.domain.contact_stops import Stop
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.errors import AccessRefused, Conflict
from tests.unit.domain.refusals import refusal

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
ALLOWED = {"own_hours": "call:override", "messages_a_day": "call:override"}
WISHES = ContactWishes(ContactHours(10, 12), frozenset({Channel.EMAIL}))
PAST = {
    channel: PastContact(
        at=NOW, channel=channel, purpose=Purpose.COLLECTION, number="n", debt=1, outcome=Outcome.SENT
    )
    for channel in Channel
}
FACTS = ContactFacts(wishes=WISHES, own_numbers=frozenset({"n"}), contacts=tuple(PAST.values()))


@pytest.mark.parametrize(
    ("because", "found"),
    [
        ([], None),
        (["own_hours"], "own_hours"),
        (["own_hours", "own_hours"], "own_hours"),
        (["plan_kept"], None),
        (["own_hours", "plan_kept"], None),
        (["own_hours", "messages_a_day"], None),
    ],
)
def test_only_what_alone_says_no_and_is_on_the_list_can_be_set_aside(
    because: list[str], found: str | None
) -> None:
    verdict = Verdict([Stop("C02", why) for why in because], opens_at=None)
    assert find_overridable(verdict, ALLOWED) == found
    assert find_overridable(verdict, {}) is None


def test_a_list_of_one_rule_lets_that_one_be_set_aside() -> None:
    verdict = Verdict([Stop("C02", "own_hours")], opens_at=None)
    assert find_overridable(verdict, {"own_hours": "call:override"}) == "own_hours"


def test_without_the_wish_for_channels_every_way_is_open_at_the_hours_that_were_wished() -> None:
    told = without(FACTS, "channel_not_wanted")
    assert told.wishes == ContactWishes(ContactHours(10, 12), frozenset(Channel))
    assert (told.contacts, told.own_numbers) == (FACTS.contacts, FACTS.own_numbers)


def test_without_the_wish_for_hours_the_countrys_hours_hold_for_the_same_channels() -> None:
    told = without(FACTS, "own_hours")
    assert told.wishes == ContactWishes(USUAL_HOURS, frozenset({Channel.EMAIL}))
    assert (told.contacts, told.own_numbers) == (FACTS.contacts, FACTS.own_numbers)


@pytest.mark.parametrize("because", ["messages_a_day", "messages_a_week"])
def test_without_the_limit_of_messages_calls_and_letters_still_count(because: str) -> None:
    told = without(FACTS, because)
    assert list(told.contacts) == [PAST[Channel.PHONE], PAST[Channel.LETTER]]
    assert told.wishes == WISHES


@pytest.mark.parametrize("because", ["plan_kept", "MESSAGES_A_DAY", ""])
def test_nothing_else_can_be_taken_out_of_the_facts(because: str) -> None:
    assert without(FACTS, because) == FACTS


ASKED: dict[str, Any] = {
    "asked_by": 1,
    "staff_id": 2,
    "state": "asked",
    "expires_at": NOW + timedelta(seconds=1),
    "now": NOW,
}


@pytest.mark.parametrize(
    ("change", "error", "expected"),
    [
        ({"staff_id": 1}, AccessRefused, ("override_by_oneself", None, "P18")),
        ({"staff_id": 1, "state": "used"}, AccessRefused, ("override_by_oneself", None, "P18")),
        ({"state": "used", "expires_at": NOW}, Conflict, ("override_answered", None, None)),
        ({"expires_at": NOW}, Conflict, ("override_over", None, None)),
    ],
)
def test_a_second_person_is_refused_for_the_weightiest_cause(
    change: dict[str, Any], error: type[Exception], expected: tuple[str, None, str | None]
) -> None:
    def answer() -> None:
        refuse_second(**{**ASKED, **change})

    assert refusal(answer) == expected
    with pytest.raises(error):
        answer()


def test_a_second_person_or_none_of_the_staff_may_answer_in_time() -> None:
    assert refusal(lambda: refuse_second(**ASKED)) is None
    assert refusal(lambda: refuse_second(**{**ASKED, "staff_id": None})) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("asked by letter", None),
        *((t, ("override_reason_missing", "explanation", None)) for t in ("", " \n")),
    ],
)
def test_setting_aside_is_explained(text: str, expected: tuple[str, str, None] | None) -> None:
    assert refusal(lambda: refuse_unexplained_override(text)) == expected
