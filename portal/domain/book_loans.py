"""Loans and payments as the book states them, after every check that needs no database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from portal.domain.book_columns import BookFile
from portal.domain.book_rows import RowReading, Violation
from portal.domain.loans import Components, InstallmentFacts, LoanFacts


class ScheduleRow(NamedTuple):
    """One row of ``installments``, as the table takes it: ``due_on`` as ISO text, sums in minor units."""

    number: int
    due_on: str
    principal_due: int
    interest_due: int
    fee_due: int
    penalty_due: int
    principal_paid: int
    interest_paid: int
    fee_paid: int
    penalty_paid: int

    @property
    def facts(self) -> InstallmentFacts:
        due_on = date.fromisoformat(self.due_on)
        return InstallmentFacts(self.number, due_on, Components(*self[2:6]), Components(*self[6:]))


class BookPayment(NamedTuple):
    """One row of ``payments``; ``paid_on`` as ISO text, ``amount`` in minor units, ``line`` where it stands."""

    payment_ref: str
    paid_on: str
    amount: int
    channel: str
    is_reversed: bool
    line: int


@dataclass(frozen=True, slots=True)
class BookLoan:
    """A loan that passed every check. ``digest`` is the group's, ``line`` that of its row in ``loans``."""

    borrower_ref: str
    terms: LoanFacts
    """Its facts without installments and payments."""
    schedule: Sequence[ScheduleRow]
    payments: Sequence[BookPayment]
    allocation: str | None
    collection_stage: str | None
    stage_basis: str | None
    is_disputed: bool | None
    """None where the book has no such column, or nothing in it: that is not a no."""
    plan_ref: str | None
    digest: str
    line: int

    @property
    def loan_ref(self) -> str:
        return self.terms.loan_ref

    @property
    def facts(self) -> LoanFacts:
        """Made at each asking, three objects an installment: a new loan lands without."""
        return replace(
            self.terms,
            installments=tuple(row.facts for row in self.schedule),
            payments=tuple(
                (payment.payment_ref, date.fromisoformat(payment.paid_on), payment.amount)
                for payment in self.payments
                if not payment.is_reversed
            ),
        )

    def violation(self, file: BookFile, line: int, column: str, code: str, **details: object) -> Violation:
        """One more thing wrong with it, which only the database could tell."""
        reading = RowReading(self.loan_ref)
        reading.refuse(file, line, column, code, **details)
        return reading.violations[0]
