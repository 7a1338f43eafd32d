"""The four files of a loan book and the columns that each may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Final, NamedTuple

from portal.domain.errors import DomainError


class BookFile(StrEnum):
    """The files by name, in the order in which they are read."""

    BORROWERS = "borrowers"
    LOANS = "loans"
    INSTALLMENTS = "installments"
    PAYMENTS = "payments"


REQUIRED: Final[Mapping[BookFile, tuple[str, ...]]] = {
    BookFile.BORROWERS: ("borrower_ref", "name", "mobile", "id_last4", "birth_year", "locale"),
    BookFile.LOANS: (
        "loan_ref",
        "borrower_ref",
        "product",
        "currency",
        "creditor",
        "disbursed_on",
        "principal",
        "annual_rate_pct",
        "penalty_rate_pct",
        "interest_method",
        "amortisation",
        "day_count",
        "has_guarantor",
        "status",
        "as_of",
        "lender_type",
    ),
    BookFile.INSTALLMENTS: (
        "loan_ref",
        "number",
        "due_on",
        "principal_due",
        "interest_due",
        "fee_due",
        "penalty_due",
        "principal_paid",
        "interest_paid",
        "fee_paid",
        "penalty_paid",
    ),
    BookFile.PAYMENTS: ("payment_ref", "loan_ref", "paid_on", "amount", "channel", "reversed"),
}
OPTIONAL: Final[Mapping[BookFile, tuple[str, ...]]] = {
    BookFile.BORROWERS: ("email", "id_hash", "sex"),
    BookFile.LOANS: (
        "rounding",
        "multiple",
        "every",
        "allocation",
        "collection_stage",
        "stage_basis",
        "disputed",
        "dpd",
        "plan_ref",
    ),
    BookFile.INSTALLMENTS: (),
    BookFile.PAYMENTS: (),
}
COLUMNS: Final[Mapping[BookFile, tuple[str, ...]]] = {
    file: REQUIRED[file] + OPTIONAL[file] for file in BookFile
}
"""All columns of a file in one fixed order: that of ``BookRow.cells``, whatever the order in the file."""

KEYS: Final[Mapping[BookFile, str]] = {
    BookFile.BORROWERS: "borrower_ref",
    BookFile.LOANS: "loan_ref",
    BookFile.INSTALLMENTS: "loan_ref",
    BookFile.PAYMENTS: "loan_ref",
}
"""The reference by which rows belong together."""

KEY_POSITIONS: Final[Mapping[BookFile, int]] = {file: COLUMNS[file].index(KEYS[file]) for file in BookFile}


class BookRow(NamedTuple):
    """One line of a file: its cells in the order of ``COLUMNS``, an absent optional column blank.

    ``is_whole`` is False where the line is no row of the file's own width; its cells are then a guess.
    """

    line: int
    cells: tuple[str, ...]
    is_whole: bool = True


@dataclass(frozen=True)
class Layout:
    """Where a file has its columns. ``positions`` are indexes into a line's cells; -1 for a column it lacks."""

    file: BookFile
    width: int
    positions: Sequence[int]

    @classmethod
    def of(cls, file: BookFile, header: Sequence[str]) -> "Layout":
        """Read a header row; raises ``column_unknown``, ``column_repeated`` or ``column_missing``, naming the column."""
        for column in header:
            if column not in COLUMNS[file]:
                raise DomainError("column_unknown", file=file.value, column=column[:80])
            if header.count(column) > 1:
                raise DomainError("column_repeated", file=file.value, column=column)
        for column in REQUIRED[file]:
            if column not in header:
                raise DomainError("column_missing", file=file.value, column=column)
        found = {column: position for position, column in enumerate(header)}
        return cls(file, len(header), tuple(found.get(column, -1) for column in COLUMNS[file]))

    @cached_property
    def key_at(self) -> int:
        """Where a line has its key."""
        return self.positions[KEY_POSITIONS[self.file]]

    @cached_property
    def is_usual(self) -> bool:
        """Whether a line's cells stand in the order of ``COLUMNS``, and what it lacks is the last of them."""
        lacking = len(self.positions) - self.width
        return tuple(self.positions) == (*range(self.width), *(-1,) * lacking)

    def key(self, row: BookRow) -> str:
        return row.cells[KEY_POSITIONS[self.file]]

    def row(self, line: int, cells: list[str], *, is_whole: bool = True) -> BookRow:
        """A line's cells as a row; too few are filled up with blanks, too many cut off, and it is not whole."""
        count = len(cells)
        if count != self.width:
            cells, is_whole = (cells + [""] * self.width)[: self.width], False
        cells.append("")  # what position -1 finds
        return BookRow(line, itemgetter(*self.positions)(cells), is_whole)
