"""How a case can end, who may decide it, and the second look."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from portal.domain.case_handling import (
    ENDINGS,
    CaseReason,
    Outcome,
    Parties,
    Work,
    acknowledge_by,
    may_decide,
    refuse_ending_as,
    refuse_handling,
    refuse_parties,
    refuse_second_look,
    second_look_until,
    work_of,
)
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.errors import AccessRefused
from portal.domain.permissions import Actor, ActorKind, Role
from tests.unit.domain.refusals import Refusal, refusal

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
ENDS: dict[Work, tuple[str, ...]] = {
    Work.DISPUTE: ("upheld", "partly", "not_upheld"),
    Work.COMPLAINT: ("upheld", "partly", "not_upheld"),
    Work.VISITOR: ("upheld", "partly", "not_upheld"),
    Work.TALK: ("talked", "not_reached"),
    Work.DATA: ("done", "refused"),
    Work.REPRESENTED: ("confirmed", "not_confirmed"),
    Work.NUMBER: ("confirmed", "not_confirmed"),
}


def staff(*roles: Role) -> Actor:
    return Actor(ActorKind.STAFF, 1, frozenset(roles))


@pytest.mark.parametrize(
    ("kind", "work"),
    [
        (CaseKind.DISPUTE, Work.DISPUTE),
        (CaseKind.COMPLAINT, Work.COMPLAINT),
        (CaseKind.TALK, Work.TALK),
        (CaseKind.DATA, Work.DATA),
        (CaseKind.REPRESENTED, Work.REPRESENTED),
    ],
)
def test_the_work_is_the_kind_of_the_case_but_for_a_changed_number(kind: CaseKind, work: Work) -> None:
    assert work_of(kind, CaseTopic.OTHER) is work
    assert work_of(kind, CaseTopic.NUMBER_NOT_THEIRS.value) is work
    assert work_of(kind, CaseTopic.NUMBER_CHANGED.value) is Work.NUMBER


def test_a_case_is_acknowledged_within_a_day_and_looked_at_again_within_fifteen() -> None:
    assert acknowledge_by(NOW) == NOW + timedelta(hours=24)
    assert second_look_until(NOW) == NOW + timedelta(days=15)


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ({}, None),
        ({"related_ids": (6, 8), "complained_about_id": 6}, None),
        ({"related_ids": (6, 7)}, ("related_case", None, "P18")),
        ({"complained_about_id": 7}, ("complained_about", None, "R02")),
        ({"related_ids": {7}, "complained_about_id": 7}, ("related_case", None, "P18")),
    ],
)
def test_neither_a_relation_nor_whom_it_is_about_sees_a_case(
    parties: dict[str, Any], expected: Refusal | None
) -> None:
    for refuse in (refuse_parties, refuse_handling):
        assert refusal(partial(refuse, 7, Parties(**parties))) == expected
        if expected:
            with pytest.raises(AccessRefused):
                refuse(7, Parties(**parties))


def test_who_decided_before_may_look_and_not_act() -> None:
    decided = Parties(earlier_ids=(7,))
    assert refusal(lambda: refuse_parties(7, decided)) is None
    assert refusal(lambda: refuse_handling(7, decided)) == ("case_decided_by_oneself", None, "P18")
    assert refusal(lambda: refuse_handling(8, decided)) is None


@pytest.mark.parametrize("work", Work)
def test_agents_end_a_talk_and_nothing_else(work: Work) -> None:
    assert may_decide(staff(Role.AGENT), work) is (work is Work.TALK)


@pytest.mark.parametrize("work", Work)
@pytest.mark.parametrize(
    ("role", "decides"), [(Role.APPROVER, True), (Role.SUPERVISOR, True), (Role.AUDITOR, False)]
)
def test_approvers_decide_everything_and_an_auditor_nothing(role: Role, decides: bool, work: Work) -> None:
    assert may_decide(staff(role), work) is decides


@pytest.mark.parametrize("work", Work)
def test_a_kind_of_work_ends_in_its_own_ways_alone(work: Work) -> None:
    for outcome in Outcome:
        missing = refusal(partial(refuse_ending_as, work, outcome.value, ""))
        expected = (
            ("reason_missing", "reason", None)
            if outcome.value in ENDS[work]
            else ("outcome_missing", "outcome", None)
        )
        assert missing == expected
    assert refusal(lambda: refuse_ending_as(work, "", "other")) == ("outcome_missing", "outcome", None)


def test_a_reason_fits_how_it_ends() -> None:
    unfit = ("reason_does_not_fit", "reason", None)
    for work, outcome, reason, expected in (
        (Work.DISPUTE, "upheld", "book_wrong", None),
        (Work.DISPUTE, "upheld", "book_right", unfit),
        (Work.DISPUTE, "not_upheld", "book_right", None),
        (Work.COMPLAINT, "partly", "charge_wrong", None),
        (Work.COMPLAINT, "partly", "charge_right", unfit),
        (Work.DATA, "refused", "kept_by_law", None),
        (Work.DATA, "done", "kept_by_law", unfit),
        (Work.NUMBER, "confirmed", "other", unfit),
        (Work.TALK, "talked", "nonsense", unfit),
    ):
        found = refusal(partial(refuse_ending_as, work, outcome, reason))
        assert found == expected, (work, outcome, reason)


def test_a_reason_never_speaks_for_and_against_in_the_same_work() -> None:
    for endings in ENDINGS.values():
        for_it = {r for o in (Outcome.UPHELD, Outcome.DONE, Outcome.CONFIRMED) for r in endings.get(o, ())}
        against = {
            r
            for o in (Outcome.NOT_UPHELD, Outcome.REFUSED, Outcome.NOT_CONFIRMED)
            for r in endings.get(o, ())
        }
        assert for_it & against <= {CaseReason.OTHER}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("partly", None),
        ("not_upheld", None),
        ("refused", None),
        ("not_confirmed", None),
        *((outcome, "second_look_not_needed") for outcome in ("upheld", "done", "confirmed", "talked")),
    ],
)
def test_another_person_looks_where_something_was_not_granted(outcome: str, code: str | None) -> None:
    expected = None if code is None else (code, None, None)
    assert refusal(lambda: refuse_second_look(outcome, 1, NOW, NOW)) == expected


@pytest.mark.parametrize(
    ("review_round", "after", "code"),
    [
        (1, timedelta(days=15), None),
        (1, timedelta(days=15, seconds=1), "second_look_too_late"),
        (2, timedelta(0), "second_look_asked"),
        (3, timedelta(days=16), "second_look_asked"),
    ],
)
def test_another_look_is_asked_for_once_and_within_fifteen_days(
    review_round: int, after: timedelta, code: str | None
) -> None:
    expected = None if code is None else (code, None, None)
    assert refusal(lambda: refuse_second_look("refused", review_round, NOW, NOW + after)) == expected
