"""The vocabulary of the record is closed, exact, and free of people."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import EVENT_FIELDS, check_event

PERSONAL = {
    "name", "mobile", "phone", "email", "address", "id_last4", "id_hash", "birth_year", "body", "text", "note",
    "message", "comment", "reason_text", "would_accept", "login", "code_typed", "account_number", "answer", "answers",
}  # fmt: skip


@pytest.mark.parametrize("name", EVENT_FIELDS)
def test_a_name_says_what_was_done_to_what(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)?:[a-z_]+", name)
    assert len(name) <= 60


@pytest.mark.parametrize("name", EVENT_FIELDS)
def test_no_field_holds_people_or_free_text(name: str) -> None:
    assert not EVENT_FIELDS[name] & PERSONAL
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field) for field in EVENT_FIELDS[name])


@pytest.mark.parametrize("name", EVENT_FIELDS)
def test_exactly_its_own_fields_are_taken(name: str) -> None:
    exact: dict[str, object] = dict.fromkeys(EVENT_FIELDS[name], 1)
    check_event(name, exact)
    with pytest.raises(ValueError, match="wants the fields"):
        check_event(name, exact | {"another": 1})
    for field in exact:
        with pytest.raises(ValueError, match="wants the fields"):
            check_event(name, {other: 1 for other in exact if other != field})


@given(st.text())
def test_no_other_name_is_taken(name: str) -> None:
    if name not in EVENT_FIELDS:
        with pytest.raises(ValueError, match="no such event"):
            check_event(name, {})


def test_the_vocabulary_cannot_be_extended_at_run_time() -> None:
    with pytest.raises(TypeError):
        EVENT_FIELDS["plan:forged"] = frozenset()  # type: ignore[index]
