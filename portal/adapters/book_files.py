"""A loan book in a folder: four files, ``.csv`` or ``.csv.gz``, UTF-8 or GB18030, read line by line.

One line is one row (a quoted cell may hold commas, never a line break), so a broken line spoils itself alone and line numbers are exact.
"""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Final

from portal.domain.book_columns import BookFile, BookRow, Layout
from portal.domain.errors import DomainError

LONGEST_LINE: Final = 1 << 16
"""Bytes; a longer line means that this is no such file."""

_BUFFER: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file that was read once from end to end; ``digest`` is SHA-256 of its uncompressed bytes."""

    path: Path
    layout: Layout
    encoding: str
    digest: str
    row_count: int
    is_in_order: bool

    @property
    def file(self) -> BookFile:
        return self.layout.file

    def lines(self) -> Iterator[tuple[int, str]]:
        """(line number, text) of every row that is not blank; the header is line 1."""
        with _opened(self.path) as source:
            next(source, b"")
            for number, line in enumerate(source, start=2):
                text = line.decode(self.encoding, "replace").rstrip("\r\n")
                if text:
                    yield number, text

    def rows(self) -> Iterator[BookRow]:
        """As they stand in the file."""
        return (row_of(self.layout, number, text) for number, text in self.lines())


def row_of(layout: Layout, number: int, text: str) -> BookRow:
    if '"' not in text:
        return layout.row(number, text.split(","))
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return layout.row(number, text.split(","), is_whole=False)
    return layout.row(number, cells)


def find_files(folder: Path) -> Mapping[BookFile, Path]:
    """Raises ``book_folder_missing``, ``book_file_missing`` or ``book_file_twice``."""
    if not folder.is_dir():
        raise DomainError("book_folder_missing", folder=str(folder))
    return {file: _find_file(folder, file) for file in BookFile}


def _find_file(folder: Path, file: BookFile) -> Path:
    found = [path for end in (".csv", ".csv.gz") if (path := folder / f"{file}{end}").is_file()]
    if not found:
        raise DomainError("book_file_missing", file=file.value)
    if len(found) > 1:
        raise DomainError("book_file_twice", file=file.value)
    return found[0]


def scan_file(file: BookFile, path: Path) -> ScannedFile:
    """Read a file once, before anything of it is used: header, encoding, number and order of its rows.

    Raises ``header_missing``, ``column_unknown``, ``column_repeated``, ``column_missing``, ``book_file_unreadable``.
    """
    digest, tally = hashlib.sha256(), _EncodingTally()
    with _opened(path) as source:
        header = next(source, b"")
        for line in chain([header], source):
            digest.update(line)
            if not line.isascii():
                tally.count(line)
    encoding = tally.encoding
    scanned = ScannedFile(path, _layout(file, header, encoding), encoding, digest.hexdigest(), 0, True)
    row_count, is_in_order = _order_of(scanned)
    return ScannedFile(path, scanned.layout, encoding, scanned.digest, row_count, is_in_order)


def _layout(file: BookFile, header: bytes, encoding: str) -> Layout:
    text = header.decode(encoding, "replace").removeprefix("\ufeff").strip("\r\n")
    if not text.strip():
        raise DomainError("header_missing", file=file.value)
    return Layout.of(file, [cell.strip() for cell in next(csv.reader([text]))])


def _order_of(scanned: ScannedFile) -> tuple[int, bool]:
    """How many rows there are, and whether their keys never fall."""
    count, last, is_in_order = 0, "", True
    for row in scanned.rows():
        key = scanned.layout.key(row)
        count, last, is_in_order = count + 1, key, is_in_order and key >= last
    return count, is_in_order


class _EncodingTally:
    """Which encoding the lines beyond ASCII fit: all of them almost always, most of them where some are broken."""

    def __init__(self) -> None:
        self._fits = dict.fromkeys(("utf-8", "gb18030"), 0)

    def count(self, line: bytes) -> None:
        for encoding in self._fits:
            self._fits[encoding] += _decodes(line, encoding)

    @property
    def encoding(self) -> str:
        """UTF-8 where both fit equally well: Chinese in UTF-8 may look like GB18030, hardly ever the other way."""
        return max(self._fits, key=lambda encoding: self._fits[encoding])


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    """The lines of a file, unpacked where it is packed; raises ``book_file_unreadable`` naming the file."""
    try:
        with _unpacked(path) as source:
            yield iter(partial(_line, source), b"")
    except (OSError, EOFError, zlib.error) as error:
        raise DomainError("book_file_unreadable", file=path.name) from error


def _unpacked(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _line(source: IO[bytes]) -> bytes:
    line = source.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
        raise EOFError("a line without an end")
    return line
