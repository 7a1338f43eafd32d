"""Money parses only what a person can mean, and never loses a cent."""

from collections.abc import Callable
from operator import add, ge, gt, le, lt, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.money import (
    Money,
    exponent_of,
    format_minor,
    parse_minor,
    split_by_weight,
    split_minor,
)
from tests.unit.domain.refusals import refusal


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0),
        ("1", 100),
        ("0.01", 1),
        ("1.5", 150),
        (" 12.34 ", 1234),
        ("１２３", 12300),
        ("１２３．４５", 12345),
        ("007", 700),
    ],
)
def test_plain_amounts_are_read_as_minor_units(text: str, minor: int) -> None:
    assert parse_minor(text) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "amount_missing"),
        ("   ", "amount_missing"),
        ("abc", "amount_not_a_number"),
        ("1e9", "amount_not_a_number"),
        ("NaN", "amount_not_a_number"),
        ("sNaN", "amount_not_a_number"),
        ("Infinity", "amount_not_a_number"),
        ("1,000", "amount_not_a_number"),
        ("1.", "amount_not_a_number"),
        (".5", "amount_not_a_number"),
        ("+1", "amount_not_a_number"),
        ("１,０００", "amount_not_a_number"),
        ("一百", "amount_not_a_number"),
        ("٣", "amount_not_a_number"),
        ("1 2", "amount_not_a_number"),
        ("0x10", "amount_not_a_number"),
        ("1_000", "amount_not_a_number"),
        ("½", "amount_not_a_number"),
        ("-1", "amount_negative"),
        ("－１", "amount_negative"),
        ("-0.5", "amount_negative"),
        ("0.001", "amount_too_precise"),
        ("1.000", "amount_too_precise"),
        ("9" * 30, "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
        ("99999999999999", "amount_too_large"),
    ],
)
def test_anything_else_is_refused_on_its_field(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_minor(text, field="amount")
    assert (refused.value.code, refused.value.field) == (code, "amount")


def test_an_amount_above_the_callers_bound_is_refused_naming_the_bound() -> None:
    assert parse_minor("10.00", maximum=1000) == 1000
    with pytest.raises(DomainError) as refused:
        parse_minor("10.01", maximum=1000)
    assert refused.value.details == {"currency": "CNY", "maximum": "10.00"}


def test_a_currency_without_decimals_takes_none() -> None:
    assert parse_minor("123", "JPY") == 123
    assert format_minor(123, "JPY") == "123"
    with pytest.raises(DomainError, match="amount_too_precise"):
        parse_minor("1.5", "KRW")
    with pytest.raises(DomainError, match="currency_unknown"):
        parse_minor("1", "XXX")


@given(st.integers(0, 10**13))
def test_what_is_written_reads_back(minor: int) -> None:
    assert parse_minor(format_minor(minor)) == minor


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        minor = parse_minor(text)
    except DomainError:
        return
    assert 0 <= minor <= 10**13


def test_two_currencies_never_mix() -> None:
    with pytest.raises(DomainError, match="currency_mixed"):
        Money(1, "CNY") + Money(1, "USD")
    with pytest.raises(DomainError, match="currency_mixed"):
        assert Money(1, "CNY") < Money(1, "USD")
    assert Money(1, "CNY") != Money(1, "USD")


def test_money_adds_subtracts_orders_and_prints() -> None:
    assert Money(150) + Money(50) - Money(1) == Money(199)
    assert 3 * Money(5) == Money(15)
    assert max(Money(2), Money(1)) == Money(2)
    assert [str(-Money(5)), str(Money.zero("JPY"))] == ["-0.05", "0"]
    assert not Money.zero()


@given(st.integers(0, 10**12), st.integers(1, 300))
def test_parts_add_up_and_differ_by_one_at_most(total: int, parts: int) -> None:
    shares = split_minor(total, parts)
    assert (sum(shares), len(shares)) == (total, parts)
    assert max(shares) - min(shares) <= 1


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_weighted_parts_add_up_and_stay_within_one_of_their_share(total: int, weights: list[int]) -> None:
    shares = split_by_weight(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(
            abs(share * whole - total * weight) < whole for share, weight in zip(shares, weights, strict=True)
        )


def test_nothing_is_split_into_no_parts() -> None:
    with pytest.raises(DomainError, match="parts_too_few"):
        split_minor(100, 0)


@pytest.mark.parametrize(
    ("text", "maximum", "code", "details"),
    [
        ("10.01", 1000, "amount_too_large", {"currency": "CNY", "maximum": "10.00"}),
        ("9" * 16, 1000, "amount_too_large", {"currency": "CNY", "maximum": "10.00"}),
        ("x", 1000, "amount_not_a_number", {"currency": "CNY", "maximum": "10.00"}),
        ("0.001", 1000, "amount_too_precise", {"decimals": 2}),
    ],
)
def test_a_refusal_tells_what_the_text_needs(
    text: str, maximum: int, code: str, details: dict[str, object]
) -> None:
    with pytest.raises(DomainError) as refused:
        parse_minor(text, field="sum", maximum=maximum)
    assert (refused.value.code, refused.value.field, refused.value.details) == (code, "sum", details)


def test_the_largest_sum_is_a_hundred_thousand_millions() -> None:
    assert parse_minor("100000000000.00") == 10**13
    with pytest.raises(DomainError, match="amount_too_large"):
        parse_minor("100000000000.01")


def test_sixty_four_characters_are_read_and_more_are_not() -> None:
    assert parse_minor(" " * 63 + "1") == 100
    assert refusal(lambda: parse_minor(" " * 64 + "1")) == ("amount_not_a_number", None, None)


def test_a_currency_that_nobody_knows_is_told_beside_its_field() -> None:
    assert refusal(lambda: exponent_of("XXX")) == ("currency_unknown", "currency", None)
    assert refusal(lambda: exponent_of("XXX", field="money")) == ("currency_unknown", "money", None)
    assert [exponent_of(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "CNY", "0.00"),
        (5, "CNY", "0.05"),
        (-5, "CNY", "-0.05"),
        (88_849, "CNY", "888.49"),
        (-100, "CNY", "-1.00"),
        (-7, "JPY", "-7"),
        (1, "KWD", "0.001"),
        (1_000, "KWD", "1.000"),
    ],
)
def test_sums_are_written_with_the_decimals_of_their_currency(minor: int, currency: str, text: str) -> None:
    assert format_minor(minor, currency) == text
    assert str(Money(minor, currency)) == text


def test_the_larger_parts_come_first() -> None:
    assert split_minor(10, 3) == [4, 3, 3]
    assert split_minor(5, 1) == [5]
    assert Money(10, "USD").split(3) == [Money(4, "USD"), Money(3, "USD"), Money(3, "USD")]


def test_no_parts_at_all_are_refused_on_the_number_of_installments() -> None:
    with pytest.raises(DomainError) as refused:
        split_minor(100, 0)
    assert (refused.value.code, refused.value.field, refused.value.details) == (
        "parts_too_few",
        "installments",
        {"minimum": 1},
    )


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [0, 0, 0], [4, 3, 3]),
        (100, [1, 2, 3], [17, 33, 50]),
        (5, [3, 3, 1], [2, 2, 1]),
        (7, [0, 1], [0, 7]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_what_rounding_leaves_goes_to_the_largest_remainders_the_earlier_first(
    total: int, weights: list[int], shares: list[int]
) -> None:
    """100 in 1 : 2 : 3 is 16.67, 33.33 and 50; 5 in 3 : 3 : 1 is 2.14, 2.14 and 0.71."""
    assert split_by_weight(total, weights) == shares


def test_money_keeps_its_currency() -> None:
    yen = Money.parse("12", "JPY")
    assert yen == Money(12, "JPY")
    assert Money.parse("12") == Money(1_200, "CNY")
    assert [yen + yen, yen - Money(5, "JPY"), -yen, yen * 2, 2 * yen] == [
        Money(24, "JPY"),
        Money(7, "JPY"),
        Money(-12, "JPY"),
        Money(24, "JPY"),
        Money(24, "JPY"),
    ]
    assert Money.zero("JPY") == Money(0, "JPY")
    assert Money.zero() == Money(0, "CNY")


def test_what_money_cannot_be_read_is_refused_like_a_sum() -> None:
    found = refusal(lambda: Money.parse("11", field="sum", maximum=1000))
    assert found == ("amount_too_large", "sum", None)


def test_money_is_ordered_at_and_beside_the_same_sum() -> None:
    less, same, more = Money(1), Money(2), Money(3)
    assert (less < same, same < Money(2), more < same) == (True, False, False)
    assert (less <= same, same <= Money(2), more <= same) == (True, True, False)
    assert (less > same, same > Money(2), more > same) == (False, False, True)
    assert (less >= same, same >= Money(2), more >= same) == (False, True, True)
    assert (bool(Money(1)), bool(Money(-1)), bool(Money(0))) == (True, True, False)


@pytest.mark.parametrize("act", [add, sub, lt, le, gt, ge])
def test_no_act_takes_two_currencies(act: Callable[[Money, Money], object]) -> None:
    with pytest.raises(DomainError) as refused:
        act(Money(1, "CNY"), Money(1, "USD"))
    assert (refused.value.code, refused.value.details) == ("currency_mixed", {"mine": "CNY", "theirs": "USD"})
