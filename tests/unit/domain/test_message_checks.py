import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.message_checks import (
    HIDDEN,
    LONGEST,
    is_reference_alone,
    message_reference,
    read_message,
    references_in,
    says_the_same,
)

KEPT = f"【安心消费金融有限公司】您正在登录还款服务，验证码 {HIDDEN}，5 分钟内有效。核验编号 7K3M-9QXR。"


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_reference_can_be_read_out_and_is_found_in_any_message(seed: str, key: str) -> None:
    reference = message_reference(seed, key)
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", reference)
    assert message_reference(seed, key) == reference
    assert references_in(f"您好，核验编号 {reference}。") == (reference,)


@pytest.mark.parametrize("typed", ["7K3M-9QXR", "7k3m9qxr", " 7k3m 9qxr ", "７Ｋ３Ｍ－９ＱＸＲ", "7K3M–9QXR"])
def test_a_reference_is_read_as_people_type_it(typed: str) -> None:
    message = read_message(typed)
    assert references_in(message) == ("7K3M-9QXR",)
    assert is_reference_alone(message)


def test_words_of_eight_letters_are_no_references() -> None:
    assert references_in("your repayment agreement reads well") == ()


def test_a_wall_of_references_is_read_to_the_fifth() -> None:
    wall = " ".join(message_reference(str(number), "key") for number in range(40))
    assert len(references_in(wall)) == 5


@pytest.mark.parametrize("code", ["123456", "", "******", "已删除"])
def test_the_words_are_the_same_whatever_stands_where_the_code_was(code: str) -> None:
    assert says_the_same(KEPT.replace(HIDDEN, code).replace("，5", "， 5"), KEPT)


@pytest.mark.parametrize(
    "other",
    [
        KEPT + "请点击 http://example.com 还款",
        KEPT.replace("登录还款服务", "转账至下列账户"),
        KEPT.replace(HIDDEN, "123456，请把验证码告诉客服人员办理"),
        "7K3M-9QXR",
    ],
)
def test_other_words_under_our_reference_are_not_the_same(other: str) -> None:
    assert not says_the_same(other, KEPT)


@given(st.text(max_size=LONGEST))
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    try:
        message = read_message(text)
    except DomainError as error:
        assert error.code in {"message_missing", "message_too_long"}  # noqa: PT017 - either refusal is right
    else:
        assert len(references_in(message)) <= 5
        says_the_same(message, KEPT)


def test_too_much_is_refused() -> None:
    with pytest.raises(DomainError, match="message_too_long") as refused:
        read_message("长" * (LONGEST + 1))
    assert (refused.value.field, refused.value.details) == ("message", {"most": 1000})
    assert read_message("长" * LONGEST) == "长" * 1000


def test_nothing_but_blanks_is_no_message() -> None:
    with pytest.raises(DomainError) as refused:
        read_message(" \n　", field="words")
    assert (refused.value.code, refused.value.field) == ("message_missing", "words")


def test_a_reference_is_the_same_in_every_run_and_another_for_another_key_or_message() -> None:
    """Base 31 of HMAC-SHA-256 of "message:" and the seed, the last digits first."""
    digest = hmac.new(b"key", b"message:seed", "sha256").hexdigest()
    alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    number = int(digest, 16)
    digits = [alphabet[number // 31**place % 31] for place in range(8)]
    assert message_reference("seed", "key") == f"{''.join(digits[:4])}-{''.join(digits[4:])}"
    assert len({message_reference(seed, key) for seed in "ab" for key in "ab"}) == 4


def test_a_reference_within_other_letters_is_none_and_one_said_twice_is_one() -> None:
    assert references_in("A7K3M-9QXR 7K3M-9QXRB") == ()
    assert references_in("7K3M-9QXR und 7k3m-9qxr, dann 2222-3333") == ("7K3M-9QXR", "2222-3333")
    assert not is_reference_alone("Nr. 7K3M-9QXR")


def test_where_the_code_was_stand_up_to_twelve_characters() -> None:
    assert says_the_same(KEPT.replace(HIDDEN, "1" * 12), KEPT)
    assert not says_the_same(KEPT.replace(HIDDEN, "1" * 13), KEPT)
