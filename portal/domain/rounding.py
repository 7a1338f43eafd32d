"""Rounding of exact rationals to whole minor units. Nothing here is a float."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final

Division = Callable[[int, int], int]
"""``numerator / denominator`` (positive) as a whole number."""


class Rounding(StrEnum):
    """How a product rounds a part of a minor unit."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    FLOOR = "floor"

    @property
    def division(self) -> Division:
        """The bare function, for loops over many rows: looking an enum's member up costs more than dividing."""
        return _DIVISIONS[self]

    def of(self, numerator: int, denominator: int) -> int:
        """``numerator / denominator`` (positive) as a whole number; HALF_UP takes a half away from zero."""
        return _DIVISIONS[self](numerator, denominator)

    def of_fraction(self, value: Fraction) -> int:
        return self.of(value.numerator, value.denominator)

    def to_multiple(self, minor: Fraction | int, unit: int) -> int:
        """``minor`` as the nearest whole number of ``unit`` minor units."""
        return self.of(minor.numerator, minor.denominator * unit) * unit


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (whole % 2 if twice == denominator else twice > denominator)


def _half_up(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (numerator > 0 if twice == denominator else twice > denominator)


def _floor(numerator: int, denominator: int) -> int:
    return numerator // denominator


_DIVISIONS: Final[Mapping[Rounding, Division]] = {
    Rounding.HALF_EVEN: _half_even,
    Rounding.HALF_UP: _half_up,
    Rounding.FLOOR: _floor,
}
