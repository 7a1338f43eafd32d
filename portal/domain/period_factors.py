"""The interest factor of each period, in exact integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
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
        rate = Fraction(annual_rate_pct) / 100
        numerators = [rate.numerator * part for part in parts]
        denominator = rate.denominator * whole
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

    def annuity(self, principal: int) -> Fraction:
        """P · Π(1 + rᵢ) / fₙ with f₁ = 1, fₖ = 1 + fₖ₋₁(1 + rₖ): the level payment, not rounded."""
        whole = self.denominator
        product, power, series = whole + self.numerators[0], 1, 1
        for numerator in self.numerators[1:]:
            power *= whole
            series = power + series * (whole + numerator)
            product *= whole + numerator
        return Fraction(principal * product, whole * series)
