"""What makes cases alike, and that few are never told."""

import pytest

from portal.domain.decisions import DecisionKind as K
from portal.domain.proposals import ProposalStatus as S
from portal.domain.similar_cases import FEWEST, SUMS, SimilarCases, likeness_of, tally


@pytest.mark.parametrize(
    ("minor", "above", "up_to"),
    [(1, 0, 200_000), (200_000, 0, 200_000), (200_001, 200_000, 500_000), (10_000_001, 10_000_000, None)],
)
def test_a_sum_lies_in_one_band(minor: int, above: int, up_to: int | None) -> None:
    like = likeness_of(kind="catch_up", dpd=42, amount_minor=minor, currency="CNY")
    assert (like.above_minor, like.up_to_minor, like.bucket) == (above, up_to, "M2")


def test_alike_are_those_of_one_kind_bucket_currency_and_band() -> None:
    def key(**of: object) -> str:
        return likeness_of(
            **{"kind": "catch_up", "dpd": 31, "amount_minor": SUMS[0], "currency": "CNY", **of}  # type: ignore[arg-type]
        ).key

    assert key() == key(dpd=60, amount_minor=1)
    others = [
        key(dpd=30), key(dpd=61), key(kind="defer"), key(amount_minor=SUMS[0] + 1), key(currency="JPY"), key(dpd=0),
        key(amount_minor=10**9),
    ]  # fmt: skip
    assert len({key(), *others}) == len(others) + 1
    assert max(map(len, others)) <= 60


def test_a_refused_counter_counts_as_made_and_not_for_the_plan_that_came_later() -> None:
    found = tally(
        {
            (K.APPROVE, True, S.COMPLETED): 3,
            (K.COUNTER, False, S.COMPLETED): 2,
            (K.COUNTER, True, S.ACTIVE): 4,
            (K.COUNTER, True, S.EXPIRED): 1,
            (K.DECLINE, True, S.COMPLETED): 5,
            (K.APPROVE, True, S.BROKEN): 1,
            (K.APPROVE, True, S.SUPERSEDED): 1,
        }
    )
    assert found == SimilarCases(approved=5, countered=7, declined=5, kept=3, running=4, broken=1)
    assert (found.decided, found.in_force) == (17, 8)
    assert found.are_enough
    assert not found.tell_of_plans


def test_fewer_than_the_least_number_are_not_told() -> None:
    assert not SimilarCases(approved=FEWEST - 1).are_enough
    assert SimilarCases(approved=FEWEST - 2, declined=2).are_enough
    assert not SimilarCases(running=FEWEST - 1).tell_of_plans
