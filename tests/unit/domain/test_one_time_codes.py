"""One-time codes and what is typed of them: what was kept is found again, and slips of the hand are forgiven."""

import pytest

from portal.domain.errors import DomainError
from portal.domain.one_time_codes import code_of, keyed_hash, parse_code, parse_ending


def test_a_code_is_the_last_six_digits_of_an_hmac_and_keeps_its_zeros() -> None:
    """HMAC-SHA256 of the seed behind its name, as OpenSSL makes it."""
    assert code_of("7f3a", "a key") == "881738"
    assert code_of("440", "a key") == "000561"
    assert keyed_hash("+8613800138001", "a key", purpose="number") == (
        "17d8357991be76f69d23972b7f4d19e55768ad935bf3bbd4ae923a93605615a4"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "012345",
        " 012 345 ",
        "012-345",
        "０１２３４５",
        "012\u2010345",
        "012\u2014345",
        "012\u2015345",
        "0 1 2 3 4 5\t\n",
        "012345" + " " * 26,
    ],
)
def test_spaces_dashes_and_wide_digits_are_forgiven(typed: str) -> None:
    assert parse_code(typed) == "012345"


def code_refusal(typed: str, **asked: str | None) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refusal:
        parse_code(typed, **asked)
    return refusal.value.code, refusal.value.field


@pytest.mark.parametrize("typed", ["", "  ", "-", "\u2014", " " * 40 + "012345"])
def test_nothing_typed_is_missing(typed: str) -> None:
    assert code_refusal(typed) == ("code_missing", "code")
    assert code_refusal(typed, field="code_2") == ("code_missing", "code_2")


@pytest.mark.parametrize(
    "typed", ["01234", "0123456", "01234x", "०१२३४५", "012_345", "012.345", "012345" + " " * 27]
)
def test_what_is_no_six_digits_is_unclear(typed: str) -> None:
    assert code_refusal(typed) == ("code_unclear", "code")
    assert code_refusal(typed, field=None) == ("code_unclear", None)


def ending_refusal(typed: str, **asked: str | None) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refusal:
        parse_ending(typed, **asked)
    return refusal.value.code, refusal.value.field


def test_an_ending_is_three_digits_and_a_digit_or_x() -> None:
    assert [parse_ending(typed) for typed in ("0000", "999x", "1 2 3 X", "1234" + " " * 28)] == [
        "0000",
        "999X",
        "123X",
        "1234",
    ]
    assert {ending_refusal(typed) for typed in ("", " ", " " * 40 + "1234")} == {("ending_missing", "ending")}
    assert ending_refusal("", field="id") == ("ending_missing", "id")
    unclear = ("123", "12345", "12X4", "123Y", "123-4", "1234" + " " * 29)
    assert {ending_refusal(typed) for typed in unclear} == {("ending_unclear", "ending")}
    assert ending_refusal("1", field="id") == ("ending_unclear", "id")
