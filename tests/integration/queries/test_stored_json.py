"""JSON as databases keep it: the short ways give what the long one gives, and other spellings are told from ours."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.canonical_json import canonical_json, spelt
from portal.queries.stored_json import canonical_of_text, canonical_of_values

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['": ', '", "', "\\", "\x7f", "\x00", "e\u0301", "核对身份", "9" * 30]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.text("abcdefg_", min_size=1, max_size=6), VALUES, max_size=4)


def by_the_book(fields: dict[str, Any]) -> str | None:
    try:
        return canonical_json(fields).decode()
    except ValueError:  # two keys that are one under NFC
        return None


@given(FIELDS)
def test_what_was_written_here_has_its_canonical_form(fields: dict[str, Any]) -> None:
    assert canonical_of_text(spelt(fields)) == by_the_book(fields)


@given(FIELDS)
def test_what_is_kept_as_values_has_it_in_any_spelling(fields: dict[str, Any]) -> None:
    for spelling in (json.dumps(fields), json.dumps(fields, ensure_ascii=False, indent=1)):
        assert canonical_of_values(spelling) == by_the_book(fields)


@given(FIELDS)
def test_what_was_written_before_is_still_read(fields: dict[str, Any]) -> None:
    if '": ' in (old := json.dumps(fields)):
        assert canonical_of_text(old) == by_the_book(fields)


@pytest.mark.parametrize(
    "text", ['{"a":  1}', '{"b": 1, "a":1}', '{"a": "核"}\n', '{"a": 1.5}', '{"a": 1', "核", '{"a": 1e2}']
)
def test_another_spelling_is_none_of_ours(text: str) -> None:
    assert canonical_of_text(text) is None


@pytest.mark.parametrize("text", ['{"a": 1', "核", '{"核": 1.5}', ""])
def test_what_is_no_json_of_ours_has_no_form(text: str) -> None:
    assert canonical_of_values(text) is None


@pytest.mark.parametrize("number", [2**63, 2**70, -(2**64), 10**18])
def test_whole_numbers_of_any_length_stay_whole(number: int) -> None:
    assert canonical_of_values(json.dumps({"a": number})) == f'{{"a":{number}}}'
