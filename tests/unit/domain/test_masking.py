"""Masked, a number is recognisable to its owner and useless to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.masking import mask_account, mask_mobile, mask_name

DIGITS = st.text("0123456789", min_size=11, max_size=15)


@pytest.mark.parametrize(
    ("mobile", "masked"),
    [
        ("+8613800001234", "138****1234"),
        ("13800001234", "138****1234"),
        ("+85261234567", "+85****4567"),
        ("+442071838750", "+44****8750"),
        ("1234", "****1234"),
        ("", "****"),
    ],
)
def test_a_mobile_shows_its_beginning_and_its_last_four(mobile: str, masked: str) -> None:
    assert mask_mobile(mobile) == masked


@given(DIGITS)
def test_no_more_than_seven_digits_of_a_number_are_shown(digits: str) -> None:
    for masked in (mask_mobile(digits), mask_mobile(f"+86{digits}"), mask_account(digits)):
        shown = masked.replace("*", "").strip()
        assert len(shown) <= 7
        assert masked.endswith(digits[-4:])


@pytest.mark.parametrize(
    ("name", "masked"), [("李娜", "李*"), ("欧阳修文", "欧***"), ("李", "李*"), ("", "*")]
)
def test_a_name_shows_its_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_an_account_shows_its_last_four() -> None:
    assert mask_account("6222021234567890123") == "**** 0123"
