"""Subjects in turn, round after round: what each of them took, the first round left out."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from benchmarks.processes import Meter

ROUNDS: Final = 9
"""Kept ones; the first, which warms everything, comes on top."""

_Each = TypeVar("_Each")
Subject = Callable[[int], float]
"""Given the round's number, does its part and says what it took."""

_WATCHING: Final[ContextVar[AbstractContextManager[object] | None]] = ContextVar("watching", default=None)


@contextmanager
def watched(watching: AbstractContextManager[object]) -> Iterator[None]:
    """Within it the first subject runs within ``watching``, but for the round that warms: something that profiles, for one."""
    token = _WATCHING.set(watching)
    try:
        yield
    finally:
        _WATCHING.reset(token)


def in_turn(subjects: Sequence[Subject], rounds: int = ROUNDS) -> list[tuple[float, ...]]:
    """What every subject took in each round, in the subjects' order. They run A B, B A, … so that none is always the warmer one."""
    found = []
    for number in range(rounds + 1):
        order = range(len(subjects)) if number % 2 else reversed(range(len(subjects)))
        took = {place: _taken(subjects, place, number) for place in order}
        found.append(tuple(took[place] for place in range(len(subjects))))
    return found[1:]


def _taken(subjects: Sequence[Subject], place: int, number: int) -> float:
    watching = _WATCHING.get()
    if watching is None or place or not number:
        return subjects[place](number)
    with watching:
        return subjects[place](number)


def cpu_micros(meter: Meter, block: Callable[[int], int]) -> Subject:
    """``block`` does some operations and says how many: microseconds of processor time for each."""

    def measured(number: int) -> float:
        before = meter.seconds()
        done = block(number)
        return (meter.seconds() - before) / done * 1e6

    return measured


def wall_seconds(block: Callable[[int], object]) -> Subject:
    """Seconds on the clock for all that ``block`` does."""

    def measured(number: int) -> float:
        begun = time.perf_counter()
        block(number)
        return time.perf_counter() - begun

    return measured


def some_of(people: Sequence[_Each], number: int, at_once: int) -> Sequence[_Each]:
    """Whose turn it is in a round: the next ones in each, everybody in the end; all of them where they are no more than that."""
    first = number * at_once % len(people)
    return [*people[first:], *people[:first]][:at_once]


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that ``share`` (0 to 1) of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
