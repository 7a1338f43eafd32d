"""Times at the server, ours and a reference's in turn: at one client and at sixteen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from benchmarks.load import Answered, Request, ask_all
from benchmarks.results import Result, compared
from benchmarks.rounds import Subject, in_turn, percentile

CLIENTS: Final = (1, 16)

Load = Callable[[int], tuple[str, Sequence[Request]]]
"""Given the round's number: the server's address, and what is asked of it."""


def compared_loads(
    name: str, loads: tuple[Load, Load], rounds: int, *, promised: float | None = None
) -> Sequence[Result]:
    """The median and the ninety-ninth percentile, milliseconds; ``promised``: the most of the latter at the most clients."""
    results = []
    for clients in CLIENTS:
        kept: tuple[list[Answered], list[Answered]] = ([], [])
        in_turn([_load(load, clients, into) for load, into in zip(loads, kept, strict=True)], rounds)
        ours, reference = (answers[1:] for answers in kept)
        said = _said(ours, reference, promised if clients == max(CLIENTS) else None)
        pairs = [(a.milliseconds(0.5), b.milliseconds(0.5)) for a, b in zip(ours, reference, strict=True)]
        results.append(replace(compared(f"{name}, {clients} at once", pairs, unit="ms"), more=said))
    return results


def _load(load: Load, clients: int, into: list[Answered]) -> Subject:
    def ask(number: int) -> float:
        url, requests = load(number)
        into.append(ask_all(url, requests, clients=clients))
        return into[-1].wall

    return ask


def _said(ours: Sequence[Answered], reference: Sequence[Answered], promised: float | None) -> str:
    """Of all rounds together."""
    slow, slow_beside = (_slowest(answers) for answers in (ours, reference))
    parts = [
        f"p99 {slow:.1f} ms beside {slow_beside:.1f}",
        f"{_per_second(ours):,.0f} a second beside {_per_second(reference):,.0f}",
    ]
    if promised is not None:
        parts.append(f"p99 <= {promised:g} ms: {'kept' if slow <= promised else 'NOT KEPT'}")
    return ", ".join(parts)


def _slowest(answers: Sequence[Answered]) -> float:
    return percentile([took for answer in answers for took in answer.took], 0.99) * 1000


def _per_second(answers: Sequence[Answered]) -> float:
    return sum(len(answer.took) for answer in answers) / sum(answer.wall for answer in answers)
