import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.passwords import LONGEST, SHORTEST, refuse_weak

COMMON = frozenset({"correcthorsebatterystaple", "123456789012345"})
BREACHED = "a River and Four bridges"


class Known:
    def is_common(self, plain: str) -> bool:
        return plain in COMMON

    def is_breached(self, password: str) -> bool:
        return password == BREACHED


def refusal(password: str, *own_words: str) -> str | None:
    try:
        refuse_weak(password, known=Known(), own_words=own_words)
    except DomainError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("a" * 14, "password_too_short"),
        ("a b c d e f g h", None),
        ("四个汉字加上另外十一个字就够了吧", None),
        ("a long calm pass phrase", None),
        ("x1y2z3" * 22, "password_too_long"),
        ("correcthorsebatterystaple", "password_common"),
        ("Correct Horse Battery Staple", "password_common"),
        (BREACHED, "password_breached"),
        (BREACHED.lower(), None),
        ("123456789012345", "password_common"),
        ("abababababababab", "password_repeats"),
    ],
)
def test_length_counts_and_what_everybody_tries_is_refused(password: str, code: str | None) -> None:
    assert refusal(password) == code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("zhou.minzhou.min", "password_own_word"),
        ("Zhou.Min-2026-11", None),
        ("Zhou.Min-26zhou.min", "password_own_word"),
        ("the river and zhou.min walk", None),
        ("RepaymentRepayment1", "password_own_word"),
        ("portal-portal-1", "password_own_word"),
        ("还款门户还款门户还款门户2026", "password_own_word"),
        ("my lender has a blue door", None),
    ],
)
def test_a_password_is_not_mostly_what_others_know(password: str, code: str | None) -> None:
    assert refusal(password, "zhou.min", "1002", "周敏") == code


@given(st.text(min_size=SHORTEST, max_size=LONGEST).filter(lambda text: len(set(text.lower())) >= 5))
def test_any_characters_do(password: str) -> None:
    assert refusal(password) is None or "".join(password.lower().split()) in COMMON


@pytest.mark.parametrize(
    ("password", "code", "details"),
    [
        ("abcdefghijklmn", "password_too_short", {"least": 15}),
        ("abcdefg hi jklmno" * 8, "password_too_long", {"most": 128}),
        ("123456789012345", "password_common", {}),
        (BREACHED, "password_breached", {}),
        ("aaaabbbbccccdddd", "password_repeats", {}),
        ("lender lender l", "password_own_word", {}),
    ],
)
def test_a_refusal_stands_beside_the_password_and_tells_its_bound(
    password: str, code: str, details: dict[str, int]
) -> None:
    with pytest.raises(DomainError) as refused:
        refuse_weak(password, known=Known())
    assert (refused.value.code, refused.value.field) == (code, "password")
    assert refused.value.details == details


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("abcdefghijklmno", None),
        ("abcdefgh" * 16, None),
        ("abcdefgh" * 16 + "i", "password_too_long"),
        ("aaaabbbbccccddde", None),
        ("AaAaBbBbCcCcDdDd", "password_repeats"),
    ],
)
def test_length_and_different_characters_hold_to_their_bounds(password: str, code: str | None) -> None:
    assert refusal(password) == code


@pytest.mark.parametrize(
    ("own", "around", "is_own"),
    [
        ("zhou", 6, True),
        ("zhou", 7, False),
        ("zho", 6, False),
        ("ZHOU", 6, True),
    ],
)
def test_a_word_of_ones_own_needs_seven_other_characters(own: str, around: int, is_own: bool) -> None:
    """Words of fewer than four characters are no words."""
    password = own * 6 + "1234567"[:around]
    assert refusal(password, own) == ("password_own_word" if is_own else None)
