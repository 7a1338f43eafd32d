"""Where a payment goes: installment by component, in an agreed or the statutory order (Civil Code art.
561).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Final

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.loans import Components, InstallmentFacts


class Timing(StrEnum):
    """Where the day of the payment finds an installment."""

    PAST_DUE = "past_due"
    DUE = "due"
    IN_ADVANCE = "in_advance"


class Part(StrEnum):
    """The components, by the names that ``Components`` has for them."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


AllocationOrder = Sequence[tuple[Timing, Part]]
"""Each step serves one component of all installments of one timing, the oldest first.

Neighbouring steps in advance are worked off together, installment by installment: nobody pays the interest
of a far installment before the principal of a near one. What no step names is held as credit.
"""

CN_PARTS: Final = (Part.FEE, Part.PENALTY, Part.INTEREST, Part.PRINCIPAL)
"""Art. 561: the costs of recovery, then interest (penalty is interest for lateness), then principal."""


def order_of(
    parts: Sequence[Part], timings: Sequence[Timing] = (Timing.PAST_DUE, Timing.DUE)
) -> AllocationOrder:
    """All of ``parts`` for each timing in turn."""
    return tuple((timing, part) for timing in timings for part in parts)


CN_561: Final = order_of(CN_PARTS)
INTEREST_FIRST: Final = tuple(
    (timing, part) for part in (Part.INTEREST, Part.PRINCIPAL) for timing in (Timing.PAST_DUE, Timing.DUE)
)
"""India's way: all interest due, whatever its installment, before any principal."""


@dataclass(frozen=True, slots=True)
class Payment:
    """``reference`` is the payer's or the bank's; the same one twice is one payment."""

    reference: str
    paid_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What became of a payment: per installment number what it paid, and what is held as credit."""

    payment: Payment
    rows: Sequence[tuple[int, Components]]
    credit: int
    is_reversed: bool = False


def allocate(
    installments: Sequence[InstallmentFacts], payment: Payment, *, order: AllocationOrder = CN_561
) -> Allocation:
    """Every cent placed: rows and credit add up to the payment."""
    return _placed(payment, _steps(installments, payment.paid_on, order))


def allocate_by_date(
    installments: Sequence[InstallmentFacts], payment: Payment, *, parts: Sequence[Part] = CN_PARTS
) -> Allocation:
    """Installment by installment, the earliest date first, whether past or to come: the order that agreements promise."""
    by_date = sorted(installments, key=lambda row: (row.due_on, row.number))
    return _placed(payment, ((row, part) for row in by_date for part in parts))


def _placed(payment: Payment, steps: Iterable[tuple[InstallmentFacts, Part]]) -> Allocation:
    refuse_nothing(payment.amount)
    left = payment.amount
    placed: dict[int, Components] = {}
    for row, part in steps:
        already = placed.get(row.number, Components())
        taken = min(left, max(0, getattr(row.outstanding - already, part)))
        if taken:
            placed[row.number] = already + Components(**{part.value: taken})
            left -= taken
    return Allocation(payment, tuple(sorted(placed.items())), left)


def refuse_nothing(minor: int, *, field: str = "amount") -> None:
    """Raises ``amount_not_positive``."""
    if minor <= 0:
        raise DomainError("amount_not_positive", field=field)


def timing_of(installment: InstallmentFacts, on: date) -> Timing:
    if installment.due_on < on:
        return Timing.PAST_DUE
    return Timing.DUE if installment.due_on == on else Timing.IN_ADVANCE


def _steps(
    installments: Sequence[InstallmentFacts], on: date, order: AllocationOrder
) -> Iterator[tuple[InstallmentFacts, Part]]:
    oldest_first = sorted(installments, key=lambda row: (row.due_on, row.number))
    for timing, steps in groupby(order, key=lambda step: step[0]):
        rows = [row for row in oldest_first if timing_of(row, on) is timing]
        parts = [part for _, part in steps]
        if timing is Timing.IN_ADVANCE:
            yield from ((row, part) for row in rows for part in parts)
        else:
            yield from ((row, part) for part in parts for row in rows)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Installments as they stand after the payments so far."""

    installments: Sequence[InstallmentFacts]
    allocations: Sequence[Allocation] = ()

    @property
    def credit(self) -> int:
        return sum(entry.credit for entry in self.allocations if not entry.is_reversed)

    def pay(self, payment: Payment, *, order: AllocationOrder = CN_561) -> "Ledger":
        """With the payment placed; the same reference again changes nothing, reversed or not.

        Raises ``payment_reference_taken`` where the reference names another day or sum.
        """
        known = self._find(payment.reference)
        if known is not None:
            if known.payment != payment:
                raise Conflict("payment_reference_taken", field="reference", reference=payment.reference)
            return self
        entry = allocate(self.installments, payment, order=order)
        return Ledger(self._moved(entry, 1), (*self.allocations, entry))

    def reverse(self, reference: str) -> "Ledger":
        """Without what the payment paid; what other payments paid stays where it is.

        Raises ``payment_unknown``. A second reversal changes nothing.
        """
        entry = self._find(reference)
        if entry is None:
            raise NotFound("payment_unknown", field="reference", reference=reference)
        if entry.is_reversed:
            return self
        marked = [replace(e, is_reversed=True) if e is entry else e for e in self.allocations]
        return Ledger(self._moved(entry, -1), tuple(marked))

    def _find(self, reference: str) -> Allocation | None:
        return next((entry for entry in self.allocations if entry.payment.reference == reference), None)

    def _moved(self, entry: Allocation, sign: int) -> Sequence[InstallmentFacts]:
        paid = dict(entry.rows)
        return tuple(
            replace(row, paid=row.paid + paid[row.number] if sign > 0 else row.paid - paid[row.number])
            if row.number in paid
            else row
            for row in self.installments
        )
