"""Business text: which sections apply to what is so, and their places filled in."""

import pytest

from portal.domain.texts import Text, TextSection

ALWAYS = TextSection("always", "For {name}", ("Dear {name},", "{sum} is due."), notes={"payee": "to {payee}"})
GUARANTEED = TextSection("guaranteed", "t", (), when={"guarantor": ("yes",)})
PLANNED = TextSection(
    "planned",
    "t",
    (),
    when={"kind": ("catch_up", "defer"), "guarantor": ("yes", "no")},
    covers=("new_terms",),
)
TEXT = Text("agreement", "en", "2026-01-01.abc", "t", (), (ALWAYS, GUARANTEED, PLANNED), {})
VALUES = {"name": "{sum}", "sum": "12.00", "payee": "{name}"}


@pytest.mark.parametrize(
    ("kind", "guarantor", "codes"),
    [
        ("catch_up", "yes", ["always", "guaranteed", "planned"]),
        ("defer", "no", ["always", "planned"]),
        ("settlement", "no", ["always"]),
        ("settlement", "yes", ["always", "guaranteed"]),
        ("defer", "unknown", ["always"]),
    ],
)
def test_a_section_applies_where_each_fact_is_one_that_it_asks_for(
    kind: str, guarantor: str, codes: list[str]
) -> None:
    found = TEXT.sections_for({"kind": kind, "guarantor": guarantor}, VALUES)
    assert [section.code for section in found] == codes


def test_a_fact_that_nobody_stated_is_no_silent_no() -> None:
    with pytest.raises(KeyError):
        GUARANTEED.applies_to({"kind": "defer"})
    assert ALWAYS.applies_to({})


def test_places_are_filled_once_and_what_was_typed_is_never_read_for_places() -> None:
    assert ALWAYS.filled(VALUES) == TextSection(
        "always", "For {sum}", ("Dear {sum},", "12.00 is due."), notes={"payee": "to {name}"}
    )
    with pytest.raises(KeyError):
        ALWAYS.filled({"name": "a"})


def test_a_filled_section_keeps_what_it_is_for() -> None:
    (found,) = [each for each in TEXT.sections_for({"kind": "defer", "guarantor": "no"}, VALUES) if each.when]
    assert (found.when, found.covers) == (PLANNED.when, ("new_terms",))
