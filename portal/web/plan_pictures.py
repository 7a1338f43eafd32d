"""What is paid when, as small pictures on one scale: a bar for each payment, at its date. Coordinates are pixels from the top left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from portal.domain.pay_days import PayDay

WIDTH = 320
HEIGHT = 72
THINNEST, WIDEST = 3, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One payment; payments of one day stand upon each other."""

    x: int
    y: int
    width: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """``days`` are the numbers behind the bars, for the table beside; ``key`` tells the pictures of a page apart."""

    key: str
    bars: Sequence[Bar]
    days: Sequence[PayDay]
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(day.minor for day in self.days)

    @property
    def highest(self) -> int:
        return max(_sums(self.days).values())

    @property
    def kinds(self) -> Sequence[str]:
        """What the bars stand for, for the legend."""
        return tuple(dict.fromkeys(day.kind.value for day in self.days))


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date
    highest: int
    bar: int

    def x(self, day: date) -> int:
        span = (self.last - self.first).days or 1
        return (day - self.first).days * (WIDTH - self.bar) // span

    def height(self, minor: int) -> int:
        return max(2, minor * HEIGHT // self.highest)


def pictures_of(lists: Mapping[str, Sequence[PayDay]]) -> Mapping[str, Picture]:
    """One picture a list, all on one scale of time and money. No list is empty."""
    scale = _scale(lists.values())
    return {
        key: Picture(key, _bars(days, scale), days, scale.first, scale.last) for key, days in lists.items()
    }


def _scale(lists: Collection[Sequence[PayDay]]) -> _Scale:
    dates = sorted({day.on for days in lists for day in days})
    highest = max(max(_sums(days).values()) for days in lists)
    narrow = min(map(_narrowest_gap, lists)) * WIDTH // ((dates[-1] - dates[0]).days or 1)
    return _Scale(dates[0], dates[-1], highest, min(WIDEST, max(THINNEST, narrow * 2 // 3)))


def _narrowest_gap(days: Sequence[PayDay]) -> int:
    """Days between the two payments that lie closest to each other."""
    dates = sorted({day.on for day in days})
    return min(((later - earlier).days for earlier, later in pairwise(dates)), default=WIDTH)


def _bars(days: Sequence[PayDay], scale: _Scale) -> Sequence[Bar]:
    bars, tops = [], dict[date, int]()
    for day in days:
        height = scale.height(day.minor)
        top = tops.get(day.on, HEIGHT) - height
        tops[day.on] = top
        bars.append(Bar(scale.x(day.on), max(0, top), scale.bar, height, day.kind.value))
    return bars


def _sums(days: Sequence[PayDay]) -> Mapping[date, int]:
    sums: dict[date, int] = {}
    for day in days:
        sums[day.on] = sums.get(day.on, 0) + day.minor
    return sums
