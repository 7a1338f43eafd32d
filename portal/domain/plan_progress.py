"""Where a plan in force stands: what was received since it was signed, placed on its payments, the earliest first.

The order is the agreement's own (its clause on allocation, rule P11): the payment with the earliest date first, within it fees, penalty,
interest, principal. Everything follows from the set of payments alone, so taking one away (a reversal) restores what was there without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from portal.domain.allocation import Allocation, Payment, allocate_by_date
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.plans import Plan, PlanRow

REMINDER_DAYS: Final = 3
CURE_DAYS: Final = 10
"""Days after its date on which a payment that is out is reminded of, and up to which it may still be made good (rule P20)."""


class RowState(StrEnum):
    """How one payment of a plan went, or stands."""

    KEPT = "kept"
    MADE_GOOD = "made_good"
    """Late, and there within the time in which that counts as on time."""
    LATE = "late"
    """Later than that, but there."""
    COMING = "coming"
    AWAITED = "awaited"
    """Its date has passed, and the book does not reach up to it yet: nobody is called late for that."""
    OPEN = "open"
    """Out, and may still be made good."""
    MISSED = "missed"
    """Out, and the time to make it good is over."""


@dataclass(frozen=True, slots=True)
class RowProgress:
    """One payment of the plan; ``met_on`` is the day of the payment that completed it, ``days`` how late it was or is by now."""

    position: int
    row: PlanRow
    paid: Components
    met_on: date | None
    state: RowState
    days: int
    counted_from: date
    """Its date, or the day on which the plan was reinstated or the borrower heard of another creditor where that came later: the days to
    make it good count from there."""
    is_given_anew: bool
    """Its first time to make it good is over: what comes now keeps the plan going, and is late all the same."""

    @property
    def left(self) -> Components:
        return self.row.parts - self.paid

    @property
    def is_met(self) -> bool:
        return self.left.total <= 0

    @property
    def is_late(self) -> bool:
        """Out although its date has passed, as far as the book can know."""
        return self.state in {RowState.OPEN, RowState.MISSED}

    @property
    def reminder_on(self) -> date:
        return self.counted_from + timedelta(days=REMINDER_DAYS)

    @property
    def cure_until(self) -> date:
        return cure_end(self.counted_from)


@dataclass(frozen=True)
class PlanProgress:
    """All of it on a business date. ``credit`` is what was received beyond every payment; minor units.

    ``is_settled``: nothing is owed on the loan any more by the lender's book, however it came to that (paying everything early asks
    for less than the payments as planned). Then nothing is left of the plan either.
    """

    on: date
    rows: Sequence[RowProgress]
    allocations: Sequence[Allocation] = field(default=())
    is_settled: bool = False
    reinstated_on: date | None = None
    heard_on: date | None = None

    def with_payment(self, payment: Payment) -> "PlanProgress":
        """As it would stand after one payment more."""
        payments = [*(entry.payment for entry in self.allocations), payment]
        known_until = self.on - timedelta(days=1)
        counting = _Counting(self.on, known_until, self.reinstated_on, self.heard_on)
        return _placed_on([row.row for row in self.rows], payments, counting)

    @cached_property
    def received(self) -> int:
        return sum(entry.payment.amount for entry in self.allocations)

    @cached_property
    def credit(self) -> int:
        return sum(entry.credit for entry in self.allocations)

    @cached_property
    def total(self) -> int:
        return sum(row.row.due for row in self.rows)

    @property
    def paid(self) -> int:
        """Placed on the plan's payments: all that was received but the credit."""
        return self.received - self.credit

    @property
    def left(self) -> int:
        return 0 if self.is_settled else self.total - self.paid

    @property
    def unmet(self) -> Sequence[RowProgress]:
        return () if self.is_settled else [row for row in self.rows if not row.is_met]

    @property
    def next(self) -> RowProgress | None:
        """The earliest payment that is not met: late, or the next to come."""
        return next(iter(self.unmet), None)

    @property
    def next_sum(self) -> int:
        """All that is to be paid on the day of ``next``: the plan's own payment and a usual one may fall on the same day."""
        if self.next is None:
            return 0
        day = self.next.row.due_on
        return sum(row.left.total for row in self.rows if row.row.due_on == day)

    @property
    def next_paid(self) -> int:
        """What is paid already of that day's payments."""
        if self.next is None:
            return 0
        day = self.next.row.due_on
        return sum(row.paid.total for row in self.rows if row.row.due_on == day)

    @property
    def late(self) -> Sequence[RowProgress]:
        return [row for row in self.unmet if row.is_late]

    @property
    def given_anew(self) -> Sequence[RowProgress]:
        """What was out when the plan was reinstated, and still is."""
        return [row for row in self.unmet if row.is_given_anew]

    @property
    def out_anew(self) -> int:
        return sum(row.left.total for row in self.given_anew)

    @property
    def is_kept_by_out_anew(self) -> bool:
        """``out_anew``, paid by ``cure_until``, is what the plan goes on with."""
        return bool(self.given_anew) and not self.is_over_the_cure

    @property
    def due_since(self) -> Sequence[RowProgress]:
        """What is out of the payments whose date came after the plan was reinstated, each with days of its own."""
        return [row for row in self.unmet if row.row.due_on <= self.on and not row.is_given_anew]

    @property
    def due_now(self) -> int:
        """What is out of all payments whose date has come."""
        return sum(row.left.total for row in self.unmet if row.row.due_on <= self.on)

    @property
    def cure_until(self) -> date | None:
        """The last day on which what is out still counts as on time; None where nothing is late."""
        return next((row.cure_until for row in self.late), None)

    @property
    def fell_due(self) -> Sequence[RowProgress]:
        return [row for row in self.rows if row.row.due_on <= self.on]

    @property
    def kept_count(self) -> int:
        """Payments that count as on time so far, those paid ahead of their date included."""
        return sum(row.state in {RowState.KEPT, RowState.MADE_GOOD} for row in self.rows)

    @property
    def is_complete(self) -> bool:
        return not self.unmet

    @property
    def is_over_the_cure(self) -> bool:
        """A payment is out and the time to make it good has passed."""
        return any(row.state is RowState.MISSED for row in self.late)


def cure_end(counted_from: date) -> date:
    return counted_from + timedelta(days=CURE_DAYS)


def payable_rows(plan: Plan) -> Sequence[PlanRow]:
    """The plan's own payments and, until its end, those of the running schedule beside them; by date, the plan's first on one day.

    What comes after the plan's last payment is the loan's own business again.
    """
    beside = [row for row in plan.running_rows if row.due_on <= plan.ends_on]
    return tuple(sorted((*plan.rows, *beside), key=lambda row: (row.due_on, row.is_running, row.number)))


def received_under(priced_with: Sequence[Sequence[object]], payments: Sequence[Payment]) -> list[Payment]:
    """The payments that the plan was priced without, and that count towards it for that reason, by day.

    ``priced_with`` are the payments of the loan's fingerprint as it was frozen, each with its reference first.
    """
    known = {str(payment[0]) for payment in priced_with}
    fresh = [payment for payment in payments if payment.reference not in known]
    return sorted(fresh, key=lambda payment: (payment.paid_on, payment.reference))


def progress_of(
    plan: Plan,
    payments: Sequence[Payment],
    *,
    on: date,
    known_until: date | None = None,
    is_settled: bool = False,
    reinstated_on: date | None = None,
    heard_on: date | None = None,
) -> PlanProgress:
    """The plan after ``payments`` (none of them reversed) on the business date ``on``.

    ``known_until`` is the last day that the lender's book covers; by default it covers all days before ``on``. ``reinstated_on``: from
    this day on what was out by then may be made good once more (decision 0270). ``heard_on``: when the borrower heard that the loan has
    another creditor, ``on`` while they did not; no reminder went out before, so that no day to make a payment good is over (rule C21).
    """
    if known_until is None:
        known_until = on - timedelta(days=1)
    placed = _placed_on(payable_rows(plan), payments, _Counting(on, known_until, reinstated_on, heard_on))
    return replace(placed, is_settled=is_settled)


@dataclass(frozen=True, slots=True)
class _Counting:
    """As ``progress_of`` has them."""

    on: date
    known_until: date
    reinstated_on: date | None
    heard_on: date | None

    def since(self, due_on: date) -> date:
        return max(due_on, self.reinstated_on or due_on, self.heard_on or due_on)


def _placed_on(rows: Sequence[PlanRow], payments: Sequence[Payment], counting: _Counting) -> PlanProgress:
    book = [InstallmentFacts(at, row.due_on, row.parts, Components()) for at, row in enumerate(rows)]
    met_on: dict[int, date] = {}
    allocations = []
    for payment in sorted(payments, key=lambda payment: (payment.paid_on, payment.reference)):
        entry = allocate_by_date(book, payment)
        allocations.append(entry)
        for at, parts in entry.rows:
            before = book[at]
            book[at] = InstallmentFacts(at, before.due_on, before.due, before.paid + parts)
            if book[at].is_met:
                met_on[at] = payment.paid_on
    return PlanProgress(
        counting.on,
        tuple(_row(at, row, book[at].paid, met_on.get(at), counting) for at, row in enumerate(rows)),
        tuple(allocations),
        reinstated_on=counting.reinstated_on,
        heard_on=counting.heard_on,
    )


def _row(at: int, row: PlanRow, paid: Components, met_on: date | None, counting: _Counting) -> RowProgress:
    if met_on is None and row.due == 0:
        met_on = row.due_on
    until = counting.on if met_on is None else met_on
    days = max(0, (until - row.due_on).days)
    counted_from = counting.since(row.due_on)
    is_met = met_on is not None
    state = _state_met(row.due_on, until) if is_met else _state_unmet(row.due_on, counted_from, counting)
    is_given_anew = counting.reinstated_on is not None and counting.reinstated_on > row.due_on
    return RowProgress(at, row, paid, met_on, state, days, counted_from, is_given_anew)


def _state_met(due_on: date, met_on: date) -> RowState:
    """By its own date alone: a plan that was reinstated does not make what was late a payment on time."""
    if met_on <= due_on:
        return RowState.KEPT
    return RowState.MADE_GOOD if met_on <= cure_end(due_on) else RowState.LATE


def _state_unmet(due_on: date, counted_from: date, counting: _Counting) -> RowState:
    cure_until = cure_end(counted_from)
    if due_on >= counting.on:
        return RowState.COMING
    if counting.known_until < due_on:
        return RowState.AWAITED
    is_over = cure_until < counting.on and cure_until <= counting.known_until
    return RowState.MISSED if is_over else RowState.OPEN
