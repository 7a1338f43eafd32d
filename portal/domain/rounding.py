"""Rounding of exact rationals to whole minor units. Nothing here is a float."""

from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """How a product rounds a part of a minor unit."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    FLOOR = "floor"

    def of(self, numerator: int, denominator: int) -> int:
        """``numerator / denominator`` (positive) as a whole number; HALF_UP takes a half away from zero."""
        whole, rest = divmod(numerator, denominator)
        if self is Rounding.FLOOR:
            return whole
        twice = 2 * rest
        if twice != denominator:
            return whole + (twice > denominator)
        return whole + (whole % 2 == 1 if self is Rounding.HALF_EVEN else numerator > 0)

    def of_fraction(self, value: Fraction) -> int:
        return self.of(value.numerator, value.denominator)

    def to_multiple(self, minor: Fraction | int, unit: int) -> int:
        """``minor`` as the nearest whole number of ``unit`` minor units."""
        return self.of(minor.numerator, minor.denominator * unit) * unit
