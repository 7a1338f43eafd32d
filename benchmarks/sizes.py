"""What a run of ``bin/bench`` was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.databases import KINDS
from benchmarks.results import Result


@dataclass(frozen=True, slots=True)
class Asked:
    """``quick``: small data and few operations, the same rounds; ``databases`` are of ``KINDS``."""

    quick: bool = False
    databases: Sequence[str] = KINDS


Measure = Callable[[Asked], Sequence[Result]]
