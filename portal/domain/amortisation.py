"""How principal and interest share the rows of a schedule: equal principal, and flat interest."""

from dataclasses import dataclass
from fractions import Fraction

from portal.domain.period_factors import PeriodFactors
from portal.domain.rounding import Rounding

Parts = tuple[int, int]
"""(principal, interest) of one row, minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What rows are made of.

    ``unit`` is the step in minor units to which the payment (with equal principal: its principal part) is
    rounded. The graces are the first periods without principal and without interest; the interest of a grace
    is deferred, never waived: it is collected out of the payments after it.
    """

    principal: int
    factors: PeriodFactors
    rounding: Rounding
    unit: int = 1
    grace_principal: int = 0
    grace_interest: int = 0

    @property
    def paying(self) -> int:
        """Rows that repay principal."""
        return len(self.factors) - self.grace_principal


def equal_principals(basis: Basis) -> list[Parts]:
    """The same principal each time, interest on what is left."""
    rows: list[Parts] = []
    balance, owed = basis.principal, 0
    whole, divided = basis.factors.denominator, basis.rounding.division
    periods = zip(_principal_parts(basis), basis.factors.numerators, strict=True)
    for period, (repaid, numerator) in enumerate(periods):
        owed += divided(balance * numerator, whole)
        interest = 0 if period < basis.grace_interest else owed
        rows.append((repaid, interest))
        balance, owed = balance - repaid, owed - interest
    return rows


def flat_payments(basis: Basis, *, is_level: bool) -> list[Parts]:
    """Interest on the sum first lent, the same each time; the last row takes what rounding leaves of either
    part.

    With ``is_level`` the unit holds for the payment, else for its principal part.
    """
    interest = _flat_shares(basis)
    beside = interest[0] if is_level and basis.unit > 1 else 0
    deferred, after = interest[: basis.grace_interest], interest[basis.grace_interest :]
    collected = [0] * len(deferred) + [after[0] + sum(deferred), *after[1:]]
    return list(zip(_principal_parts(basis, beside=beside), collected, strict=True))


def _flat_shares(basis: Basis) -> list[int]:
    total, periods = basis.factors.flat_interest(basis.principal, basis.rounding), len(basis.factors)
    share = basis.rounding.of(total, periods)
    if share * (periods - 1) > total:
        share = total // periods
    return [share] * (periods - 1) + [total - share * (periods - 1)]


def _principal_parts(basis: Basis, *, beside: int = 0) -> list[int]:
    """Nothing in the grace, then equal parts; ``beside`` is interest that shares the rounded unit."""
    repaid = level_parts(
        basis.principal, basis.paying, rounding=basis.rounding, unit=basis.unit, beside=beside
    )
    return [0] * basis.grace_principal + repaid


def level_parts(total: int, parts: int, *, rounding: Rounding, unit: int = 1, beside: int = 0) -> list[int]:
    """``total`` in equal parts, the last taking what rounding to ``unit`` leaves.

    A part is rounded down where rounding would end the payments early, and to the minor unit where no whole
    unit fits.
    """
    exact = Fraction(total, parts) + beside
    for way in (rounding, Rounding.FLOOR):
        part = way.to_multiple(exact, unit) - beside
        if part > 0 and part * (parts - 1) < total:
            return [part] * (parts - 1) + [total - part * (parts - 1)]
    part = total // parts
    return [part] * (parts - 1) + [total - part * (parts - 1)]
