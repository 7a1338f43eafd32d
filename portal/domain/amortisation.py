"""How principal and interest share the rows of a schedule: equal principal, and flat interest."""

from dataclasses import dataclass

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
    for period, repaid in enumerate(_principal_parts(basis)):
        owed += basis.factors.interest(balance, period, basis.rounding)
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
    """Equal parts after the grace, the last taking the rest; ``beside`` is interest that shares the rounded
    unit.
    """
    before_last = basis.paying - 1
    part = _part(basis, beside)
    return [0] * basis.grace_principal + [part] * before_last + [basis.principal - part * before_last]


def _part(basis: Basis, beside: int) -> int:
    """Rounded as the convention says, or down where that would end the loan early, or to the cent where no
    whole unit fits.
    """
    exact = basis.rounding.of(basis.principal, basis.paying)
    for candidate in (
        basis.rounding.to_multiple(exact + beside, basis.unit) - beside,
        Rounding.FLOOR.to_multiple(exact + beside, basis.unit) - beside,
    ):
        if candidate > 0 and candidate * (basis.paying - 1) < basis.principal:
            return candidate
    return basis.principal // basis.paying
