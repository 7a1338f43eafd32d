"""The bytes that an event is committed to, and what is left of one that was erased."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from portal.domain.canonical_json import canonical_json
from portal.domain.record_leaves import RecordedEvent, commitment_of, erased, leaf_of

AT = datetime(2026, 11, 2, 1, 15, 30, 120, tzinfo=UTC)
SALT = bytes(range(16))
EVENT = RecordedEvent(
    id=7,
    name="plan:frozen",
    at=AT,
    actor_kind="borrower",
    actor_id=17,
    request_id="fedcba9876543210",
    borrower_id=18,
    loan_id=3,
    proposal_id=41,
    fields={"kind": "catch_up", "reason": "核对身份", "sums": [1, 2], "is_new": True},
)
NOBODYS = replace(EVENT, actor_id=None, request_id=None, borrower_id=None, loan_id=None, proposal_id=None)


def test_an_event_is_committed_to_as_these_bytes() -> None:
    """Whoever checks a record with a program of their own makes just these."""
    assert (
        EVENT.canonical(5)
        == (
            '{"actor_id":17,"actor_kind":"borrower","at":"2026-11-02T01:15:30.000120+00:00","borrower_id":18,'
            '"fields":{"is_new":true,"kind":"catch_up","reason":"核对身份","sums":[1,2]},"id":7,"loan_id":3,'
            '"name":"plan:frozen","place":5,"proposal_id":41,"request_id":"fedcba9876543210"}'
        ).encode()
    )


@pytest.mark.parametrize("event", [EVENT, NOBODYS, replace(EVENT, request_id='a"b\\c', name="说:明")])
def test_they_are_the_canonical_form_of_the_members(event: RecordedEvent) -> None:
    members = {
        "actor_id": event.actor_id,
        "actor_kind": event.actor_kind,
        "at": event.at.isoformat(timespec="microseconds"),
        "borrower_id": event.borrower_id,
        "fields": event.fields,
        "id": event.id,
        "loan_id": event.loan_id,
        "name": event.name,
        "place": 5,
        "proposal_id": event.proposal_id,
        "request_id": event.request_id,
    }
    assert event.canonical(5) == canonical_json(members)


def test_a_moment_is_written_in_utc_to_the_microsecond() -> None:
    in_shanghai = replace(EVENT, at=AT.astimezone(timezone(timedelta(hours=8))))
    assert in_shanghai.canonical(5) == EVENT.canonical(5)
    whole = replace(EVENT, at=datetime(2026, 11, 2, 1, 15, 30, tzinfo=UTC))
    assert json.loads(whole.canonical(5))["at"] == "2026-11-02T01:15:30.000000+00:00"


@pytest.fixture
def _in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is not UTC."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_shanghai")
def test_a_moment_is_written_the_same_whatever_clock_the_machine_has() -> None:
    assert json.loads(EVENT.canonical(5))["at"] == "2026-11-02T01:15:30.000120+00:00"


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(EVENT, fields={"share": 0.5}).canonical(5)


def test_a_leaf_is_the_salted_commitment_hashed_behind_a_zero() -> None:
    """RFC 6962, section 2.1, over SHA-256(salt || event)."""
    commitment = sha256(SALT + EVENT.canonical(5)).digest()
    assert commitment_of(EVENT, SALT, 5) == commitment
    assert leaf_of(EVENT, SALT, 5) == sha256(b"\x00" + commitment).digest()


def test_another_salt_or_place_is_another_leaf() -> None:
    assert len({leaf_of(EVENT, salt, place) for salt in (SALT, bytes(16)) for place in (5, 6)}) == 4


def test_of_an_erased_event_only_its_number_and_the_moment_are_left() -> None:
    assert json.loads(erased(7, AT).canonical(5)) == {
        "actor_id": None,
        "actor_kind": "system",
        "at": "2026-11-02T01:15:30.000120+00:00",
        "borrower_id": None,
        "fields": {},
        "id": 7,
        "loan_id": None,
        "name": "erased",
        "place": 5,
        "proposal_id": None,
        "request_id": None,
    }
