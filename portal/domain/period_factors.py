"""The interest factor of each period, in exact integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from portal.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class PeriodFactors:
    """Period i bears ``numerators[i] / denominator`` of the balance as interest."""

    numerators: Sequence[int]
    denominator: int

    @classmethod
    def of(cls, annual_rate_pct: Decimal, parts: Sequence[int], whole: int) -> "PeriodFactors":
        """``parts[i] / whole`` is the i-th period's part of a year."""
        pct, of = annual_rate_pct.as_integer_ratio()
        numerators = [pct * part for part in parts]
        denominator = of * 100 * whole
        shared = gcd(denominator, *numerators)
        return cls([numerator // shared for numerator in numerators], denominator // shared)

    def __len__(self) -> int:
        return len(self.numerators)

    def interest(self, balance: int, period: int, rounding: Rounding) -> int:
        """Interest of one period on ``balance``, in whole minor units."""
        return rounding.of(balance * self.numerators[period], self.denominator)

    def flat_interest(self, principal: int, rounding: Rounding) -> int:
        """Interest of all periods on the sum first lent, rounded once."""
        return rounding.of(principal * sum(self.numerators), self.denominator)

    def after(self, periods: int) -> "PeriodFactors":
        """The factors of the periods after so many."""
        return PeriodFactors(self.numerators[periods:], self.denominator)

    def annuity(self, principal: int) -> tuple[int, int]:
        """P · Π(1 + rᵢ) / fₙ with f₁ = 1, fₖ = 1 + fₖ₋₁(1 + rₖ): the level payment, neither rounded nor
        reduced, as (numerator, denominator).
        """
        whole, first = self.denominator, self.numerators[0]
        if first and len(set(self.numerators)) == 1:
            return self._level_annuity(principal)
        product, power, series = whole + first, 1, 1
        for numerator in self.numerators[1:]:
            power *= whole
            series = power + series * (whole + numerator)
            product *= whole + numerator
        return principal * product, whole * series

    def _level_annuity(self, principal: int) -> tuple[int, int]:
        """The same where all factors are one r: P · r · (1 + r)ⁿ / ((1 + r)ⁿ - 1)."""
        rate, whole = self.numerators[0], self.denominator
        grown, ungrown = (whole + rate) ** len(self), whole ** len(self)
        return principal * rate * grown, whole * (grown - ungrown)
