"""The quick way over a loan's installments and payments: whole columns at once.

Each function takes lines of which nothing is wrong, written as programs write them, and gives what reading them row by row gives. None
where anything is otherwise: then ``loan_book`` reads the rows one by one, and tells what is wrong with which.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from operator import gt, lt
from typing import Any, Final

from portal.domain.book_lines import MOST_ROWS, Lines
from portal.domain.book_loans import BookPayment, ScheduleRow
from portal.domain.book_values import (
    LONGEST_CHANNEL,
    are_texts,
    is_day,
    is_usual_reference,
    quick_amounts,
    quick_booleans,
)
from portal.domain.money import EXPONENTS

_NUMBERS: Final = [str(number) for number in range(1, MOST_ROWS + 1)]
_COMPONENTS: Final = 4
# As ``_make``, without a function of Python's for each row.
_schedule_row: Final[Callable[[tuple[Any, ...]], ScheduleRow]] = partial(tuple.__new__, ScheduleRow)
_payment: Final[Callable[[tuple[Any, ...]], BookPayment]] = partial(tuple.__new__, BookPayment)


def quick_schedule(lines: Lines, currency: str) -> Sequence[ScheduleRow] | None:
    """Installments numbered 1, 2, 3 … line by line, on rising days, none of them overpaid."""
    count = len(lines)
    if count > MOST_ROWS or not lines.are_plain:
        return None
    _, numbers, days, *cells = lines.columns()
    if numbers != _NUMBERS[:count] or not all(map(is_day, days)) or not all(map(lt, days, days[1:])):
        return None
    sums = quick_amounts(list(chain.from_iterable(cells)), EXPONENTS[currency])
    if sums is None or any(map(gt, islice(sums, _COMPONENTS * count, None), sums)):
        return None
    amounts = (sums[start : start + count] for start in range(0, len(sums), count))
    return list(map(_schedule_row, zip(range(1, count + 1), days, *amounts, strict=True)))


def quick_payments(lines: Lines, currency: str) -> Sequence[BookPayment] | None:
    """Payments that each have a reference of their own."""
    if len(lines) > MOST_ROWS or not lines.are_plain:
        return None
    references, _, days, cells, channels, answers = lines.columns()
    if len(set(references)) < len(lines) or not all(map(is_usual_reference, references)):
        return None
    amounts, reversals = quick_amounts(cells, EXPONENTS[currency]), quick_booleans(answers)
    is_sound = all(map(is_day, days)) and are_texts(channels, longest=LONGEST_CHANNEL)
    if amounts is None or reversals is None or not is_sound:
        return None
    return list(
        map(_payment, zip(references, days, amounts, channels, reversals, lines.numbers, strict=True))
    )
