"""The smallest run of each measure: it finds ours and its reference saying the same, and gives figures."""

from collections.abc import Sequence

from benchmarks import home
from benchmarks.results import Result
from benchmarks.worlds import World


def refuse_empty(results: Sequence[Result], *names: str) -> None:
    assert [result.name for result in results] == list(names)
    assert all(result.rounds == 1 and result.ours > 0 and result.reference > 0 for result in results)


def test_first_page(made: World) -> None:
    homes = home.make_homes(made, people=2, strangers=7)
    found = home.beside_references(made, homes, rounds=1)
    refuse_empty(found, "W1 home beside a bare page", "W1 home beside an idiomatic stack")
