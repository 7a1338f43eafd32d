"""Notes, promises and exceptions of calls, as rules."""

from datetime import date, timedelta
from typing import Any

import pytest

from portal.domain.call_notes import (
    LONGEST_NOTE,
    Found,
    Sensitive,
    SensitiveNoteError,
    checked_note,
    found_in,
    sensitive_in,
)
from portal.domain.call_outcomes import (
    HOLDS,
    NEEDS_NO_TICKS,
    CallOutcome,
    Promise,
    TaskState,
    promise_state,
    rest_after,
    result_of,
)
from portal.domain.contact_packs import PACKS, ContactPack
from portal.domain.errors import DomainError

DAY = date(2026, 11, 6)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("下周三再联系", set()),
        ("身份证 11010519491231002X", {Sensitive.ID_NUMBER}),
        ("身份证 110105 1949-1231 002x", {Sensitive.ID_NUMBER}),
        ("１１０１０５１９４９１２３１００２Ｘ", {Sensitive.ID_NUMBER}),
        ("110105194912310021", set()),
        ("卡 6222 0212 3456 7890 128", {Sensitive.BANK_CARD}),
        ("card 4111-1111-1111-1111", {Sensitive.BANK_CARD}),
        ("4111111111111112", set()),
        ("流水 20261102", set()),
        ("说母亲住院", {Sensitive.HEALTH}),
        ("she is ill", {Sensitive.HEALTH}),
        ("手机 138 0013 8000", {Sensitive.PHONE}),
        ("2026-11-02 13800138000", {Sensitive.PHONE}),
        ("一三八零零一三八零零零", {Sensitive.PHONE}),
        ("010-66668888", {Sensitive.PHONE}),
        ("write to li@example.com", {Sensitive.EMAIL}),
        ("验证码：482913", {Sensitive.SECRET}),
        ("验证码四八二九一三", {Sensitive.SECRET}),
        ("the code was 482 913", {Sensitive.SECRET}),
        ("password: sunflower", {Sensitive.SECRET}),
        ("他信佛教", {Sensitive.BELIEF}),
        ("身份证 110105491231002", {Sensitive.ID_NUMBER}),
        ("流水 110105490231003", set()),
        ("一三八 零零一三 八零零零", {Sensitive.PHONE}),
        ("客户没收到验证码", set()),
        ("code received, will sign in", set()),
        ("约在 2026-12-01 15:00 回电，每月 1,500.00 元，共 12 期", set()),
        ("教会他怎么登录", set()),
        ("still willing to pay the bill", set()),
    ],
)
def test_a_note_is_read_for_what_does_not_belong_in_it(text: str, kinds: set[Sensitive]) -> None:
    assert sensitive_in(text) == kinds


def test_of_a_number_in_a_note_only_the_end_is_shown() -> None:
    assert list(found_in("ring 13800138000")) == [Found(Sensitive.PHONE, "…8000")]
    assert list(found_in("card 4111-1111-1111-1111")) == [Found(Sensitive.BANK_CARD, "…1111")]
    assert list(found_in("身份证 110105491231002")) == [Found(Sensitive.ID_NUMBER, "…1002")]


def test_what_is_found_more_than_once_is_told_once_and_the_rest_in_turn() -> None:
    text = "手机 13800138000 或 13800138000，住院，化疗；13900139001"
    assert list(found_in(text)) == [
        Found(Sensitive.PHONE, "…8000"),
        Found(Sensitive.PHONE, "…9001"),
        Found(Sensitive.HEALTH, "住院"),
        Found(Sensitive.HEALTH, "化疗"),
    ]


@pytest.mark.parametrize("place", range(16))
def test_a_card_number_with_one_digit_wrong_is_none(place: int) -> None:
    right = "4539148803436467"
    wrong = f"{right[:place]}{(int(right[place]) + 1) % 10}{right[place + 1 :]}"
    assert [*map(set, (sensitive_in(right), sensitive_in(wrong)))] == [{Sensitive.BANK_CARD}, set()]


@pytest.mark.parametrize("place", range(17))
def test_an_id_with_one_digit_wrong_is_none(place: int) -> None:
    """A sum modulo a prime notices each of them."""
    right = "11010519491231002X"
    wrong = f"{right[:place]}{(int(right[place]) + 1) % 10}{right[place + 1 :]}"
    assert [*map(set, (sensitive_in(right), sensitive_in(wrong)))] == [{Sensitive.ID_NUMBER}, set()]


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        ("444444444442", set()),
        ("4444444444448", {Sensitive.BANK_CARD}),
        ("4444444444444444442", {Sensitive.BANK_CARD}),
        ("44444444444444444444", set()),
    ],
)
def test_a_card_number_has_13_to_19_digits(number: str, kinds: set[Sensitive]) -> None:
    assert sensitive_in(number) == kinds


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("110105194912310150", Found(Sensitive.ID_NUMBER, "…0150")),
        ("110105491231001", Found(Sensitive.ID_NUMBER, "…1001")),
        ("8613800138002", Found(Sensitive.BANK_CARD, "…8002")),
    ],
)
def test_a_number_that_could_be_two_things_is_told_once(number: str, found: Found) -> None:
    """The first two have a card's sum of digits as well, and so has a mobile with its country."""
    assert list(found_in(number)) == [found]


@pytest.mark.parametrize(
    ("birth", "is_id"),
    [("000229", False), ("960229", True), ("001301", False), ("000100", False), ("991231", True)],
)
def test_an_id_of_before_1999_has_a_day_of_the_last_century(birth: str, is_id: bool) -> None:
    """1900 had no 29 February."""
    assert (Sensitive.ID_NUMBER in sensitive_in(f"110105{birth}003")) is is_id


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("密码是sunflower", True),
        ("password sunflower", False),
        ("password was sunflower", True),
        ("pin 12", False),
        ("pin 123", True),
        ("PIN: ＡＢＣ１", True),
        ("otp=abcd", True),
        ("spin 1234", False),
        ("验证码报了 4 8 2 9", True),
    ],
)
def test_a_word_alone_is_no_secret_unless_the_text_says_that_it_is_one(text: str, is_secret: bool) -> None:
    assert (Sensitive.SECRET in sensitive_in(text)) is is_secret


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ill", {Sensitive.HEALTH}),
        ("ILL.", {Sensitive.HEALTH}),
        ("illness-free", {Sensitive.HEALTH}),
        ("villa, church-yard", {Sensitive.BELIEF}),
        ("churches", set()),
        ("大病历", {Sensitive.HEALTH}),
    ],
)
def test_a_chinese_word_stands_anywhere_and_an_english_one_as_a_word(
    text: str, kinds: set[Sensitive]
) -> None:
    assert sensitive_in(text) == kinds


def test_of_a_secret_an_address_and_a_word_a_page_repeats_no_more_than_warns() -> None:
    found = found_in("验证码：482913, li@example.com, 住院")
    assert list(found) == [
        Found(Sensitive.EMAIL, "…@example.com"),
        Found(Sensitive.SECRET, "验证码"),
        Found(Sensitive.HEALTH, "住院"),
    ]


def test_a_note_is_kept_cleaned_and_an_empty_one_is_none() -> None:
    assert checked_note(" 下周三再联系\r\n", keeps=False) == "下周三再联系"
    assert checked_note(" \n", keeps=False) == ""


def test_a_note_may_have_so_many_characters_and_none_more() -> None:
    assert len(checked_note("好" * LONGEST_NOTE, keeps=False)) == LONGEST_NOTE == 500
    with pytest.raises(DomainError, match="text_too_long") as refusal:
        checked_note("好" * 501, keeps=True, field="remark")
    assert (refusal.value.field, refusal.value.details["most"]) == ("remark", 500)


def test_a_threat_is_no_note_whoever_read_the_warning() -> None:
    with pytest.raises(DomainError, match="forbidden_phrase") as refusal:
        checked_note("不还就曝光", keeps=True, field="remark")
    assert (refusal.value.field, refusal.value.rule) == ("remark", "C13")


def test_what_does_not_belong_in_a_note_is_warned_of_once_and_kept_where_the_warning_was_read() -> None:
    text = "母亲住院，手机 13800138000"
    with pytest.raises(SensitiveNoteError) as warning:
        checked_note(text, keeps=False, field="remark")
    refused = warning.value
    assert (refused.code, refused.field, refused.rule) == ("note_sensitive", "remark", "P17")
    assert refused.found == [Found(Sensitive.PHONE, "…8000"), Found(Sensitive.HEALTH, "住院")]
    assert refused.kinds == {Sensitive.PHONE, Sensitive.HEALTH}
    assert checked_note(text, keeps=True) == text


@pytest.mark.parametrize(
    ("paid", "today", "known", "state"),
    [
        (500, 0, -1, TaskState.KEPT),
        (499, 0, 0, TaskState.OPEN),
        (499, 1, -1, TaskState.OPEN),
        (499, 1, 0, TaskState.PARTLY),
        (0, 1, 0, TaskState.BROKEN),
    ],
)
def test_a_promise_is_known_once_the_book_has_reached_its_day(
    paid: int, today: int, known: int, state: TaskState
) -> None:
    found = promise_state(
        Promise(500, DAY),
        paid_minor=paid,
        today=DAY + timedelta(days=today),
        known_until=DAY + timedelta(days=known),
    )
    assert found is state


def test_every_outcome_has_its_result_and_a_rest() -> None:
    for outcome in CallOutcome:
        assert result_of(outcome)
        assert rest_after(outcome) > timedelta(0)
    assert {CallOutcome.PROMISE, CallOutcome.REACHED, CallOutcome.CALL_BACK} & NEEDS_NO_TICKS == set()
    assert CallOutcome.DISPUTE in HOLDS


@pytest.mark.parametrize(
    "because",
    [
        "quiet_hours", "conversations_a_day", "unanswered_a_day", "calls_in_seven_days", "number_refused", "not_the_debtor",
        "hold_deceased", "hold_minor", "hold_statutory_moratorium", "plan_kept", "time_barred",
    ],
)  # fmt: skip
def test_no_country_can_give_away_what_law_forbids(because: str) -> None:
    data: dict[str, Any] = dict(PACKS[0])
    data["overrides"] = {because: "call:override"}
    with pytest.raises(ValueError, match=because):
        ContactPack.from_data(data)
