import re
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.free_text import clean_text, visible
from portal.domain.mobiles import parse_mobile, refuse_elsewhere
from portal.domain.one_time_codes import code_of, keyed_hash, parse_code, parse_ending


@pytest.mark.parametrize(
    "typed",
    [
        "13800138001",
        "138 0013 8001",
        "138-0013-8001",
        "+86 13800138001",
        "8613800138001",
        "008613800138001",
        "１３８００１３８００１",
    ],
)
def test_a_chinese_mobile_has_one_form(typed: str) -> None:
    assert parse_mobile(typed) == "+8613800138001"


def test_a_number_of_another_country_than_those_that_codes_go_to_is_refused_on_its_field() -> None:
    refuse_elsewhere("+8613800138001", ["+86"])
    refuse_elsewhere("+85291234567", ["+86", "+852"])
    with pytest.raises(DomainError, match=r"^mobile_elsewhere$") as refused:
        refuse_elsewhere("+447700900123", ["+86", "+852"], field="new")
    assert (refused.value.field, refused.value.details) == ("new", {"prefixes": "+86 / +852"})
    with pytest.raises(DomainError) as refused:
        refuse_elsewhere("+85291234567", ["+86"])
    assert refused.value.field == "mobile"


@pytest.mark.parametrize(
    ("typed", "mobile"), [("+852 9123 4567", "+85291234567"), ("0044 7700 900123", "+447700900123")]
)
def test_other_countries_are_written_with_plus_or_00(typed: str, mobile: str) -> None:
    assert parse_mobile(typed) == mobile


@pytest.mark.parametrize(
    "typed", ["12800138001", "1380013800", "138001380011", "+0123456789", "abc", "+86", "1e10", "१३८००१३८००१"]
)
def test_what_is_no_mobile_is_unclear(typed: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_mobile(typed)
    assert (refusal.value.code, refusal.value.field) == ("mobile_unclear", "mobile")


@given(st.text())
def test_any_text_is_a_mobile_or_refused(text: str) -> None:
    with suppress(DomainError):
        assert re.fullmatch(r"\+[0-9]{7,15}", parse_mobile(text))


@pytest.mark.parametrize(
    ("typed", "ending"), [("1024", "1024"), ("203x", "203X"), (" 203 X ", "203X"), ("２０３Ｘ", "203X")]
)
def test_an_ending_has_one_form(typed: str, ending: str) -> None:
    assert parse_ending(typed) == ending


@pytest.mark.parametrize("typed", ["102", "10245", "X024", "abcd", "10２४", "____"])
def test_what_is_no_ending_is_unclear(typed: str) -> None:
    with pytest.raises(DomainError, match="ending_unclear"):
        parse_ending(typed)


@given(st.text(), st.text())
def test_a_code_has_six_digits_and_parses_as_itself(seed: str, key: str) -> None:
    code = code_of(seed.encode("utf-8", "replace").decode(), key.encode("utf-8", "replace").decode())
    assert len(code) == 6
    assert parse_code(code) == code


def test_codes_are_spread_evenly() -> None:
    firsts = [code_of(f"seed {n}", "key")[0] for n in range(10_000)]
    assert all(900 < firsts.count(digit) < 1100 for digit in "0123456789")


def test_a_code_depends_on_seed_and_key() -> None:
    assert len({code_of(seed, key) for seed in "ab" for key in "cd"}) == 4


def test_a_hash_depends_on_what_it_is_for() -> None:
    assert keyed_hash("1", "key", purpose="bucket") != keyed_hash("1", "key", purpose="number")


@given(st.text())
def test_kept_text_holds_nothing_unseen(text: str) -> None:
    kept = visible(text)
    assert all(c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Cn"} for c in kept)
    assert visible(kept) == kept


def test_rare_characters_and_emoji_are_kept() -> None:
    assert clean_text(" 𠮷野家，我已还款 🙂 ", field="body", most=20) == "𠮷野家，我已还款 🙂"
