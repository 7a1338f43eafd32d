"""Watching over the support desk: what counts as unusual, up to the moment and the call at which it does."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.domain.support_calls import Level
from portal.domain.support_supervision import (
    QUICK,
    CallFigures,
    Finding,
    SupportRules,
    Unusual,
    borrowers_today,
    is_drawn,
    unusual,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = SupportRules(borrowers_a_day=60, share_per_mille=50, first_hour=8, last_hour=20)


def call(agent: str = "A1", **known: Any) -> CallFigures:
    """Proven and explained, an hour long: nothing to see."""
    usual = {
        "borrower_id": None,
        "level": Level.PROVEN,
        "is_sought": True,
        "is_explained": True,
        "opened_at": NOW,
        "ended_at": NOW + timedelta(hours=1),
    }
    return CallFigures(staff_number=agent, **{**usual, **known})


def found(calls: Sequence[CallFigures], rules: SupportRules = RULES) -> list[tuple[Unusual, int, int]]:
    findings = unusual(calls, rules, now=NOW, zone=UTC)
    assert {finding.staff_number for finding in findings} <= {"A1"}
    return [(finding.kind, finding.figure, finding.usual) for finding in findings]


@pytest.mark.parametrize(
    ("lasted", "counted"), [(QUICK - SECOND, 3), (QUICK, 0), (QUICK + SECOND, 0), (None, 0)]
)
def test_a_call_without_proof_is_quick_below_two_minutes(lasted: timedelta | None, counted: int) -> None:
    ended = None if lasted is None else NOW + lasted
    calls = [call(level=Level.NONE, ended_at=ended)] * 3
    assert found(calls) == ([(Unusual.QUICK_WITHOUT_PROOF, 3, 0)] if counted else [])
    assert found(calls[:2]) == []


@pytest.mark.parametrize(
    ("hour", "minute", "last_hour", "is_outside"),
    [(7, 59, 20, True), (8, 0, 20, False), (19, 59, 20, False), (20, 0, 20, True), (23, 59, 24, False)],
)
def test_calls_begin_within_the_desks_hours(hour: int, minute: int, last_hour: int, is_outside: bool) -> None:
    rules = SupportRules(borrowers_a_day=60, share_per_mille=50, first_hour=8, last_hour=last_hour)
    opened = NOW.replace(hour=hour, minute=minute)
    calls = [call(opened_at=opened, ended_at=opened + timedelta(hours=1))]
    assert found(calls, rules) == ([(Unusual.OUTSIDE_HOURS, 1, 0)] if is_outside else [])


@pytest.mark.parametrize(
    ("known", "is_counted"),
    [
        ({}, True),
        ({"is_explained": True}, False),
        ({"is_sought": False}, False),
        ({"ended_at": None}, False),
    ],
)
def test_a_number_that_was_looked_up_alone_is_counted_once_the_call_is_over(
    known: dict[str, Any], is_counted: bool
) -> None:
    calls = [call(**{"level": Level.NONE, "is_explained": False, **known})] * 3
    assert found(calls) == ([(Unusual.LOOKED_UP_ONLY, 3, 0)] if is_counted else [])


@pytest.mark.parametrize(
    ("own", "others", "seen"),
    [
        (4, (), []),
        (5, (), [(Unusual.REVEALS, 5, 0)]),
        (8, (4, 4, 4), []),
        (9, (4, 4, 4), [(Unusual.REVEALS, 9, 4)]),
    ],
)
def test_more_than_twice_what_others_do_is_unusual(
    own: int, others: Sequence[int], seen: list[tuple[Unusual, int, int]]
) -> None:
    calls = [call(reveals=own), *(call(f"B{n}", reveals=count) for n, count in enumerate(others))]
    assert found(calls) == seen


def test_one_refused_act_and_three_calls_about_one_borrower_are_seen() -> None:
    assert found([call(refused_acts=1)]) == [(Unusual.REFUSED_ACTS, 1, 0)]
    same = [call(borrower_id=7)] * 3
    assert found(same) == [(Unusual.SAME_BORROWER, 3, 0)]
    assert found([*same[:2], call(borrower_id=8)]) == []


def test_the_ceiling_is_reached_by_as_many_borrowers_of_one_day_as_it_says() -> None:
    rules = SupportRules(borrowers_a_day=2, share_per_mille=50, first_hour=8, last_hour=20)
    day = [call(borrower_id=1), call(borrower_id=2)]
    before = call(borrower_id=2, opened_at=NOW - timedelta(days=1))
    assert found(day, rules) == [(Unusual.CEILING, 2, 2)]
    assert found([day[0], day[0], before], rules) == []
    assert borrowers_today([*day, before, call()], now=NOW, zone=UTC) == {"A1": 2}


def test_the_furthest_from_what_is_usual_comes_first() -> None:
    calls = [call(refused_acts=1, reveals=5), call("B1", refused_acts=2, reveals=0)]
    assert unusual(calls, RULES, now=NOW, zone=UTC) == [Finding("A1", Unusual.REVEALS, 5, 0)]
    two = [call(refused_acts=1, reveals=5)]
    assert [kind for kind, *_ in found(two)] == [Unusual.REVEALS, Unusual.REFUSED_ACTS]


def test_the_share_that_is_read_again_is_drawn_by_number() -> None:
    drawn = [is_drawn(str(number), key="k", share_per_mille=1000) for number in range(300)]
    numbers = [number for number in drawn if number is not None]
    assert len(numbers) == 300
    assert 0 <= min(numbers) < max(numbers) <= 999
    for call_id, number in enumerate(numbers[:20]):
        assert is_drawn(str(call_id), key="k", share_per_mille=number) is None
        assert is_drawn(str(call_id), key="k", share_per_mille=number + 1) == number


@pytest.mark.parametrize(
    ("change", "is_possible"),
    [
        ({"borrowers_a_day": 1}, True),
        ({"borrowers_a_day": 0}, False),
        ({"share_per_mille": 0}, True),
        ({"share_per_mille": -1}, False),
        ({"share_per_mille": 1000}, True),
        ({"share_per_mille": 1001}, False),
        ({"first_hour": 0, "last_hour": 24}, True),
        ({"first_hour": -1}, False),
        ({"last_hour": 25}, False),
        ({"first_hour": 20, "last_hour": 20}, False),
        ({"first_hour": 19, "last_hour": 20}, True),
    ],
)
def test_rules_of_the_desk_are_possible(change: dict[str, int], is_possible: bool) -> None:
    body = {"borrowers_a_day": 60, "share_per_mille": 50, "first_hour": 8, "last_hour": 20, **change}
    if is_possible:
        assert SupportRules.from_data(body) == SupportRules(**body)
    else:
        with pytest.raises(ValueError, match="no rules of a support desk"):
            SupportRules.from_data(body)


def test_days_and_hours_are_those_of_the_desks_zone() -> None:
    """23:30 in London on 3 March is 7:30 in Shanghai on the 4th."""
    shanghai = ZoneInfo("Asia/Shanghai")
    opened = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    calls = [call(borrower_id=1, opened_at=opened, ended_at=opened + timedelta(hours=1))]
    early = datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert borrowers_today(calls, now=NOW, zone=shanghai) == {"A1": 1}
    assert borrowers_today(calls, now=early, zone=shanghai) == {"A1": 1}
    assert borrowers_today(calls, now=early - SECOND, zone=shanghai) == {}
    assert [each.kind for each in unusual(calls, RULES, now=NOW, zone=shanghai)] == [Unusual.OUTSIDE_HOURS]
    assert [each.kind for each in unusual(calls, RULES, now=NOW, zone=UTC)] == [Unusual.OUTSIDE_HOURS]
    later = [call(opened_at=opened + timedelta(minutes=30))]
    assert unusual(later, RULES, now=NOW, zone=shanghai) == []


def test_the_most_calls_about_any_one_borrower_count() -> None:
    calls = [*[call(borrower_id=7)] * 3, *[call(borrower_id=8)] * 2, call(borrower_id=9), *[call()] * 5]
    assert found(calls) == [(Unusual.SAME_BORROWER, 3, 0)]
    assert found([*[call(borrower_id=8)] * 2, *[call(borrower_id=7)] * 4]) == [(Unusual.SAME_BORROWER, 4, 0)]


def test_counts_of_an_agents_calls_add_up() -> None:
    assert found([call(reveals=2), call(reveals=3)]) == [(Unusual.REVEALS, 5, 0)]
    assert found([call(refused_acts=1), call(refused_acts=2)]) == [(Unusual.REFUSED_ACTS, 3, 0)]


def test_what_is_usual_is_the_median_of_all_the_others_with_those_who_have_none() -> None:
    others = [call("B1", reveals=2), call("B2", reveals=4), call("B3")]
    assert found([call(reveals=5), *others]) == [(Unusual.REVEALS, 5, 2)]
    assert found([call(reveals=5), *others[:2]]) == []
    same = [*[call(borrower_id=7)] * 3, call("B1"), call("B2")]
    assert found(same) == [(Unusual.SAME_BORROWER, 3, 0)]


def test_calls_with_proof_are_neither_quick_nor_looked_up_only() -> None:
    quick: dict[str, Any] = {"ended_at": NOW + SECOND, "is_explained": False}
    assert found([call(**quick)] * 3) == []
    both = found([call(level=Level.NONE, **quick)] * 3)
    assert {kind for kind, *_ in both} == {Unusual.QUICK_WITHOUT_PROOF, Unusual.LOOKED_UP_ONLY}


def test_findings_are_ordered_by_how_far_they_are_from_usual_then_by_agent_and_kind() -> None:
    rules = SupportRules(borrowers_a_day=1, share_per_mille=50, first_hour=8, last_hour=20)
    calls = [
        call("B2", borrower_id=1, refused_acts=1),
        call("B1", borrower_id=1, refused_acts=1, reveals=6),
        call("B3"),
        call("B4"),
    ]
    findings = unusual(calls, rules, now=NOW, zone=UTC)
    assert [(each.staff_number, each.kind, each.figure, each.usual) for each in findings] == [
        ("B1", Unusual.REVEALS, 6, 0),
        ("B1", Unusual.CEILING, 1, 1),
        ("B1", Unusual.REFUSED_ACTS, 1, 0),
        ("B2", Unusual.CEILING, 1, 1),
        ("B2", Unusual.REFUSED_ACTS, 1, 0),
    ]


def test_ten_beside_four_is_nearer_to_usual_than_six_beside_none() -> None:
    """Ten beside four is two and a half times as much, six beside none six times."""
    calls = [
        call("B1", reveals=10),
        call("B2", reveals=4, refused_acts=6),
        call("B3", reveals=4),
    ]
    findings = unusual(calls, RULES, now=NOW, zone=UTC)
    assert [(each.staff_number, each.kind) for each in findings] == [
        ("B2", Unusual.REFUSED_ACTS),
        ("B1", Unusual.REVEALS),
    ]


def test_whoever_has_the_key_draws_the_same_calls_again() -> None:
    """HMAC-SHA-256 over the purpose and the call, its first eight bytes as a number modulo 1,000."""
    digest = hmac.new(b"k", b"support call read again:17", "sha256").digest()
    assert is_drawn("17", key="k", share_per_mille=1000) == int.from_bytes(digest[:8], "big") % 1000
