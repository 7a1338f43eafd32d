"""Incidents with personal information: what is refused, and which words a notice may not lack."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.domain.errors import AccessRefused
from portal.domain.incidents import (
    AUTHORITY_WITHIN,
    PEOPLE_WITHIN,
    Audience,
    DataKind,
    IncidentFacts,
    Item,
    missing_items,
    refuse_facts,
    refuse_incomplete,
    refuse_second_of_notice,
    refuse_unfinished,
)
from tests.unit.domain.refusals import Refusal, refusal

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WRITTEN = ("cause", "harm", "measures", "self_help", "contact")


def incident(**changes: Any) -> IncidentFacts:
    texts = {locale: dict.fromkeys(WRITTEN, "words") for locale in ("zh_CN", "en")}
    usual = {
        "found_at": NOW,
        "happened_on": NOW.date(),
        "kinds": (DataKind.LOAN,),
        "people": 3,
        "texts": texts,
    }
    return IncidentFacts(**{**usual, **changes})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"people": 2_000_000_000}, None),
        ({"people": 0}, None),
        ({"found_at": NOW + timedelta(seconds=1)}, ("incident_found_later", "found_on", None)),
        ({"happened_on": date(2026, 3, 5)}, ("incident_happened_later", "happened_on", None)),
        ({"kinds": ()}, ("incident_kinds_missing", "kinds", None)),
        ({"people": -1}, ("incident_people_unclear", "people", None)),
        ({"people": 2_000_000_001}, ("incident_people_unclear", "people", None)),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(change: dict[str, Any], expected: Refusal | None) -> None:
    assert refusal(lambda: refuse_facts(incident(**change), now=NOW, today=NOW.date())) == expected


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("item", WRITTEN)
def test_a_notice_names_the_first_item_that_is_not_written_in_its_language(item: str, locale: str) -> None:
    texts = {"zh_CN": dict.fromkeys(WRITTEN, "words"), "en": dict.fromkeys(WRITTEN, "words")}
    texts[locale][item] = " \n"
    assert refusal(lambda: refuse_incomplete(incident(texts=texts), locale)) == (
        "notice_incomplete",
        f"{item}_{locale}",
        "D05",
    )
    other = {"zh_CN": "en", "en": "zh_CN"}[locale]
    assert refusal(lambda: refuse_incomplete(incident(texts=texts), other)) is None


def test_a_notice_with_every_item_lacks_none_and_one_without_words_lacks_all() -> None:
    assert list(missing_items(incident(), "en")) == []
    assert list(missing_items(incident(texts={}), "en")) == [
        Item.CAUSE,
        Item.HARM,
        Item.MEASURES,
        Item.SELF_HELP,
        Item.CONTACT,
    ]
    assert list(missing_items(incident(texts={"en": {}}, kinds=()), "en"))[-1] is Item.KINDS


def test_a_notice_without_kinds_is_incomplete() -> None:
    assert refusal(lambda: refuse_incomplete(incident(kinds=()), "en")) == (
        "notice_incomplete",
        "kinds_en",
        "D05",
    )


def test_nobody_agrees_to_their_own_notice() -> None:
    assert refusal(lambda: refuse_second_of_notice(1, 1)) == ("notice_by_oneself", None, "D05")
    assert refusal(lambda: refuse_second_of_notice(2, 1)) is None
    with pytest.raises(AccessRefused):
        refuse_second_of_notice(1, 1)


@pytest.mark.parametrize(
    ("issued", "is_finished"),
    [
        ((), False),
        ((Audience.AUTHORITY,), False),
        ((Audience.PEOPLE,), False),
        ((Audience.NOBODY,), False),
        ((Audience.PEOPLE, Audience.NOBODY), False),
        ((Audience.AUTHORITY, Audience.PEOPLE), True),
        ((Audience.AUTHORITY, Audience.NOBODY), True),
        ((Audience.AUTHORITY, Audience.PEOPLE, Audience.NOBODY), True),
    ],
)
def test_an_incident_is_over_once_the_authority_and_the_people_were_told_or_need_not_be(
    issued: Collection[Audience], is_finished: bool
) -> None:
    expected = None if is_finished else ("incident_unfinished", None, "D05")
    assert refusal(lambda: refuse_unfinished(issued)) == expected


def test_the_authority_is_told_within_a_day_and_people_within_three() -> None:
    assert timedelta(days=1) == AUTHORITY_WITHIN
    assert timedelta(days=3) == PEOPLE_WITHIN
