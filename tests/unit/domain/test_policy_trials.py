"""Whether the sides of a trial differ: against the exact test's published tea tasting and by hand."""

import pytest

from portal.domain.policy_trials import FEWEST, SideShare, compare_sides


def side(*, signed: int, at_once: int, approved: int = 0, kept: int = 0, broken: int = 0) -> dict[str, int]:
    return {"signed": signed, "at_once": at_once, "approved": approved, "kept": kept, "broken": broken}


def test_a_difference_beyond_chance_is_told_with_its_interval() -> None:
    at_once, in_force, broken = compare_sides(
        side(signed=200, at_once=150, approved=100), side(signed=200, at_once=100, approved=100)
    )
    assert (at_once.what, at_once.is_beyond_chance) == (SideShare.AT_ONCE, True)
    assert at_once.interval
    assert 0 < at_once.interval.low < 0.25 < at_once.interval.high < 0.5
    assert in_force.chance == pytest.approx(1)
    assert not in_force.is_beyond_chance
    assert (broken.trying, broken.others, broken.chance) == (None, None, None)


def test_broken_plans_are_a_share_of_those_that_ended() -> None:
    broken = compare_sides(
        side(signed=90, at_once=40, approved=60, kept=15, broken=5),
        side(signed=80, at_once=40, approved=60, kept=5, broken=15),
    )[2]
    assert broken.trying
    assert broken.others
    assert (broken.trying.value, broken.others.value, broken.trying.of) == (0.25, 0.75, 20)
    assert broken.is_beyond_chance


def test_with_too_few_on_a_side_nothing_is_said_of_a_difference() -> None:
    gaps = compare_sides(side(signed=FEWEST - 1, at_once=0), side(signed=500, at_once=500))
    assert [(gap.interval, gap.chance, gap.is_beyond_chance) for gap in gaps] == [(None, None, False)] * 3
    assert gaps[0].trying
    assert gaps[0].trying.value == 0


def test_who_looks_at_several_shares_needs_more_to_call_one_a_finding() -> None:
    alone = compare_sides(side(signed=40, at_once=28), side(signed=40, at_once=18))[0]
    assert alone.chance is not None
    assert not alone.is_beyond_chance, "0.04 by itself, but two shares were looked at"
    assert 0.05 < alone.chance < 0.1
