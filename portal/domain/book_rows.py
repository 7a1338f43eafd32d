"""Rows of the book that belong together by a reference, and what is wrong with them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby, islice
from typing import Any, Final

from portal.domain.book_columns import KEY_POSITIONS, KEYS, BookFile, BookRow
from portal.domain.book_values import Reader
from portal.domain.errors import DomainError

MOST_ROWS: Final = 5000
"""Rows of one file that one loan may have; what comes after is not held in memory."""

_CELL: Final = "\x1f"
_LINE: Final = "\x1e"
_FORMAT: Final = "book 1"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with the book: where it stands, what it is, and the reference that stays out for it."""

    file: BookFile
    line: int
    column: str
    error: DomainError
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """All rows of one reference: of ``borrowers`` alone, or of the other three files together."""

    reference: str
    rows: dict[BookFile, list[BookRow]] = field(default_factory=dict)

    def of(self, file: BookFile) -> Sequence[BookRow]:
        return self.rows.get(file, ())

    @property
    def row_count(self) -> int:
        return sum(len(rows) for rows in self.rows.values())

    def digest(self) -> str:
        """SHA-256 of what the files say here; the order of lines and columns, and the line numbers, do not matter."""
        parts = [_FORMAT]
        for file in BookFile:
            parts.append(file.value)
            parts += sorted(_CELL.join(row.cells) + ("" if row.is_whole else "?") for row in self.of(file))
        return sha256(_LINE.join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def grouped(streams: dict[BookFile, Iterable[BookRow]]) -> Iterator[RowGroup]:
    """Join files that are each in the order of their key; one group at a time is in memory."""
    heads = [_Head(file, rows) for file, rows in streams.items()]
    while waiting := [head for head in heads if head.key is not None]:
        reference = min(key for head in waiting if (key := head.key) is not None)
        group = RowGroup(reference)
        for head in waiting:
            if head.key == reference:
                group.rows[head.file] = head.take()
        yield group


class _Head:
    """The next rows of one file that share a key; ``key`` None at its end."""

    def __init__(self, file: BookFile, rows: Iterable[BookRow]) -> None:
        position = KEY_POSITIONS[file]
        self.file = file
        self.key: str | None = None
        self._groups = groupby(rows, key=lambda row: row.cells[position])
        self._rows: Iterator[BookRow] = iter(())
        self._advance()

    def take(self) -> list[BookRow]:
        """The rows of the present key, one more than allowed at most; moves on."""
        taken = list(islice(self._rows, MOST_ROWS + 1))
        self._advance()
        return taken

    def _advance(self) -> None:
        self.key, self._rows = next(self._groups, (None, iter(())))


class RowReading:
    """Reads rows of one reference and keeps what is wrong with them."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.violations: list[Violation] = []

    def refuse(self, file: BookFile, line: int, column: str, code: str, **details: object) -> None:
        self.refuse_for(file, line, DomainError(code, field=column, rule=None, **details))

    def refuse_for(self, file: BookFile, line: int, error: DomainError) -> None:
        self.violations.append(Violation(file, line, error.field or "", error, self.reference))

    def values(self, file: BookFile, row: BookRow, readers: Sequence[Reader]) -> list[Any] | None:
        """The values of a row, in the order of ``COLUMNS``; None where a cell cannot be read."""
        if not row.is_whole:
            self.refuse(file, row.line, "", "row_broken")
            return None
        try:
            return [reader(cell) for reader, cell in zip(readers, row.cells, strict=True)]
        except DomainError:
            self._refuse_cells(file, row, readers)
            return None

    def _refuse_cells(self, file: BookFile, row: BookRow, readers: Sequence[Reader]) -> None:
        """Read once more, cell by cell, to tell all that is wrong in the row and not only the first of it."""
        for reader, cell in zip(readers, row.cells, strict=True):
            try:
                reader(cell)
            except DomainError as error:
                self.refuse_for(file, row.line, error)

    def refuse_too_many(self, file: BookFile, rows: Sequence[BookRow]) -> None:
        if len(rows) > MOST_ROWS:
            self.refuse(file, rows[-1].line, KEYS[file], "rows_too_many", maximum=MOST_ROWS)
