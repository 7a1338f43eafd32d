"""``domain/rounding.py`` and what is built on it alone, over arrays of whole numbers."""

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Ints
from portal.domain.rounding import Rounding


def divided(numerator: Ints, denominator: Ints | int, rounding: Rounding) -> Ints:
    """``numerator / denominator`` (positive) as whole numbers, as ``Rounding.of`` has it; twice a denominator must fit."""
    whole = numerator // denominator
    if rounding is Rounding.FLOOR:
        return whole
    twice = (numerator - whole * denominator) * 2
    is_half = twice == denominator
    raised: Flags = (whole & 1 == 1) if rounding is Rounding.HALF_EVEN else numerator > 0
    return whole + np.where(is_half, raised, twice > denominator)


def level_part(
    total: Ints,
    parts: Ints | int,
    rounding: Rounding,
    *,
    unit: Ints | int = 1,
    beside: Ints | int = 0,
) -> Ints:
    """All but the last of ``amortisation.level_parts``; the last is what they leave of ``total``."""
    exact = total + beside * parts
    rounded = divided(exact, unit * parts, rounding) * unit - beside
    floored = exact // (unit * parts) * unit - beside
    usual = np.where(_leaves_some(rounded, total, parts), rounded, floored)
    return np.where(_leaves_some(usual, total, parts), usual, total // parts)


def _leaves_some(part: Ints, total: Ints, parts: Ints | int) -> Flags:
    return (part > 0) & (part * (parts - 1) < total)
