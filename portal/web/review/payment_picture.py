"""How the last installments were paid, as a row of bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.loans import InstallmentFacts, LoanFacts

MOST_BARS = 12
HEIGHT = 48
STEP = 20
WIDTH = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One installment: how high what was due stands, and how much of it is filled. Pixels from the top left."""

    x: int
    top: int
    height: int
    paid_top: int
    paid_height: int


@dataclass(frozen=True, slots=True)
class PaymentPicture:
    """Installments up to today, the oldest first; ``met`` of ``shown`` are paid in full."""

    bars: Sequence[Bar]
    shown: int
    met: int
    width: int
    height: int = HEIGHT
    bar_width: int = WIDTH


def payment_picture(loan: LoanFacts, *, on: date) -> PaymentPicture:
    """The last twelve installments that have fallen due."""
    due = [row for row in loan.installments if row.due_on <= on][-MOST_BARS:]
    highest = max((row.due.total for row in due), default=0) or 1
    bars = [_bar(row, place, highest) for place, row in enumerate(due)]
    return PaymentPicture(bars, len(due), sum(row.is_met for row in due), STEP * len(due))


def _bar(row: InstallmentFacts, place: int, highest: int) -> Bar:
    height = max(4, row.due.total * HEIGHT // highest)
    paid = min(height, height * row.paid.total // (row.due.total or 1))
    return Bar(place * STEP, HEIGHT - height, height, HEIGHT - paid, paid)
