"""A figure with its reference: one JSON line, or a row of a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """``ratio`` is the median of the rounds' ratios in the sense of the target; ``spread`` their least and greatest."""

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


def compared(name: str, pairs: Sequence[tuple[float, float]], *, unit: str, more: str = "") -> Result:
    """Of (ours, reference) by round."""
    ratios = sorted(ours / reference for ours, reference in pairs)
    return Result(
        name=name,
        ours=round(median(ours for ours, _ in pairs), 1),
        reference=round(median(reference for _, reference in pairs), 1),
        ratio=round(median(ratios), 3),
        unit=unit,
        rounds=len(pairs),
        spread=(round(ratios[0], 3), round(ratios[-1], 3)),
        more=more,
    )


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
