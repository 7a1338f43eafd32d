"""Values of a book's columns: what is missing and what is another are told apart."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.book_values import (
    amount_reader,
    are_texts,
    boolean,
    choice,
    currency,
    day,
    id_ending,
    is_day,
    is_usual_reference,
    matching,
    mobile,
    multiple,
    optional,
    period,
    plain_text,
    quick_amount,
    quick_amounts,
    quick_booleans,
    rate,
    reference,
    sex,
    whole,
)
from portal.domain.errors import DomainError
from portal.domain.rounding import Rounding


@pytest.mark.parametrize(("text", "code"), [("", "value_missing"), ("maybe", "value_not_a_choice")])
def test_a_choice_that_is_missing_or_another_says_which_there_are(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        choice(text, column="rounding", kind=Rounding)
    assert (refused.value.code, refused.value.field) == (code, "rounding")
    assert refused.value.details == {"choices": "half_even, half_up, floor"}
    with pytest.raises(DomainError) as refused:
        boolean(text, column="has_guarantor")
    assert (refused.value.code, refused.value.field) == (code, "has_guarantor")
    assert refused.value.details == {"choices": "true, false"}


def test_a_choice_is_read() -> None:
    assert choice("half_up", column="rounding", kind=Rounding) is Rounding.HALF_UP
    assert [boolean(text, column="x") for text in ("true", "False")] == [True, False]


Read = Callable[..., Any]


@pytest.mark.parametrize(
    ("read", "text", "code", "details"),
    [
        (reference, "", "value_missing", {}),
        (reference, "L" * 65, "text_longer_than", {"maximum": 64}),
        (reference, "=SUM(A1)", "reference_unclear", {}),
        (reference, " ", "value_missing", {}),
        (reference, "L1 ", "reference_unclear", {}),
        (reference, "L\x00", "text_broken", {}),
        (day, "", "value_missing", {}),
        (day, "20260105", "date_unclear", {}),
        (day, "2026-W02-1", "date_unclear", {}),
        (day, "2026-1-5", "date_unclear", {}),
        (day, "2026-02-29", "date_unclear", {}),
        (day, "2026-01-05 ", "date_unclear", {}),
        (whole, "", "value_missing", {}),
        (whole, "1.5", "value_not_whole", {}),
        (whole, "-1", "value_not_whole", {}),
        (whole, "١", "value_not_whole", {}),
        (rate, "", "value_missing", {}),
        (rate, "12%", "value_not_a_number", {}),
        (rate, "-1", "value_not_a_number", {}),
        (rate, "1e2", "value_not_a_number", {}),
        (rate, "10000.01", "rate_out_of_range", {"maximum": "10000"}),
        (id_ending, "", "value_missing", {}),
        (id_ending, "123", "id_ending_unclear", {}),
        (mobile, "", "mobile_missing", {}),
        (mobile, "13800138000", "mobile_not_international", {}),
        (mobile, "+86 13800138000", "mobile_not_international", {}),
        (mobile, "008613800138000", "mobile_not_international", {}),
        (mobile, "mobile", "mobile_unclear", {}),
        (mobile, "+861066668888", "mobile_not_international", {}),
        (sex, "", "value_not_a_choice", {"choices": "female, male"}),
        (sex, "x", "value_not_a_choice", {"choices": "female, male"}),
        (currency, "XXY", "currency_unknown", {}),
        (period, "monthly", "period_unclear", {}),
        (multiple, "", "value_missing", {}),
        (multiple, "5", "multiple_unknown", {}),
    ],
)
def test_a_cell_that_is_no_value_is_refused_on_its_column(
    read: Read, text: str, code: str, details: dict[str, object]
) -> None:
    with pytest.raises(DomainError) as refused:
        read(text, column="some_column")
    assert (refused.value.code, refused.value.field) == (code, "some_column")
    assert refused.value.details == details


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (reference, "L" * 64, "L" * 64),
        (mobile, "+8613800138000", "+8613800138000"),
        (mobile, "+33612345678", "+33612345678"),
        (sex, " F ", "female"),
        (sex, "女", "female"),
        (sex, "Male", "male"),
        (id_ending, "123x", "123X"),
        (id_ending, "0123", "0123"),
        (reference, "借据 1", "借据 1"),
        (reference, "1", "1"),
        (day, "2026-01-05", date(2026, 1, 5)),
        (day, "2028-02-29", date(2028, 2, 29)),
        (whole, "0", 0),
        (whole, "999999999", 999_999_999),
        (boolean, "1", True),
        (boolean, "0", False),
        (boolean, "TRUE", True),
        (currency, "JPY", "JPY"),
        (period, "1 Months", "1 month"),
        (multiple, "10", 10),
        (rate, "10000", Decimal(10000)),
    ],
)
def test_a_cell_is_read(read: Read, text: str, value: object) -> None:
    assert read(text, column="some_column") == value


@pytest.mark.parametrize(
    ("text", "plain"),
    [("15.00", "15"), ("15.50", "15.5"), ("0.00", "0"), ("100", "100"), ("100.0", "100"), ("0.05", "0.05")],
)
def test_of_a_rate_the_zeros_after_the_point_are_dropped_and_no_others(text: str, plain: str) -> None:
    assert str(rate(text, column="annual_rate_pct")) == plain


def test_whole_numbers_reach_from_the_smallest_to_the_largest() -> None:
    assert [whole(text, column="number", smallest=1, largest=360) for text in ("1", "360")] == [1, 360]
    for outside in ("0", "361"):
        with pytest.raises(DomainError, match=r"^value_out_of_range$") as refused:
            whole(outside, column="number", smallest=1, largest=360)
        assert (refused.value.field, refused.value.details) == ("number", {"minimum": 1, "maximum": 360})


def test_a_text_may_be_as_long_as_its_column() -> None:
    assert plain_text("好" * 5, column="name", longest=5) == "好" * 5
    with pytest.raises(DomainError, match=r"^text_longer_than$"):
        plain_text("好" * 6, column="name", longest=5)
    assert are_texts(["好" * 5, "好", "好"], longest=5)
    assert not are_texts(["好", "好" * 6], longest=5)
    assert not are_texts(["好", ""], longest=5)


@pytest.mark.parametrize("text", ["李\x00娜", "李\n娜", "李\u200b", "\u202e李", "\ufeff李", "李\ufffd"])
def test_what_nobody_sees_and_what_broke_is_no_text(text: str) -> None:
    with pytest.raises(DomainError, match=r"^text_broken$") as refused:
        plain_text(text, column="name", longest=40)
    assert refused.value.field == "name"
    assert not are_texts(["李娜", text], longest=40)


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_a_text_of_nothing_is_missing(text: str) -> None:
    with pytest.raises(DomainError, match=r"^value_missing$") as refused:
        plain_text(text, column="name", longest=40)
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("2026-01-05", True), ("", False), ("2026-1-5", False), ("20260105", False), ("2026-02-30", False)],
)
def test_a_day_is_told_without_reading_it(text: str, is_one: bool) -> None:
    assert is_day(text) is is_one


def test_booleans_that_are_spelt_as_usual_are_read_at_once_and_no_others() -> None:
    assert quick_booleans(["true", "false", "1", "0"]) == [True, False, True, False]
    assert quick_booleans([]) == []
    assert quick_booleans(["true", "True"]) is None
    assert quick_booleans(["true", ""]) is None


def test_a_blank_cell_is_no_value_or_the_one_that_is_usual() -> None:
    assert optional("", reader=int) is None
    assert optional("", reader=int, default=7) == 7
    assert optional("0", reader=int, default=7) == 0


def test_a_text_of_a_pattern_is_refused_by_the_code_of_its_column() -> None:
    def read(text: str) -> str:
        return matching(text, column="email", pattern=re.compile("[a-c]+"), code="email_unclear", longest=4)

    assert read("abca") == "abca"
    for text, code in (
        ("", "value_missing"),
        ("abcab", "text_longer_than"),
        ("abx", "email_unclear"),
        ("xab", "email_unclear"),
    ):
        with pytest.raises(DomainError, match=f"^{code}$") as refused:
            read(text)
        assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("text", "is_usual"),
    [("L-1/a_b.c", True), ("L" * 64, True), ("L" * 65, False), ("借1", False), ("-1", False)],
)
def test_a_usual_reference_is_one_that_nothing_is_to_say_of(text: str, is_usual: bool) -> None:
    assert is_usual_reference(text) is is_usual
    if is_usual:
        assert reference(text, column="loan_ref") == text


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [("CNY", "12.34", 1234), ("CNY", "12.3", 1230), ("JPY", "12", 12), ("KWD", "1.5", 1500)],
)
def test_an_amount_is_read_in_its_currency(code: str, text: str, minor: int) -> None:
    assert amount_reader(code, column="due")(text) == minor


def test_an_amount_of_more_decimals_than_the_currency_has_is_refused() -> None:
    with pytest.raises(DomainError, match="amount_too_precise") as refused:
        amount_reader("JPY", column="due")("12.5")
    assert refused.value.field == "due"


def test_wide_digits_do_not_go_the_quick_way() -> None:
    assert quick_amounts(["１.00"], 2) is None
    assert quick_amounts(["1.00", "2.50"], 2) == [100, 250]
    assert amount_reader("CNY", column="due")("１.00") == 100


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [
        ("1234.50", 2, 123_450),
        ("0.05", 2, 5),
        ("00.05", 2, 5),
        ("1.500", 3, 1_500),
        ("12", 0, 12),
        ("0", 0, 0),
        # the largest that is read at once has thirteen digits
        ("99999999999.99", 2, 9_999_999_999_999),
        ("9999999999999", 0, 9_999_999_999_999),
        ("9999999999.999", 3, 9_999_999_999_999),
        ("100000000000.00", 2, None),
        ("10000000000000", 0, None),
        # written otherwise than as usual
        ("1234.5", 2, None),
        ("1234", 2, None),
        ("1234.500", 2, None),
        ("1,234.50", 2, None),
        ("1234,50", 2, None),
        (".50", 2, None),
        ("-1.00", 2, None),
        ("+1.00", 2, None),
        ("1.0 ", 2, None),
        ("١.00", 2, None),
        ("12.0", 0, None),
        ("", 2, None),
        ("", 0, None),
    ],
)
def test_a_sum_that_is_written_as_usual_is_read_at_once_alone_or_in_a_row(
    text: str, decimals: int, minor: int | None
) -> None:
    assert quick_amount(text, decimals) == minor
    assert quick_amounts([text], decimals) == (None if minor is None else [minor])
    usual = "7" if decimals == 0 else f"7.{'0' * decimals}"
    in_a_row = None if minor is None else [7 * 10**decimals, minor, 7 * 10**decimals]
    assert quick_amounts([usual, text, usual], decimals) == in_a_row


def test_of_no_sums_there_is_nothing_to_ask() -> None:
    assert quick_amounts([], 2) == quick_amounts([], 0) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "amount_missing"),
        ("-1.00", "amount_negative"),
        ("1,234.50", "amount_not_a_number"),
        ("1.001", "amount_too_precise"),
    ],
)
def test_a_sum_that_is_none_is_refused_on_its_column(text: str, code: str) -> None:
    with pytest.raises(DomainError, match=f"^{code}$") as refused:
        amount_reader("CNY", column="principal_due")(text)
    assert refused.value.field == "principal_due"


def test_a_sum_may_be_as_large_as_any_taken_anywhere() -> None:
    read = amount_reader("CNY", column="principal_due")
    assert read("100000000000.00") == 10**13
    with pytest.raises(DomainError, match=r"^amount_too_large$"):
        read("100000000000.01")
