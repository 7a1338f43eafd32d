"""Codes that are read off paper."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.check_codes import ALPHABET, PATTERN, RANDOM_BYTES, new_check_code, parse_check_code
from portal.domain.errors import DomainError

CODES = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(new_check_code)
CODE = new_check_code(bytes(range(10)))


def test_it_carries_80_bits_and_one_check_character() -> None:
    assert RANDOM_BYTES * 8 >= 80
    assert [len(group) for group in CODE.split("-")] == [4, 4, 4, 5]
    assert new_check_code(bytes(10)) == "0000-0000-0000-00000"


@given(st.sets(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), min_size=2, max_size=20))
def test_different_bytes_give_different_codes(many: set[bytes]) -> None:
    assert len({new_check_code(one) for one in many}) == len(many)


@given(CODES)
def test_a_code_reads_back(code: str) -> None:
    assert parse_check_code(code) == code


@given(CODES)
def test_what_people_type_is_forgiven(code: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    typed = f"  {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert (
        parse_check_code(typed) == parse_check_code(wide) == parse_check_code(code.replace("-", "—")) == code
    )


@given(CODES, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_found(code: str, place: int, wrong: str) -> None:
    plain = code.replace("-", "")
    typed = plain[:place] + wrong + plain[place + 1 :]
    if typed != plain:
        with pytest.raises(DomainError, match="check_code_mistyped"):
            parse_check_code(typed)


@given(CODES, st.integers(0, 16), st.integers(0, 16))
def test_any_two_characters_swapped_are_found(code: str, one: int, other: int) -> None:
    characters = list(code.replace("-", ""))
    characters[one], characters[other] = characters[other], characters[one]
    if "".join(characters) != code.replace("-", ""):
        with pytest.raises(DomainError, match="check_code_mistyped"):
            parse_check_code("".join(characters))


@pytest.mark.parametrize(
    "text", ["", "abc", CODE + "0", "核验码核验码核验码核验码核验码核", "<script>", "0" * 10_000]
)
def test_what_cannot_be_a_code_is_said_to_be_none(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_check_code(text)
    assert (refusal.value.code, refusal.value.field) == ("check_code_malformed", "code")


def test_a_letter_outside_the_alphabet_is_a_mistake_in_typing() -> None:
    with pytest.raises(DomainError, match="check_code_mistyped"):
        parse_check_code("U" + CODE[1:])


def test_it_wants_exactly_its_bytes() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        new_check_code(b"short")


@pytest.mark.parametrize(
    ("random_bytes", "code"),
    [
        (bytes(range(10)), "000G-40R4-0M30-E209J"),
        (b"\xff" * 10, "ZZZZ-ZZZZ-ZZZZ-ZZZZM"),
        (b"\x01" + bytes(9), "0400-0000-0000-0000K"),
        (bytes(9) + b"\x01", "0000-0000-0000-00012"),
    ],
)
def test_codes_on_paper_stay_what_they_are(random_bytes: bytes, code: str) -> None:
    """The check worked out by long division over GF(32): of sixteen characters the first has the weight x^16, the last x."""
    assert new_check_code(random_bytes) == code
    assert parse_check_code(code) == code
    assert re.fullmatch(PATTERN, code)


@pytest.mark.parametrize("between", [*" -_.·\t\n", "\u2010", "\u2015", "\u2212", "--"])
def test_what_people_put_between_characters_is_forgiven(between: str) -> None:
    assert parse_check_code(between.join(["000G", "40R4", "0M30", "E209J"])) == "000G-40R4-0M30-E209J"


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    assert parse_check_code("oOog4oR4oM3OE2O9j") == "000G-40R4-0M30-E209J"
    for one in "1IiLl":
        assert parse_check_code(f"00000000000000O{one}2") == "0000-0000-0000-00012"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("000G40R40M30E209K", "check_code_mistyped"),
        ("U00G40R40M30E209J", "check_code_mistyped"),
        ("000G40R40M30E209", "check_code_malformed"),
        ("000G40R40M30E209JJ", "check_code_malformed"),
        ("000G40R40M30E209é", "check_code_malformed"),
        ("000G40R40M30E209!", "check_code_malformed"),
        ("000G40R40M30E209J" + " " * 47, None),
        (" " * 47 + "000G40R40M30E209J", None),
        (" " * 48 + "000G40R40M30E209J", "check_code_malformed"),
    ],
)
def test_what_is_no_code_is_told_apart_from_a_slip(typed: str, code: str | None) -> None:
    if code is None:
        assert parse_check_code(typed) == "000G-40R4-0M30-E209J"
        return
    with pytest.raises(DomainError) as refused:
        parse_check_code(typed)
    assert (refused.value.code, refused.value.field) == (code, "code")
