"""A figure with its reference: one JSON line, or a row of a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from statistics import median

from benchmarks.rounds import percentile


class Sense(Enum):
    """What a ratio says: how many times the reference's cost, or how many times as much as the reference gives."""

    COST = "cost"
    """Ours by the reference: at most so much is promised."""
    GAIN = "gain"
    """The reference by ours, where both are costs: at least so much is promised."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a ratio shall be; ``acceptable`` is the least that is not a fault."""

    target: float
    acceptable: float
    sense: Sense = Sense.COST

    def said(self, ratio: float) -> str:
        """For the table: whether it is kept."""
        sign = "<=" if self.sense is Sense.COST else ">="
        kept = "kept" if self._is_within(ratio, self.target) else "NOT KEPT"
        if kept == "NOT KEPT" and self._is_within(ratio, self.acceptable):
            kept = "acceptable"
        return f"{sign} {self.target:g} ({self.acceptable:g}): {kept}"

    def _is_within(self, ratio: float, bound: float) -> bool:
        return ratio <= bound if self.sense is Sense.COST else ratio >= bound


@dataclass(frozen=True, slots=True)
class Result:
    """``ratio`` is the median of the rounds' ratios in the sense of the target; ``spread`` their tenth and ninetieth percentile."""

    name: str
    ours: float
    reference: float
    ratio: float
    unit: str
    rounds: int
    spread: tuple[float, float]
    more: str = ""
    """What else is promised of it, and whether it is kept; for the table."""
    statements: tuple[int, int] | None = None
    """How often each asked the database, where that is part of the promise."""

    def line(self) -> str:
        data = asdict(self)
        data.pop("more")
        if self.statements is None:
            data.pop("statements")
        return json.dumps(data, ensure_ascii=False)


def compared(
    name: str,
    pairs: Sequence[tuple[float, float]],
    *,
    unit: str,
    more: str = "",
    promise: Promise | None = None,
) -> Result:
    """Of (ours, reference) by round, both of them costs."""
    is_gain = promise is not None and promise.sense is Sense.GAIN
    ratios = [reference / ours if is_gain else ours / reference for ours, reference in pairs]
    ratio = round(median(ratios), 3)
    said = [] if promise is None else [promise.said(ratio)]
    return Result(
        name=name,
        ours=_rounded(median(ours for ours, _ in pairs)),
        reference=_rounded(median(reference for _, reference in pairs)),
        ratio=ratio,
        unit=unit,
        rounds=len(pairs),
        spread=(round(percentile(ratios, 0.1), 3), round(percentile(ratios, 0.9), 3)),
        more="; ".join([*said, *([more] if more else [])]),
    )


def _rounded(value: float) -> float:
    """To a tenth; a small figure to a thousandth."""
    return round(value, 1 if value >= 10 else 3)


def failed(name: str, *, unit: str, why: str) -> Result:
    """What could not be measured: no round, and the reason for the table."""
    return Result(name, 0.0, 0.0, 0.0, unit, 0, (0.0, 0.0), f"FAILED: {why}")


def table(results: Sequence[Result]) -> str:
    """For a terminal: aligned columns, the longest name first decides."""
    width = max((len(result.name) for result in results), default=4)
    lines = [f"{'name':{width}}  {'ours':>9}  {'reference':>9}  {'ratio':>6}  {'spread':>13}  unit  more"]
    for result in results:
        low, high = result.spread
        lines.append(
            f"{result.name:{width}}  {result.ours:9.1f}  {result.reference:9.1f}  {result.ratio:6.3f}"
            f"  {low:6.3f}-{high:6.3f}  {result.unit:4}  {result.more}"
        )
    return "\n".join(lines)
