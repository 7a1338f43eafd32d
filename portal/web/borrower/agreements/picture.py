"""A plan's payments as a row of bars: each as high as its sum, filled as far as it is paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.domain.plan_progress import PlanProgress, RowProgress

WIDTH: Final = 320
HEIGHT: Final = 56
_WIDEST: Final = 28
_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """In the units of the picture, from the top left; ``state`` is the class that colours it."""

    x: int
    y: int
    width: int
    height: int
    paid_y: int
    paid_height: int
    state: str


@dataclass(frozen=True, slots=True)
class PlanPicture:
    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT


def plan_picture(progress: PlanProgress) -> PlanPicture:
    highest = max(row.row.due for row in progress.rows)
    step = max(1, min(_WIDEST, WIDTH // len(progress.rows)))
    return PlanPicture([_bar(row, highest, step) for row in progress.rows])


def _bar(row: RowProgress, highest: int, step: int) -> Bar:
    due = row.row.due
    height = max(_LEAST, due * HEIGHT // (highest or 1))
    paid = height * row.paid.total // due if due else height
    gap = 2 if step > 3 else 0
    return Bar(
        x=row.position * step,
        y=HEIGHT - height,
        width=step - gap,
        height=height,
        paid_y=HEIGHT - paid,
        paid_height=paid,
        state=row.state.value,
    )
