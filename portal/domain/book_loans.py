"""Loans and payments as the book states them, after every check that needs no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.book_columns import BookFile
from portal.domain.book_rows import RowReading, Violation
from portal.domain.loans import LoanFacts


@dataclass(frozen=True, slots=True)
class BookPayment:
    """One row of ``payments``; ``amount`` in minor units, ``line`` where it stands."""

    payment_ref: str
    paid_on: date
    amount: int
    channel: str
    is_reversed: bool
    line: int


@dataclass(frozen=True, slots=True)
class BookLoan:
    """A loan that passed every check. ``digest`` is the group's, ``line`` that of its row in ``loans``."""

    borrower_ref: str
    facts: LoanFacts
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
        return self.facts.loan_ref

    def violation(self, file: BookFile, line: int, column: str, code: str, **details: object) -> Violation:
        """One more thing wrong with it, which only the database could tell."""
        reading = RowReading(self.loan_ref)
        reading.refuse(file, line, column, code, **details)
        return reading.violations[0]
