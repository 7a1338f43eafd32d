"""Values of a book's columns: what is missing and what is another are told apart."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.book_values import (
    amount_reader,
    are_texts,
    boolean,
    choice,
    currency,
    id_ending,
    is_usual_reference,
    mobile,
    multiple,
    period,
    plain_text,
    quick_amounts,
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
        (whole, "", "value_missing", {}),
        (whole, "1.5", "value_not_whole", {}),
        (rate, "", "value_missing", {}),
        (rate, "12%", "value_not_a_number", {}),
        (rate, "10000.01", "rate_out_of_range", {"maximum": "10000"}),
        (id_ending, "", "value_missing", {}),
        (id_ending, "123", "id_ending_unclear", {}),
        (mobile, "", "mobile_missing", {}),
        (mobile, "13800138000", "mobile_not_international", {}),
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
