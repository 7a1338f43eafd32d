"""Support calls: what was allowed reaches as far as it says, and the pairing number stays what it is."""

import pytest

from portal.domain.errors import DomainError
from portal.domain.support_calls import Level, pairing_number, parse_pairing_number


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("least", Level)
def test_what_is_allowed_holds_what_is_less(level: Level, least: Level) -> None:
    order = ["none", "proven", "consented"]
    assert level.reaches(least) is (order.index(level.value) >= order.index(least.value))


@pytest.mark.parametrize(("seed", "number"), [("7f3a", "00575431"), ("606", "00070069")])
def test_a_pairing_number_is_the_last_eight_digits_of_an_hmac(seed: str, number: str) -> None:
    """HMAC-SHA256 of the seed behind its name; zeros in front are kept."""
    assert pairing_number(seed, "a key") == number


@pytest.mark.parametrize(
    "typed",
    ["01234567", "0123-4567", "0123\u20104567", "0123\u20154567", "０１２３４５６７", "01234567" + " " * 24],
)
def test_spaces_dashes_and_wide_digits_are_forgiven(typed: str) -> None:
    assert parse_pairing_number(typed) == "01234567"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "pairing_missing"),
        ("\u2014", "pairing_missing"),
        (" " * 33, "pairing_missing"),
        ("0123456", "pairing_unclear"),
        ("012345678", "pairing_unclear"),
        ("0123456x", "pairing_unclear"),
        ("01234567" + " " * 25, "pairing_unclear"),
    ],
)
def test_what_is_no_pairing_number_is_told_on_its_field(typed: str, code: str) -> None:
    for field in ("number", None):
        with pytest.raises(DomainError) as refused:
            parse_pairing_number(typed, **({} if field else {"field": None}))
        assert (refused.value.code, refused.value.field) == (code, field)
