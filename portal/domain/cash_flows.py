"""Dated sums of a loan, and the one rate that makes both sides worth the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import exp, isfinite
from typing import Final

from portal.domain.errors import DomainError

Sums = Sequence[tuple[date, int]]
"""(date, minor units), in any order."""

EXACT: Final = Context(
    prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""Digits to spare: a rate of 10^18 percent keeps its decimals after a thousand multiplications."""

_TINY: Final = Decimal("1e-50")
_MOST_STEPS: Final = 400
_FLOAT_STEPS: Final = 30
_FLOAT_TINY: Final = 1e-14
_SCAN: Final = range(-320, 321)


@dataclass(frozen=True, slots=True)
class CashFlows:
    """Net sums by date in order: what the borrower receives is positive, what they pay negative.

    ``advance_dates`` and ``payment_dates`` are distinct and sorted; dates whose sums cancel out stay among
    them.
    """

    nets: Sequence[tuple[date, int]]
    advance_dates: Sequence[date]
    payment_dates: Sequence[date]

    @property
    def start(self) -> date:
        return self.nets[0][0]

    @property
    def dates(self) -> Sequence[date]:
        return tuple(on for on, _ in self.nets)


def cash_flows(advances: Sums, payments: Sums) -> CashFlows:
    """Both sides of a loan, netted by date.

    Raises ``advances_missing``, ``payments_missing``, ``amount_not_positive``, ``amount_negative``,
    ``payment_before_advance``, or ``rate_undefined`` where nothing is owed or nothing comes back.
    """
    _refuse_unusable(advances, payments)
    nets: dict[date, int] = {}
    for on, amount in advances:
        nets[on] = nets.get(on, 0) + amount
    for on, amount in payments:
        nets[on] = nets.get(on, 0) - amount
    ordered = sorted(nets.items())
    moving = [net for _, net in ordered if net]
    if not moving or moving[0] < 0 or moving[-1] > 0:
        raise DomainError("rate_undefined", field="payments")
    return CashFlows(ordered, sorted({on for on, _ in advances}), sorted({on for on, _ in payments}))


def _refuse_unusable(advances: Sums, payments: Sums) -> None:
    if not advances:
        raise DomainError("advances_missing", field="advances")
    if not payments:
        raise DomainError("payments_missing", field="payments")
    if any(amount <= 0 for _, amount in advances):
        raise DomainError("amount_not_positive", field="advances")
    if any(amount < 0 for _, amount in payments):
        raise DomainError("amount_negative", field="payments")
    if min(on for on, _ in payments) < min(on for on, _ in advances):
        raise DomainError("payment_before_advance", field="payments")


@dataclass(frozen=True, slots=True)
class Flow:
    """A net sum after ``whole`` periods and, at its own simple rate, the fraction ``odd`` of one more.

    Its worth today is amount / ((1 + odd·i)(1 + i)^whole): the general equation of Appendix J (b)(8); with
    ``odd`` at 0 it is that of the European directive and of an IRR.
    """

    amount: int
    whole: Fraction
    odd: Fraction = Fraction()


def log_rate(flows: Sequence[Flow]) -> Decimal:
    """ln(1 + i) of the rate i a period at which the flows are worth nothing together.

    The first sum that is not zero must be positive and the last negative, so that a rate above -100 %
    exists. Where money goes both ways more than once and a second rate fits too, ``rate_ambiguous``.
    """
    with localcontext(EXACT):
        return _Equation(sorted(flows, key=lambda flow: flow.whole + flow.odd)).root()


class _Equation:
    """Worth of the flows as a function of δ = ln(1 + i), where every rate above -100 % is an ordinary
    number.
    """

    def __init__(self, flows: Sequence[Flow]) -> None:
        self._flows = flows
        self._amounts = [Decimal(flow.amount) for flow in flows]
        self._whole = [_decimal(flow.whole) for flow in flows]
        self._odd = [_decimal(flow.odd) for flow in flows]
        self._scale = 1 / max(whole + odd for whole, odd in zip(self._whole, self._odd, strict=True))

    def root(self) -> Decimal:
        found = self._narrowed(*self._bracket())
        if not self._is_unique_at(found) and self._count_of_roots() > 1:
            raise DomainError("rate_ambiguous", field="payments")
        return found

    def _factors(self, delta: Decimal) -> Sequence[Decimal]:
        """Worth today of 1 at each flow."""
        growth = delta.exp()
        by_time: dict[Decimal, Decimal] = {}
        factors = []
        for gap, odd in zip(self._gaps, self._odd, strict=True):
            step = by_time.get(gap)
            if step is None:
                step = by_time[gap] = (-delta * gap).exp()
            factors.append((step, odd))
        whole = list(accumulate((step for step, _ in factors), lambda a, b: a * b))
        return [
            value / (1 + odd * (growth - 1)) if odd else value
            for value, (_, odd) in zip(whole, factors, strict=True)
        ]

    @cached_property
    def _gaps(self) -> Sequence[Decimal]:
        times = [Fraction(), *(flow.whole for flow in self._flows)]
        return [_decimal(later - earlier) for earlier, later in pairwise(times)]

    def _value(self, delta: Decimal) -> Decimal:
        return sum((a * f for a, f in zip(self._amounts, self._factors(delta), strict=True)), Decimal())

    def _value_and_slope(self, delta: Decimal) -> tuple[Decimal, Decimal]:
        growth = delta.exp()
        value = slope = Decimal()
        rows = zip(self._amounts, self._factors(delta), self._whole, self._odd, strict=True)
        for amount, factor, whole, odd in rows:
            worth = amount * factor
            value += worth
            slope -= worth * (whole + (odd * growth / (1 + odd * (growth - 1)) if odd else 0))
        return value, slope

    def _bracket(self) -> tuple[Decimal, Decimal]:
        """δ where the flows are worth nothing or less, and δ where nothing or more; found by doubling."""
        at_zero = self._value(Decimal())
        if at_zero == 0:
            return Decimal(), Decimal()
        step = self._scale if at_zero < 0 else -self._scale
        near, far = Decimal(), step
        while (self._value(far) < 0) == (at_zero < 0):
            near, far = far, far * 2
            if abs(far) > self._scale * 2**20:
                raise DomainError("rate_undefined", field="payments")
        return (near, far) if at_zero < 0 else (far, near)

    def _narrowed(self, low: Decimal, high: Decimal) -> Decimal:
        """Newton's steps kept inside the bracket, halving it where a step would leave it or gains too
        little. Where nothing is left to gain it ends: rounding may put that last step on the bracket's edge.
        """
        at, last_step = self._start(low, high), abs(high - low)
        for _ in range(_MOST_STEPS):
            if abs(high - low) <= _TINY * self._scale:
                break
            value, slope = self._value_and_slope(at)
            if value == 0:
                break
            low, high = (at, high) if value < 0 else (low, at)
            newton = at - value / slope if slope else low
            if abs(newton - at) <= _TINY * self._scale:
                return newton
            is_good = min(low, high) < newton < max(low, high) and abs(newton - at) * 2 < last_step
            following = newton if is_good else (low + high) / 2
            last_step, at = abs(following - at), following
            if last_step <= _TINY * self._scale:
                break
        return at

    def _start(self, low: Decimal, high: Decimal) -> Decimal:
        """Where the narrowing begins: near the end as machine numbers see it, else in the middle. How soon the end is found depends on it,
        where it lies does not.
        """
        guess = _root_in_floats(
            [float(amount) for amount in self._amounts],
            [float(whole) for whole in self._whole],
            [float(odd) for odd in self._odd],
            float((low + high) / 2),
        )
        is_inside = guess is not None and min(low, high) < Decimal(guess) < max(low, high)
        return Decimal(guess) if guess is not None and is_inside else (low + high) / 2

    def _is_unique_at(self, delta: Decimal) -> bool:
        """No second rate exists where the borrower owes something (or nothing) all the way (Soper 1959)."""
        if sum((a < 0) != (b < 0) for a, b in pairwise(a for a in self._amounts if a)) == 1:
            return True
        worth = [a * f for a, f in zip(self._amounts, self._factors(delta), strict=True)]
        owed = list(accumulate(worth))
        return min(owed) >= -max(abs(sum_) for sum_ in owed) * Decimal("1e-30")

    def _count_of_roots(self) -> int:
        signs = [value > 0 for n in _SCAN if (value := self._value(self._scale * n / 8))]
        return sum(a != b for a, b in pairwise(signs))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def _root_in_floats(
    amounts: Sequence[float], whole: Sequence[float], odd: Sequence[float], start: float
) -> float | None:
    """What Newton's steps come to from ``start``; None where they come to nothing."""
    at = start
    try:
        for _ in range(_FLOAT_STEPS):
            growth = exp(at)
            value = slope = 0.0
            for amount, periods, part in zip(amounts, whole, odd, strict=True):
                worth = amount * exp(-at * periods) / (1 + part * (growth - 1))
                value += worth
                slope -= worth * (periods + part * growth / (1 + part * (growth - 1)))
            step = value / slope
            at -= step
            if abs(step) <= abs(at) * _FLOAT_TINY:
                break
    except (OverflowError, ZeroDivisionError):
        return None
    return at if isfinite(at) else None
