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
