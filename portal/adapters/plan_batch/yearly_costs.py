"""What plans cost a year, to the second place (``PlanCost``): found in machine numbers, and proved by the sign of what is left over on
either side of it.

With payments that are never negative after one advance, worth(λ) = advance - Σ payment · e^(-λ·time) rises with λ, so its one root lies
where the sign turns. Where both signs are certain in spite of rounding, and both ends round to the same hundredth, so does the root.
Everything else is left to ``annualised_cost``.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Floats, Ints
from portal.domain.month_counting import equal_days, equal_months

_AROUND: Final = 1e-9
_UNSURE: Final = 1e-12
"""Of all that is added up; more than a thousand summands, each with its power and its product, can err by."""
_LARGEST: Final = 5.0
"""Of λ; that is 14,000 percent a year."""
_MOST_YEARS: Final = 20.0
_STEPS: Final = 25
_NEAR: Final = 1e-12
_SLACK: Final = 2e-9
"""Percent: the ninth place, to which figures are rounded before the second, and what an exponential may err by."""


@dataclass(frozen=True, slots=True)
class YearlyCosts:
    """Hundredths of a percent; ``is_defined`` is False where there is no rate, ``is_proved`` where neither could be told."""

    compound: Ints
    simple: Ints
    is_defined: Flags
    is_proved: Flags


@dataclass(frozen=True, slots=True)
class Times:
    """When payments come: years from today, and how many periods a year the simple figure counts; of all loans, or by loan."""

    years: Floats
    a_year: Floats | float


def times_of(on: date, dates: tuple[date, ...]) -> Times:
    """As ``annualised_cost`` reads dates that are the same for all."""
    every = (on, *dates)
    numbers = np.arange(1, len(every), dtype=np.float64)
    if months := equal_months(every):
        return Times(numbers * months / 12, 12 / months)
    if days := equal_days(every):
        return Times(numbers * days / 365, 365 / days)
    return Times(np.array([(day - on).days for day in dates]) / 365, 12.0)


def yearly_costs(financed: Ints, payments: Ints, times: Times) -> YearlyCosts:
    """``payments`` has a row a loan, as wide as the longest plan, filled up with zeros."""
    advance, paid = financed.astype(np.float64), payments.astype(np.float64)
    total = payments.sum(axis=1)
    is_defined = (financed > 0) & (total > 0)
    is_free = is_defined & (total == financed)
    compound, simple = np.zeros(len(financed), np.int64), np.zeros(len(financed), np.int64)
    is_proved = ~is_defined | is_free
    at = np.flatnonzero(is_defined & ~is_free & (payments.min(axis=1) >= 0))
    if len(at):
        own = _of(times, at)
        low, high, is_sure = _bracket(advance[at], paid[at], own.years)
        compound[at], is_same = _rounded(low, high, 1.0)
        simple[at], is_alike = _rounded(low, high, own.a_year)
        is_proved[at] = is_sure & is_same & is_alike
    return YearlyCosts(compound, simple, is_defined, is_proved)


def _of(times: Times, at: Ints) -> Times:
    years = times.years if times.years.ndim == 1 else times.years[at]
    return Times(years, times.a_year if isinstance(times.a_year, float) else times.a_year[at])


def _bracket(advance: Floats, paid: Floats, years: Floats) -> tuple[Floats, Floats, Flags]:
    with np.errstate(all="ignore"):
        root = _root(advance, paid, years)
        low, high = root - _AROUND, root + _AROUND
        under, over = _worth(low, advance, paid, years), _worth(high, advance, paid, years)
        is_sure = (under[0] < -_UNSURE * under[1]) & (over[0] > _UNSURE * over[1])
        is_sure &= (np.abs(root) < _LARGEST) & (years.max(axis=-1) < _MOST_YEARS)
    safe = np.where(is_sure, root, 0.0)
    return safe - _AROUND, safe + _AROUND, is_sure


def _root(advance: Floats, paid: Floats, years: Floats) -> Floats:
    """Newton's steps from where all payments would come at their mean time, which is below the root."""
    total = paid.sum(axis=1)
    root: Floats = np.log(total / advance) * total / (paid * years).sum(axis=1)
    for _ in range(_STEPS):
        now = _now(root, paid, years)
        left = advance - now.sum(axis=1)
        now *= years
        step = left / now.sum(axis=1)
        root = root - step
        if not (np.abs(step) > _NEAR).any():
            break
    return root


def _worth(rate: Floats, advance: Floats, paid: Floats, years: Floats) -> tuple[Floats, Floats]:
    """(what is left over, the sum of all that was added up)."""
    now = _now(rate, paid, years).sum(axis=1)
    return advance - now, advance + now


def _now(rate: Floats, paid: Floats, years: Floats) -> Floats:
    """What payments are worth today; in place, for these are the largest arrays of all."""
    now: Floats = rate[:, None] * -years
    np.exp(now, out=now)
    now *= paid
    return now


def _rounded(low: Floats, high: Floats, a_year: Floats | float) -> tuple[Ints, Flags]:
    """Hundredths of a percent of both ends, and whether they are the same."""
    ends = [
        np.floor((np.expm1(rate / a_year) * a_year * 100 + slack) * 100 + 0.5).astype(np.int64)
        for rate, slack in ((low, -_SLACK), (high, _SLACK))
    ]
    return ends[0], ends[0] == ends[1]


@lru_cache(maxsize=1 << 14)
def hundredths(number: int) -> str:
    """As ``PlanCost`` writes a percentage."""
    sign, whole = "-" if number < 0 else "", abs(number)
    return f"{sign}{whole // 100}.{whole % 100:02}"
