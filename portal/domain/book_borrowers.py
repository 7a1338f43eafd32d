"""Borrowers as the book states them."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.book_columns import BookFile
from portal.domain.book_readers import BORROWER_READERS
from portal.domain.book_rows import RowGroup, RowReading, Violation


@dataclass(frozen=True, slots=True)
class BookBorrower:
    """One row of ``borrowers``."""

    borrower_ref: str
    name: str
    mobile: str
    id_last4: str
    birth_year: int | None
    locale: str
    email: str | None
    id_hash: str | None
    sex: str | None


def read_borrower(group: RowGroup) -> BookBorrower | Sequence[Violation]:
    """The borrower of a group's only row, or what is wrong: a reference given twice names nobody."""
    file, rows = BookFile.BORROWERS, group.of(BookFile.BORROWERS)
    reading = RowReading(group.reference)
    found = [values for row in rows if (values := reading.values(file, row, BORROWER_READERS)) is not None]
    for row in rows[1:]:
        reading.refuse(file, row.line, "borrower_ref", "reference_repeated")
    if reading.violations:
        return reading.violations
    return BookBorrower(*found[0])
