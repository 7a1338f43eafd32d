"""The closed list of holds: each kind has its line, and terms keep within it."""

from contextlib import nullcontext
from datetime import date

import pytest

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.holds import (
    RULES,
    Evidence,
    HoldKind,
    Stops,
    Term,
    refuse_ending,
    refuse_setting,
    term_of,
)
from portal.domain.permissions import Role
from tests.unit.domain.refusals import refusal

TODAY = date(2026, 11, 2)
STAFF = frozenset({Role.AGENT, Role.APPROVER, Role.SUPERVISOR})
BY_NOBODYS_HAND = {HoldKind.PROPOSAL_PENDING, HoldKind.PLAN_ACTIVE}


def test_every_kind_has_its_line() -> None:
    assert set(RULES) == set(HoldKind)


@pytest.mark.parametrize("kind", HoldKind)
@pytest.mark.parametrize("role", Role)
def test_who_sets_and_ends_by_hand(kind: HoldKind, role: Role) -> None:
    decides = role in {Role.APPROVER, Role.SUPERVISOR}
    by_hand = kind not in BY_NOBODYS_HAND
    sets = decides if kind is HoldKind.STATUTORY_MORATORIUM else role in STAFF
    evidence = (RULES[kind].evidence or (Evidence.PAPER_SEEN,))[0].value
    with nullcontext() if sets and by_hand else pytest.raises(AccessRefused, match="hold_not_by_hand"):
        refuse_setting(kind, frozenset({role}), evidence)
    with nullcontext() if decides and by_hand else pytest.raises(AccessRefused, match="hold_not_by_hand"):
        refuse_ending(kind, frozenset({role}))


def test_what_stops_everything_takes_two_to_end_and_so_does_a_moratorium() -> None:
    assert {kind for kind, rule in RULES.items() if rule.takes_two} == {
        HoldKind.DECEASED,
        HoldKind.MINOR,
        HoldKind.REPRESENTED,
        HoldKind.STATUTORY_MORATORIUM,
    }
    assert {kind for kind, rule in RULES.items() if rule.stops is Stops.EVERYTHING} == {
        HoldKind.DECEASED,
        HoldKind.MINOR,
        HoldKind.REPRESENTED,
    }


def test_a_death_is_not_shown_by_the_borrowers_word() -> None:
    with pytest.raises(DomainError, match="evidence_missing"):
        refuse_setting(HoldKind.DECEASED, STAFF, Evidence.TOLD_BY_BORROWER.value)


@pytest.mark.parametrize(
    ("kind", "ends_on", "term"),
    [
        (HoldKind.HARDSHIP, None, Term(date(2027, 1, 31), date(2026, 12, 2))),
        (HoldKind.HARDSHIP, date(2026, 11, 20), Term(date(2026, 11, 20), None)),
        (HoldKind.HARDSHIP, TODAY, Term(TODAY, None)),
        (HoldKind.DISPUTE, None, Term(None, date(2026, 11, 17))),
        (HoldKind.DECEASED, None, Term(None, date(2026, 12, 2))),
        (HoldKind.STATUTORY_MORATORIUM, None, Term(None, None)),
    ],
)
def test_how_long_a_hold_runs(kind: HoldKind, ends_on: date | None, term: Term) -> None:
    assert term_of(kind, today=TODAY, ends_on=ends_on) == term


def test_a_moratorium_of_law_ends_by_itself_and_no_later() -> None:
    last = date(2027, 1, 1)
    kind = HoldKind.STATUTORY_MORATORIUM
    assert term_of(kind, today=TODAY, moratorium_ends=last) == Term(last, None)
    with pytest.raises(DomainError) as refused:
        term_of(kind, today=TODAY, ends_on=date(2027, 1, 2), moratorium_ends=last)
    assert (refused.value.code, refused.value.details) == ("hold_too_long", {"latest": "2027-01-01"})


@pytest.mark.parametrize(
    ("kind", "ends_on", "code"),
    [
        (HoldKind.HARDSHIP, date(2026, 11, 1), "hold_end_passed"),
        (HoldKind.HARDSHIP, date(2027, 2, 1), "hold_too_long"),
        (HoldKind.MINOR, date(2026, 12, 1), "hold_has_no_end"),
    ],
)
def test_ends_that_no_hold_has(kind: HoldKind, ends_on: date, code: str) -> None:
    with pytest.raises(DomainError, match=code):
        term_of(kind, today=TODAY, ends_on=ends_on)


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        (date(2026, 11, 1), ("hold_end_passed", "ends_on", None)),
        (date(2026, 11, 2), None),
        (date(2027, 1, 31), None),
        (date(2027, 2, 1), ("hold_too_long", "ends_on", None)),
    ],
)
def test_hardship_is_held_for_ninety_days_at_most(
    ends_on: date, expected: tuple[str, str, None] | None
) -> None:
    assert refusal(lambda: term_of(HoldKind.HARDSHIP, today=TODAY, ends_on=ends_on)) == expected


@pytest.mark.parametrize("kind", [HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED])
def test_what_stops_everything_has_no_day_on_which_it_ends_by_itself(kind: HoldKind) -> None:
    found = refusal(lambda: term_of(kind, today=TODAY, ends_on=date(2026, 12, 1)))
    assert found == ("hold_has_no_end", "ends_on", None)


def test_only_a_moratorium_ends_with_the_law() -> None:
    assert term_of(HoldKind.DISPUTE, today=TODAY, moratorium_ends=date(2026, 12, 1)).ends_on is None
    hardship = term_of(HoldKind.HARDSHIP, today=TODAY, moratorium_ends=date(2026, 12, 1))
    assert hardship.ends_on == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("ends_on", "review_on"),
    [
        (date(2026, 12, 1), None),
        (date(2026, 12, 2), None),
        (date(2026, 12, 3), date(2026, 12, 2)),
    ],
)
def test_a_hold_is_looked_at_again_only_before_it_ends(ends_on: date, review_on: date | None) -> None:
    """Hardship is looked at again after 30 days, on 2 December."""
    assert term_of(HoldKind.HARDSHIP, today=TODAY, ends_on=ends_on) == Term(ends_on, review_on)


def test_whoever_may_not_learns_the_rule_and_whoever_shows_nothing_the_field() -> None:
    paper = Evidence.PAPER_SEEN.value
    auditor = frozenset({Role.AUDITOR})
    assert refusal(lambda: refuse_setting(HoldKind.ILLNESS, auditor, paper)) == (
        "hold_not_by_hand",
        None,
        "C09",
    )
    assert refusal(lambda: refuse_ending(HoldKind.ILLNESS, auditor)) == ("hold_not_by_hand", None, "C09")
    assert refusal(lambda: refuse_setting(HoldKind.ILLNESS, STAFF, "")) == (
        "evidence_missing",
        "evidence",
        None,
    )
