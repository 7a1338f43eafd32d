"""Loans drawn from the shape of a real book: each from the seed and its number alone, so that a longer book begins with a shorter one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from benchmarks.book_shape import (
    AHEAD,
    AS_OF,
    BIRTH_YEAR,
    CLOSED_PRINCIPAL,
    CLOSED_STATEMENTS,
    FALLEN_DUE,
    FEW_SHARES,
    FIRST_DUE_ON,
    GIVEN,
    LATE_FALLEN_DUE,
    LATE_PRINCIPAL,
    ON_TIME_PRINCIPAL,
    PAST,
    PAYMENT,
    PAYMENTS,
    STATEMENT_WEIGHT,
    STATEMENTS,
    STATUS,
    SURNAMES,
    TWO_CHARACTERS,
    UNPAID,
    drawn,
)
from portal.domain.calendar import add_months

DUE_ON: Final = [add_months(FIRST_DUE_ON, months) for months in range(PAST + AHEAD)]
DUE_TEXT: Final = [day.isoformat() for day in DUE_ON]
_DAYS_LATE: Final = [max(0, (AS_OF - day).days) for day in DUE_ON]


class Part(NamedTuple):
    """One installment; ``due_on`` is ISO, money minor units. It is paid as a whole or not at all."""

    number: int
    due_on: str
    principal: int
    interest: int
    penalty: int
    is_paid: bool


@dataclass(frozen=True, slots=True)
class SyntheticLoan:
    """One loan and its borrower, of the same number; ``payments`` are (ISO day, minor units)."""

    number: int
    name: str
    id_last4: str
    birth_year: int
    borrower_key: str
    """32 hexadecimal digits for addresses, like ``loan_key``."""
    loan_key: str
    is_active: bool
    principal: int
    parts: Sequence[Part]
    payments: Sequence[tuple[str, int]]

    @property
    def days_late(self) -> int:
        """On the book's day."""
        unpaid = [part.due_on for part in self.parts if not part.is_paid and part.due_on < AS_OF.isoformat()]
        return _DAYS_LATE[DUE_TEXT.index(unpaid[0])] if unpaid else 0


def loans_of(seed: int, first: int, last: int) -> Iterator[SyntheticLoan]:
    """Numbers ``first`` to ``last``, both included; numbers begin with 1."""
    for number in range(first, last + 1):
        yield loan_of(seed, number)


def loan_of(seed: int, number: int) -> SyntheticLoan:
    random = Random(seed << 32 | number)
    status = STATUS.drawn(random)
    fallen_due = STATEMENTS.drawn(random) if status == 2 else 0
    unpaid = UNPAID[fallen_due].drawn(random) if fallen_due else 0
    if status == 2:
        principal = _yuan(random, LATE_PRINCIPAL if unpaid else ON_TIME_PRINCIPAL)
        parts = _running(random, principal, fallen_due, unpaid)
        kind = "late" if unpaid else "on time"
    elif status == 1:
        principal = _yuan(random, CLOSED_PRINCIPAL)
        parts = _closed(random, principal)
        kind = "closed"
    else:
        principal, parts, kind = 0, [], "empty"
    return SyntheticLoan(
        number=number,
        name=_name(random),
        id_last4=f"{random.randrange(10_000):04}",
        birth_year=round(drawn(random, BIRTH_YEAR)),
        borrower_key=f"{random.getrandbits(128):032x}",
        loan_key=f"{random.getrandbits(128):032x}",
        is_active=status == 2,
        principal=principal,
        parts=parts,
        payments=_payments(random, kind),
    )


def _yuan(random: Random, table: Sequence[float]) -> int:
    return round(drawn(random, table)) * 100


def _running(random: Random, principal: int, fallen_due: int, unpaid: int) -> list[Part]:
    table = LATE_FALLEN_DUE if unpaid and fallen_due == PAST else FALLEN_DUE[fallen_due]
    past = int(principal * drawn(random, table, FEW_SHARES)) // 100 * 100
    parts = _fallen_due(random, past, fallen_due, unpaid)
    left = principal - sum(part.principal for part in parts)
    each, balance = left // AHEAD, left
    for ahead in range(AHEAD):
        share = balance if ahead == AHEAD - 1 else each
        due_on = DUE_TEXT[PAST + ahead]
        parts.append(Part(fallen_due + ahead + 1, due_on, share, (balance + 40) // 80, 0, is_paid=False))
        balance -= share
    return parts


def _closed(random: Random, principal: int) -> list[Part]:
    return _fallen_due(random, principal, CLOSED_STATEMENTS.drawn(random), 0)


def _fallen_due(random: Random, past: int, count: int, unpaid: int) -> list[Part]:
    """``past`` over so many statements, the newest on the last day that fell due; interest is an eighth of each."""
    weights = [drawn(random, STATEMENT_WEIGHT, FEW_SHARES) for _ in range(count)]
    whole, left, parts = sum(weights), past, []
    for place, weight in enumerate(weights):
        share = left if place == count - 1 else int(past * weight / whole) // 100 * 100
        left -= share
        month = PAST - count + place
        is_paid = place < count - unpaid
        penalty = 0 if is_paid else (share * 225 * _DAYS_LATE[month] + 182_500) // 365_000
        parts.append(Part(place + 1, DUE_TEXT[month], share, share // 8, penalty, is_paid))
    return parts


def _payments(random: Random, kind: str) -> list[tuple[str, int]]:
    months = sorted(random.sample(range(PAST), PAYMENTS[kind].drawn(random)))
    return [(DUE_TEXT[month], _yuan(random, PAYMENT)) for month in months]


def _name(random: Random) -> str:
    given = random.choice(GIVEN) + (random.choice(GIVEN) if random.random() < TWO_CHARACTERS else "")
    return random.choice(SURNAMES) + given
