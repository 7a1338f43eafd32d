"""``rejected.csv``: what an import left out, where it stands and why; UTF-8 with a BOM, so that spreadsheets read it."""

import csv
from pathlib import Path
from typing import IO, Any, Final, Self

from portal.domain.book_rows import Violation
from portal.domain.safe_csv import safe_cell

HEADER: Final = ("file", "line", "column", "code", "reference", "sentence")


class RejectedRows:
    """Written as it comes. Without ``is_asked_for`` there is no file until there is a first row."""

    def __init__(self, path: Path, *, is_asked_for: bool) -> None:
        self.path = path
        self.count = 0
        self._is_asked_for = is_asked_for
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        if self._is_asked_for:
            self._open()
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, violation: Violation, sentence: str) -> None:
        if self._file is None:
            self._open()
        self.count += 1
        self._writer.writerow(
            (
                f"{violation.file}.csv",
                violation.line,
                violation.column,
                violation.error.code,
                _shown(violation.reference),
                sentence,
            )
        )

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)


def _shown(reference: str) -> str:
    """Nothing that a spreadsheet would run, nothing that breaks a line."""
    is_plain = len(reference) <= 64 and reference.isprintable() and safe_cell(reference) == reference
    return reference if is_plain else ""
