"""The figures of one option for many loans."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Ints
from portal.adapters.plan_batch.yearly_costs import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One place a loan, sums in minor units, dates as ordinals. ``payments`` has a row a loan, filled up with zeros; ``financed`` is what
    the yearly cost is measured against.

    ``refusals`` has by its code who is told it. Where ``is_exact`` is False the plain way must be gone, whatever stands here.
    """

    payments: Ints
    counts: Ints
    first_on: Ints
    ends_on: Ints
    financed: Ints
    repays: Ints
    waived: Ints
    times: Times
    refusals: Mapping[str, Flags]
    is_exact: Flags

    @property
    def is_refused(self) -> Flags:
        refused: Flags = np.logical_or.reduce(list(self.refusals.values()))
        return refused

    @property
    def last(self) -> Ints:
        last: Ints = self.payments[np.arange(len(self.counts)), self.counts - 1]
        return last


def in_parts(count: int, usual: Ints, last: Ints, *, more_first: Ints) -> Ints:
    """Payments of one sum with another at the end, and what the first carries besides."""
    payments = np.empty((len(usual), count), dtype=np.int64)
    payments[:, :-1] = usual[:, None]
    payments[:, -1] = last
    payments[:, 0] += more_first
    return payments
