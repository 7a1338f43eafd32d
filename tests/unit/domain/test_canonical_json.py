"""One byte form for one value."""

import json
import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.canonical_json import canonical_json, canonical_text, digest_of

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdefgh键名", max_size=3), inner),
    max_leaves=12,
)


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    assert canonical_json({"b": 1, "a": [True, None, "元"]}) == '{"a":[true,null,"元"],"b":1}'.encode()


@given(VALUES)
def test_a_way_through_json_changes_no_byte(value: object) -> None:
    once = canonical_json(value)
    assert canonical_json(json.loads(once)) == once


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers()))
def test_the_order_in_which_keys_came_does_not_matter(value: dict[str, int]) -> None:
    assert digest_of(value) == digest_of(dict(reversed(value.items())))


def test_composed_and_decomposed_text_are_the_same() -> None:
    name = "Zoë"
    assert canonical_json(unicodedata.normalize("NFD", name)) == canonical_json(name)


def test_tuples_and_lists_are_the_same() -> None:
    assert canonical_json((1, (2,))) == canonical_json([1, [2]])


@pytest.mark.parametrize("value", [1.0, {1: "a"}, {"a": b"x"}, {"a": {1, 2}}, [float("nan")]])
def test_what_json_has_no_exact_form_for_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_two_keys_that_become_one_are_refused() -> None:
    with pytest.raises(ValueError, match="two keys"):
        canonical_json({"\u00e9": 1, "e\u0301": 2})


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical_json("\ud842")


def test_the_digest_is_known() -> None:
    assert digest_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-12, "-12"),
        ("", '""'),
        ('a"b\\c\n', '"a\\"b\\\\c\\n"'),
        ([], "[]"),
        ({}, "{}"),
        ({"z": {"b": 1, "a": []}, "a": [1, "x"]}, '{"a":[1,"x"],"z":{"a":[],"b":1}}'),
        ({"键": "值"}, '{"键":"值"}'),
    ],
)
def test_each_value_has_one_spelling(value: object, written: str) -> None:
    assert canonical_json(value) == written.encode()
    assert digest_of(value) == sha256(written.encode()).hexdigest()


def test_a_text_alone_is_spelt_as_within() -> None:
    for text in ("plain", "e\u0301", 'quote"'):
        assert canonical_json([text]) == f"[{canonical_text(text)}]".encode()
    assert canonical_text("e\u0301") == '"\u00e9"'


@pytest.mark.parametrize(
    ("value", "told"),
    [(1.5, "float has no canonical form"), ({1: "a"}, "a key must be text, not int"), (b"x", "bytes has no")],
)
def test_a_refusal_names_the_kind_of_value(value: object, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        canonical_json(value)


def test_keys_are_put_in_order_after_they_were_composed() -> None:
    """Composed, é comes behind z."""
    assert canonical_json({"z": 1, "e\u0301": 2}) == '{"z":1,"\u00e9":2}'.encode()
