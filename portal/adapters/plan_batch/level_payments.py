"""``domain/level_payments.py`` and flat interest over many loans: the payment of all installments but the last, and that of the last.

The payment is an annuity of large exact numbers. It is worked out in machine numbers, and stands only where it is farther from the next
rounding than they can err; from there on everything is whole numbers.
"""

from dataclasses import dataclass

import numpy as np

from portal.adapters.plan_batch.columns import FITS, HALF_BIT, Flags, Floats, Ints
from portal.adapters.plan_batch.divisions import divided, level_part
from portal.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class Lending:
    """What loans are lent anew: period i bears ``numerator · parts[i] / denominator`` of the balance; payments come in whole ``unit``."""

    lent: Ints
    numerator: Ints
    denominator: Ints
    parts: Ints
    unit: Ints
    rounding: Rounding

    def __len__(self) -> int:
        return len(self.parts)

    def only(self, at: Ints) -> "Lending":
        return Lending(
            self.lent[at],
            self.numerator[at],
            self.denominator[at],
            self.parts,
            self.unit[at],
            self.rounding,
        )

    @property
    def is_bounded(self) -> Flags:
        """Whether a balance times the largest factor, or all of them, is a number that fits."""
        widest = float(self.parts.sum())
        fits: Flags = self.lent.astype(np.float64) * self.numerator * widest < FITS
        return fits & (self.denominator.astype(np.float64) * len(self) < FITS)


@dataclass(frozen=True, slots=True)
class Level:
    """``is_exact`` is False where the plain way has more to decide: carried interest, sums too small, a rounding too near."""

    usual: Ints
    last: Ints
    is_exact: Flags


def flat(lending: Lending) -> Level:
    """``amortisation.flat_payments`` with level payments."""
    count, rounding = len(lending), lending.rounding
    total = divided(
        lending.lent * (lending.numerator * int(lending.parts.sum())), lending.denominator, rounding
    )
    share = divided(total, count, rounding)
    share = np.where(share * (count - 1) > total, total // count, share)
    rest = total - share * (count - 1)
    beside = np.where(lending.unit > 1, share if count > 1 else rest, 0)
    repaid = level_part(lending.lent, count, rounding, unit=lending.unit, beside=beside)
    return Level(repaid + share, lending.lent - repaid * (count - 1) + rest, lending.is_bounded)


def declining(lending: Lending) -> Level:
    """``level_payments.equal_payments`` without graces."""
    payment, is_sure = _annuity(lending)
    usual, last, ends = _smoothed(lending, payment, _rows(lending, payment))
    return Level(usual, last, (is_sure | (len(lending) == 1)) & ends & lending.is_bounded)


def _annuity(lending: Lending) -> tuple[Ints, Flags]:
    """(the level payment rounded to the unit, whether that is certain)."""
    count, rounding = len(lending), lending.rounding
    is_free = lending.numerator * int(lending.parts.sum()) == 0
    exact = divided(lending.lent, lending.unit * count, rounding)
    found = _in_floats(lending)
    err = found * (8 * count + 16) * HALF_BIT
    shift = 0.0 if rounding is Rounding.FLOOR else 0.5
    low, high = np.floor(found - err + shift), np.floor(found + err + shift)
    rounded = np.where(is_free, exact, high.astype(np.int64))
    return rounded * lending.unit, is_free | ((low == high) & (found - err > 0))


def _in_floats(lending: Lending) -> Floats:
    """P · Π(1 + rᵢ) / fₙ with f₁ = 1, fₖ = 1 + fₖ₋₁(1 + rₖ), in units; nothing is ever taken away, so errors only add up."""
    rate = lending.numerator / lending.denominator
    grown = 1.0 + rate * float(lending.parts[0])
    series = np.ones(len(rate))
    for part in lending.parts[1:].tolist():
        step = 1.0 + rate * part
        grown = grown * step
        series = series * step + 1.0
    return lending.lent * grown / series / lending.unit


@dataclass(frozen=True, slots=True)
class _Rows:
    """``last`` is all that the last row asks for. ``is_usual``: every payment covers its interest and leaves something to the last;
    ``runs_to_the_end``: as ``level_payments`` asks.
    """

    last: Ints
    is_usual: Flags
    runs_to_the_end: Flags


def _rows(lending: Lending, payment: Ints) -> _Rows:
    balance, denominator = lending.lent, lending.denominator
    least = np.full(len(balance), np.iinfo(np.int64).max)
    repaid = payment
    for part in lending.parts[:-1].tolist():
        interest = divided(balance * (lending.numerator * part), denominator, lending.rounding)
        repaid = payment - interest
        least = np.minimum(least, repaid)
        balance = balance - repaid
    at_end = divided(balance * (lending.numerator * int(lending.parts[-1])), denominator, lending.rounding)
    is_usual = (least >= 0) & (balance >= 0)
    ends = (balance > 0) & (repaid > 0) if len(lending) > 1 else balance > 0
    return _Rows(balance + at_end, is_usual, ends)


def _smoothed(lending: Lending, payment: Ints, rows: _Rows) -> tuple[Ints, Ints, Flags]:
    """(payment, last payment, whether both are as the plain way has them)."""
    count = len(lending)
    gap = rows.last - payment
    usual, last, ends = payment.copy(), rows.last.copy(), rows.is_usual & rows.runs_to_the_end
    at = (
        np.flatnonzero(rows.is_usual & (np.abs(gap) > count // 2))
        if count > 1
        else np.array([], dtype=np.int64)
    )
    if len(at):
        some = lending.only(at)
        wanted = payment[at] + divided(gap[at], count, lending.rounding)
        tried = divided(wanted, some.unit, lending.rounding) * some.unit
        again = _rows(some, tried)
        is_kept = (np.abs(again.last - tried) < np.abs(gap[at])) & again.runs_to_the_end
        usual[at] = np.where(is_kept, tried, usual[at])
        last[at] = np.where(is_kept, again.last, last[at])
        ends[at] = again.is_usual & (is_kept | ends[at])
    return usual, last, ends
