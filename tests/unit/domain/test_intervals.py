"""Intervals and tests against published figures, and against the same worked out another way."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.intervals import Share, chance_of_gap, difference_interval, for_many, score_interval


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_one_share_as_newcombe_prints_it(count: int, of: int, low: float, high: float) -> None:
    """Statist. Med. 17 (1998) 857, Table I, method 3."""
    interval = score_interval(Share(count, of))
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_as_newcombe_prints_it(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Statist. Med. 17 (1998) 873, Table II, method 10."""
    interval = difference_interval(Share(*one), Share(*other))
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [
        (
            (3, 4),
            (1, 4),
            0.4857142857,
        ),  # Fisher's lady tasting tea, The Design of Experiments (1935), chapter II
        ((2, 12), (15, 18), 0.0005367241),  # his convictions of twins, as R's fisher.test documents it
        ((0, 10), (0, 10), 1.0),
        ((10, 10), (0, 10), 0.0000108251),
    ],
)
def test_the_exact_test_as_published(one: tuple[int, int], other: tuple[int, int], chance: float) -> None:
    assert chance_of_gap(Share(*one), Share(*other)) == pytest.approx(chance, abs=5e-10)


SIDES = st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(SIDES, SIDES)
def test_the_exact_test_in_whole_numbers(one: tuple[int, int], other: tuple[int, int]) -> None:
    """The same sum in fractions, without a logarithm."""
    hits, total = one[0] + other[0], one[1] + other[1]
    ways = {
        k: comb(one[1], k) * comb(other[1], hits - k)
        for k in range(max(0, hits - other[1]), min(hits, one[1]) + 1)
    }
    wanted = Fraction(sum(w for w in ways.values() if w <= ways[one[0]]), comb(total, hits))
    assert chance_of_gap(Share(*one), Share(*other)) == pytest.approx(float(wanted), rel=1e-6)


@given(SIDES)
def test_the_ends_of_an_interval_are_where_the_test_begins_to_doubt(side: tuple[int, int]) -> None:
    """Wilson's ends solve |p - P| = z sqrt(P (1 - P) / n): put in, the equation holds."""
    share, interval = Share(*side), score_interval(Share(*side))
    for end in (interval.low, interval.high):
        if 0 < end < 1:
            assert (share.value - end) ** 2 == pytest.approx(
                1.959963984540054**2 * end * (1 - end) / share.of, rel=1e-6
            )
    assert 0 <= interval.low <= share.value <= interval.high <= 1


def test_holms_steps() -> None:
    """Of three: the smallest times three, the next times two, never falling, never above 1; in their own order."""
    assert list(for_many([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert list(for_many([0.5, 0.6])) == [1.0, 1.0]
    assert list(for_many([])) == []
