"""Rows of the book that belong together by a reference, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from portal.domain.book_columns import KEYS, BookFile, BookRow
from portal.domain.book_lines import MOST_ROWS, Lines
from portal.domain.book_values import Reader
from portal.domain.errors import DomainError

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
    """All lines of one reference: of ``borrowers`` alone, or of the other three files together."""

    reference: str
    lines: Mapping[BookFile, Lines]

    def of(self, file: BookFile) -> Sequence[BookRow]:
        return self.lines[file].rows if file in self.lines else ()

    def count(self, file: BookFile) -> int:
        return len(self.lines[file]) if file in self.lines else 0

    def count_different(self, file: BookFile) -> int:
        return self.lines[file].count_different() if file in self.lines else 0

    @property
    def row_count(self) -> int:
        return sum(map(len, self.lines.values()))

    def digest(self) -> str:
        """SHA-256 of what the files say here; the order of lines and columns, and the line numbers, do not matter."""
        parts = [_FORMAT]
        for file in BookFile:
            parts.append(file.value)
            if file in self.lines:
                parts += sorted(self.lines[file].spelt())
        return sha256(_LINE.join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def grouped(streams: Mapping[BookFile, Iterator[Lines]]) -> Iterator[RowGroup]:
    """Join files that are each in the order of their key; one group at a time is in memory."""
    heads = {file: lines for file, stream in streams.items() if (lines := next(stream, None)) is not None}
    while heads:
        reference = min(lines.key for lines in heads.values())
        found = {file: lines for file, lines in heads.items() if lines.key == reference}
        yield RowGroup(reference, found)
        for file in found:
            following = next(streams[file], None)
            if following is None:
                del heads[file]
            else:
                heads[file] = following


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
