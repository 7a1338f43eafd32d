"""Money parses only what a person can mean, and never loses a cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.money import Money, format_minor, parse_minor, split_by_weight, split_minor


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
    with pytest.raises(DomainError) as refusal:
        parse_minor(text, field="amount")
    assert (refusal.value.code, refusal.value.field) == (code, "amount")


def test_an_amount_above_the_callers_bound_is_refused_naming_the_bound() -> None:
    assert parse_minor("10.00", maximum=1000) == 1000
    with pytest.raises(DomainError) as refusal:
        parse_minor("10.01", maximum=1000)
    assert refusal.value.details == {"currency": "CNY", "maximum": "10.00"}


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
