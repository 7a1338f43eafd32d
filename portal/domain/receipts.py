"""What became of each payment: on which installment it went, as far as that can be told without guessing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.allocation import CN_PARTS, Allocation, Payment, Timing, allocate, order_of
from portal.domain.arrears import with_accrued_penalty
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.plan_progress import PlanProgress

_ALL_TIMES = order_of(CN_PARTS, (Timing.PAST_DUE, Timing.DUE, Timing.IN_ADVANCE))


@dataclass(frozen=True, slots=True)
class Placed:
    """What a payment did for the installment of a day."""

    due_on: date
    parts: Components


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment; ``placed`` is None where the lender's book does not tell, ``credit`` what nothing was open for. Minor units."""

    reference: str
    paid_on: date
    amount: int
    placed: Sequence[Placed] | None
    credit: int = 0
    is_of_plan: bool = False


def receipts(loan: LoanFacts, progress: PlanProgress | None) -> Sequence[Receipt]:
    """Newest first. Under a plan by its order; before it by the order of art. 561, and only where that leads to what the book says."""
    of_plan = list(_of_plan(progress)) if progress else []
    planned = {receipt.reference for receipt in of_plan}
    booked = [Payment(ref, day, amount) for ref, day, amount in loan.payments if amount > 0]
    before = [payment for payment in booked if payment.reference not in planned]
    replayed = None if planned else _replayed(loan.installments, before)
    rows = {row.number: row.due_on for row in loan.installments}
    by_book = [
        Receipt(
            payment.reference,
            payment.paid_on,
            payment.amount,
            None if replayed is None else _placed(replayed[at], rows),
            0 if replayed is None else replayed[at].credit,
        )
        for at, payment in enumerate(before)
    ]
    return sorted(
        [*by_book, *of_plan], key=lambda receipt: (receipt.paid_on, receipt.reference), reverse=True
    )


def after_paying(loan: LoanFacts, amount: int, *, on: date, progress: PlanProgress | None) -> Receipt:
    """What a payment of today would do; the penalty that has grown since the book's day is paid like the book's own."""
    payment = Payment("", on, amount)
    if progress is not None:
        return next(r for r in _of_plan(progress.with_payment(payment)) if not r.reference)
    entry = allocate(with_accrued_penalty(loan, on=on), payment, order=_ALL_TIMES)
    rows = {row.number: row.due_on for row in loan.installments}
    return Receipt("", on, amount, _placed(entry, rows), entry.credit)


def _of_plan(progress: PlanProgress) -> Iterator[Receipt]:
    rows = {row.position: row.row.due_on for row in progress.rows}
    for entry in progress.allocations:
        payment = entry.payment
        yield Receipt(
            payment.reference,
            payment.paid_on,
            payment.amount,
            _placed(entry, rows),
            entry.credit,
            is_of_plan=True,
        )


def _placed(entry: Allocation, due_on: dict[int, date]) -> Sequence[Placed]:
    return [Placed(due_on[number], parts) for number, parts in entry.rows]


def _replayed(
    installments: Sequence[InstallmentFacts], payments: Sequence[Payment]
) -> Sequence[Allocation] | None:
    """Each payment placed in its turn on an unpaid schedule; None where the end is not what the book says was paid."""
    rows = [replace(row, paid=Components()) for row in installments]
    entries = []
    for payment in payments:
        entry = allocate(rows, payment, order=_ALL_TIMES)
        paid = dict(entry.rows)
        rows = [replace(row, paid=row.paid + paid.get(row.number, Components())) for row in rows]
        entries.append(entry)
    is_the_books = [row.paid for row in rows] == [row.paid for row in installments]
    return entries if is_the_books else None
