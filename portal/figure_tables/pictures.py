"""Pictures of a table's numbers: bars with their figure written at the end, shares with their interval, a day of 24 columns.

Coordinates are units of the picture from its top left. What differs differs by pattern and by words, never by colour alone; the table
beneath carries the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 340
LINE: Final = 20
BAR: Final = 12
HATCH: Final = 5
LONGEST: Final = 210
"""A bar of the largest value; the rest is for its words."""
HOUR: Final = 13
COLUMNS_HIGH: Final = 110
SCALE_FROM: Final = 20
SCALE_WIDE: Final = 300


@dataclass(frozen=True, slots=True)
class Text:
    """``anchor`` as SVG has it."""

    x: int
    y: int
    text: str
    anchor: str = "start"
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """``series`` 0 is filled, 1 hatched within its outline."""

    x: int
    y: int
    width: int
    height: int
    series: int

    @property
    def hatch(self) -> str:
        """Slanting lines within it, as an SVG path."""
        lines = []
        for start in range(HATCH, self.width + self.height, HATCH):
            left, right = max(0, start - self.height), min(start, self.width)
            lines.append(
                f"M{self.x + left} {self.y + start - left}L{self.x + right} {self.y + start - right}"
            )
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Mark:
    """A share: a line from end to end of its interval, and a point."""

    y: int
    low: int
    high: int
    at: int


@dataclass(frozen=True, slots=True)
class Picture:
    """``title`` and ``said`` are for who does not see it."""

    key: str
    title: str
    said: str
    height: int
    boxes: Sequence[Box] = ()
    marks: Sequence[Mark] = ()
    texts: Sequence[Text] = ()
    legend: Sequence[str] = ()
    rules: Sequence[int] = ()
    """Lines from top to bottom, at these x."""
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class BarRow:
    """``values`` by series, in the order of the legend; ``told`` is what stands at each bar's end."""

    label: str
    values: Sequence[int]
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Shares between 0 and 1."""

    label: str
    told: str
    share: float
    low: float
    high: float


def bar(label: str, value: int) -> BarRow:
    """One bar with its number."""
    return BarRow(label, (value,), (str(value),))


def bars(key: str, title: str, said: str, rows: Sequence[BarRow], legend: Sequence[str]) -> Picture | None:
    """A group of bars for each row, its name above; None where every value is 0."""
    highest = max((value for row in rows for value in row.values), default=0)
    if not highest:
        return None
    boxes, texts, y = list[Box](), list[Text](), 0
    for row in rows:
        texts.append(Text(0, y + 14, row.label, is_strong=True))
        y += LINE
        for series, value in enumerate(row.values):
            length = max(2, value * LONGEST // highest) if value else 0
            if length:
                boxes.append(Box(1, y + 2, length, BAR, series))
            texts.append(Text(length + 8, y + 13, row.told[series]))
            y += LINE - 2
        y += 6
    return Picture(key, title, said, y, boxes, (), texts, legend if len(legend) > 1 else ())


def shares(key: str, title: str, said: str, rows: Sequence[ShareRow]) -> Picture | None:
    """A line for each group on one scale from 0 to 100 %; None where there is no group."""
    if not rows:
        return None
    marks, texts, y = list[Mark](), list[Text](), 0
    for row in rows:
        texts.append(Text(0, y + 14, f"{row.label}  {row.told}", is_strong=True))
        marks.append(Mark(y + 28, _on_scale(row.low), _on_scale(row.high), _on_scale(row.share)))
        y += 42
    scale = (0, 25, 50, 75, 100)
    texts += [Text(_on_scale(each / 100), y + 12, f"{each}%", "middle") for each in scale]
    return Picture(key, title, said, y + 18, (), marks, texts, (), [_on_scale(each / 100) for each in scale])


def hours(
    key: str, title: str, said: str, counts: Sequence[tuple[int, int]], legend: Sequence[str]
) -> Picture | None:
    """24 columns, the second series upon the first; None where every value is 0."""
    highest = max((sum(each) for each in counts), default=0)
    if not highest:
        return None
    base, boxes, texts = COLUMNS_HIGH + 16, list[Box](), list[Text]()
    for hour, pair in enumerate(counts):
        y = base
        for series, value in enumerate(pair):
            height = max(2, value * COLUMNS_HIGH // highest) if value else 0
            y -= height
            if height:
                boxes.append(Box(hour * HOUR + 10, y, HOUR - 3, height, series))
        if sum(pair):
            texts.append(Text(hour * HOUR + 15, y - 3, str(sum(pair)), "middle"))
        if hour % 3 == 0:
            texts.append(Text(hour * HOUR + 15, base + 14, f"{hour:02}", "middle"))
    return Picture(key, title, said, base + 20, boxes, (), texts, legend)


def _on_scale(share: float) -> int:
    return SCALE_FROM + round(share * SCALE_WIDE)
