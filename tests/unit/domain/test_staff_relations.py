"""Whom a member of staff is close to: read in one form, and kept as keyed hashes."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from portal.domain.staff_relations import (
    Closeness,
    id_hash_of,
    is_due,
    loan_key,
    parse_id_number,
    parse_loan_number,
    person_key,
)
from tests.unit.domain.refusals import refusal

NUMBER = "11010519491231002X"
"""The example of GB 11643."""


@pytest.mark.parametrize("field", ["id_number", "relative"])
def test_what_cannot_be_read_is_told_beside_its_field(field: str) -> None:
    for text, code in (
        ("", "id_number_missing"),
        ("110105194912310029", "id_number_unclear"),
        ("!", "id_number_unclear"),
    ):
        assert refusal(partial(parse_id_number, text, field=field)) == (code, field, None)
    assert refusal(lambda: parse_loan_number(" ", field=field)) == ("loan_number_missing", field, None)


def test_fields_have_the_names_of_the_form() -> None:
    assert refusal(lambda: parse_id_number("")) == ("id_number_missing", "id_number", None)
    assert refusal(lambda: parse_loan_number("")) == ("loan_number_missing", "loan", None)


@pytest.mark.parametrize("at", range(17))
def test_each_digit_of_an_identity_card_is_checked(at: int) -> None:
    other = NUMBER[:at] + str((int(NUMBER[at]) + 1) % 10) + NUMBER[at + 1 :]
    assert refusal(lambda: parse_id_number(other)) == ("id_number_unclear", "id_number", None)


def test_a_book_states_the_hash_of_the_number_keyed_where_lender_and_portal_share_a_key() -> None:
    assert id_hash_of(NUMBER, lenders_key="") == hashlib.sha256(NUMBER.encode()).hexdigest()
    keyed = hmac.new(b"shared", NUMBER.encode(), "sha256").hexdigest()
    assert id_hash_of(NUMBER, lenders_key="shared") == keyed


def test_a_person_is_found_by_the_first_sixteen_digits_in_either_case() -> None:
    """Lenders may cut the hash, to no fewer than sixteen digits."""
    whole = "ab" * 32
    assert person_key(whole, "key") == person_key(whole[:16], "key") == person_key(whole.upper(), "key")
    assert person_key(whole[:15], "key") != person_key(whole, "key")
    assert person_key("b" + whole[1:], "key") != person_key(whole, "key")


def test_keys_of_people_loans_and_secrets_are_told_apart() -> None:
    text = "0123456789abcdef"
    assert len({person_key(text, "a"), person_key(text, "b"), loan_key(text, "a"), loan_key(text, "b")}) == 4


def test_relations_are_confirmed_after_a_year() -> None:
    now = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    year = timedelta(days=365)
    assert [is_due(at, now) for at in (None, now - year, now - year + timedelta(seconds=1))] == [
        True,
        True,
        False,
    ]


def test_only_oneself_is_oneself() -> None:
    assert {each for each in Closeness if each.relation == "oneself"} == {Closeness.ONESELF}
    assert {each.relation for each in Closeness} == {"oneself", "close"}
