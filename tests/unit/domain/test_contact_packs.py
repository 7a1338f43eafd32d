"""Rule packs are read as they were written, number by number."""

from collections.abc import Mapping
from typing import Any

import pytest

from portal.domain.contact_packs import PACKS, ContactPack

NUMBERS = (
    "conversations_a_day",
    "unanswered_a_day",
    "calls_in_seven_days",
    "days_after_conversation",
    "messages_a_day",
    "messages_a_week",
    "reminder_day",
    "cure_days",
    "moratorium_days",
    "days_after_treatment",
)


@pytest.mark.parametrize("data", PACKS, ids=lambda data: data["version"])
def test_every_part_is_the_one_of_its_name(data: Mapping[str, Any]) -> None:
    other = {**data, **{name: 1_000 + place for place, name in enumerate(NUMBERS)}}
    pack = ContactPack.from_data(other)
    assert [getattr(pack, name) for name in NUMBERS] == list(range(1_000, 1_000 + len(NUMBERS)))
    assert (pack.opens.isoformat("minutes"), pack.closes.isoformat("minutes")) == (
        data["opens"],
        data["closes"],
    )
    assert (pack.code, pack.version, pack.closes_after) == (
        data["code"],
        data["version"],
        data["closes_after"],
    )
    assert {rule: sorted(scope) for rule, scope in pack.scopes.items()} == {
        rule: sorted(scope) for rule, scope in data["scopes"].items()
    }
    assert pack.overrides == data["overrides"]


def test_what_a_country_does_not_count_is_left_out() -> None:
    counted = {data["code"]: ContactPack.from_data(data).calls_in_seven_days for data in PACKS}
    assert counted == {"CN": None, "US": 7, "UK": None}
