"""Curves of growth as one picture that reads in grey, and the same numbers as a table. Both axes are logarithmic; a dashed line grows as
the book does.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

Rows = Mapping[str, Mapping[int, float]]
"""By name and unit: loans to what it took."""
ACROSS: Final = 4
WIDTH, HEIGHT = 230, 180
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 30, 30
INK, PALE = "#1f2937", "#9ca3af"


def picture(rows: Rows) -> str:
    down = ceil(len(rows) / ACROSS)
    size = f'width="{ACROSS * WIDTH}" height="{down * HEIGHT}" viewBox="0 0 {ACROSS * WIDTH} {down * HEIGHT}"'
    panels = "\n".join(
        f'<g transform="translate({place % ACROSS * WIDTH} {place // ACROSS * HEIGHT})">{"".join(_panel(name, points))}</g>'
        for place, (name, points) in enumerate(rows.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="11" fill="{INK}">\n'
        f"<title>How pages and jobs grow with the number of loans</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{panels}\n</svg>\n'
    )


def _panel(name: str, points: Mapping[int, float]) -> Iterator[str]:
    sizes, values = sorted(points), [max(points[size], 1e-3) for size in sorted(points)]
    low, high = floor(log10(min(values))), max(ceil(log10(max(values))), floor(log10(min(values))) + 1)
    first, last = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def x(size: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (log10(size) - first) / (last - first), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(value) - low) / (high - low), 1)

    yield f'<text x="{LEFT}" y="18" font-weight="bold">{escape(name)}</text>'
    for power in range(low, high + 1):
        at = y(10.0**power)
        yield f'<line x1="{LEFT}" y1="{at}" x2="{WIDTH - RIGHT}" y2="{at}" stroke="#e5e7eb"/>'
        yield f'<text x="{LEFT - 5}" y="{at + 4}" text-anchor="end" fill="#4b5563">{10.0**power:g}</text>'
    for size in sizes:
        yield f'<text x="{x(size)}" y="{HEIGHT - 12}" text-anchor="middle" fill="#4b5563">{_short(size)}</text>'
    most = min(sizes[-1], sizes[0] * 10.0**high / values[0])
    yield (
        f'<line x1="{x(sizes[0])}" y1="{y(values[0])}" x2="{x(most)}" y2="{y(values[0] * most / sizes[0])}"'
        f' stroke="{PALE}" stroke-dasharray="5 4"/>'
    )
    line = " ".join(f"{x(size)},{y(value)}" for size, value in zip(sizes, values, strict=True))
    yield f'<polyline points="{line}" fill="none" stroke="{INK}" stroke-width="2"/>'
    for size, value in zip(sizes, values, strict=True):
        yield f'<circle cx="{x(size)}" cy="{y(value)}" r="3.5"/>'


def _short(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1_000} k"


def table(rows: Rows) -> str:
    """Markdown, with the step from the first size to the last beside that of the book."""
    sizes = sorted({size for points in rows.values() for size in points})
    lines = [
        "# Growth",
        "",
        "Made by `bin/bench growth` from `benchmarks/growth.jsonl`; [scale.md](scale.md) reads it.",
        "Solid: measured; dashed: as the book grows. Both axes are logarithmic.",
        "",
        "![How pages and jobs grow with the number of loans](pictures/growth.svg)",
        "",
        f"| what | {' | '.join(f'{size:,}' for size in sizes)} | grows by, the book by {sizes[-1] // sizes[0]} |",
        f"|---|{'---:|' * (len(sizes) + 1)}",
    ]
    return "\n".join([*lines, *(_line(name, points, sizes) for name, points in rows.items())]) + "\n"


def _line(name: str, points: Mapping[int, float], sizes: Sequence[int]) -> str:
    cells = [f"{points[size]:,g}" if size in points else "" for size in sizes]
    has_both = sizes[0] in points and sizes[-1] in points
    grows = f"{points[sizes[-1]] / max(points[sizes[0]], 1e-3):.1f}" if has_both else ""
    return f"| {name} | {' | '.join(cells)} | {grows} |"
