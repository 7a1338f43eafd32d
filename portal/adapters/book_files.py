"""A loan book in a folder: four files, ``.csv`` or ``.csv.gz``, UTF-8 or GB18030, read in blocks of whole lines.

One line is one row (a quoted cell may hold commas, never a line break), so a broken line spoils itself alone and line numbers are exact.
"""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from operator import le
from pathlib import Path
from typing import IO, Final

from portal.domain.book_columns import BookFile, Layout
from portal.domain.book_lines import Block
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

    def blocks(self) -> Iterator[Block]:
        """Every row that is not blank, as it stands in the file; the header is line 1."""
        return _blocks_in(self.path, self.encoding)


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
    digest, is_utf_8, order = hashlib.sha256(), True, _Order()
    with _opened(path) as source:
        header = _header(source)
        digest.update(header)
        layout = _layout_if_plain(file, header)
        for raw in _raw_blocks(source):
            digest.update(raw)
            is_utf_8 = is_utf_8 and _decodes(raw, "utf-8")
            if layout is not None and is_utf_8:
                order.take(Block.read(0, raw.decode())[0].keys(layout))
    if layout is not None and is_utf_8:
        return ScannedFile(path, layout, "utf-8", digest.hexdigest(), order.count, order.is_kept)
    return _scan_otherwise(file, path, header, digest.hexdigest())


def _scan_otherwise(file: BookFile, path: Path, header: bytes, digest: str) -> ScannedFile:
    """In two more readings: which encoding it is, then what its rows are."""
    encoding, order = _encoding_of(path), _Order()
    layout = _layout(file, header, encoding)
    for block in _blocks_in(path, encoding):
        order.take(block.keys(layout))
    return ScannedFile(path, layout, encoding, digest, order.count, order.is_kept)


def _layout_if_plain(file: BookFile, header: bytes) -> Layout | None:
    """None where something is wrong with it: told after the whole file was read, which may be worse."""
    try:
        return _layout(file, header, "utf-8")
    except DomainError:
        return None


def _layout(file: BookFile, header: bytes, encoding: str) -> Layout:
    text = header.decode(encoding, "replace").removeprefix("\ufeff").strip("\r\n")
    if not text.strip():
        raise DomainError("header_missing", file=file.value)
    return Layout.of(file, [cell.strip() for cell in next(csv.reader([text]))])


class _Order:
    """How many rows there are, and whether their keys never fall."""

    def __init__(self) -> None:
        self.count, self.is_kept, self._last = 0, True, ""

    def take(self, keys: Sequence[str]) -> None:
        if keys:
            self.count += len(keys)
            self.is_kept = (
                self.is_kept and self._last <= keys[0] and all(map(le, keys, islice(keys, 1, None)))
            )
            self._last = keys[-1]


def _encoding_of(path: Path) -> str:
    tally = _EncodingTally()
    with _opened(path) as source:
        for raw in chain([_header(source)], _raw_blocks(source)):
            for line in raw.split(b"\n"):
                if not line.isascii():
                    tally.count(line)
    return tally.encoding


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


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _blocks_in(path: Path, encoding: str) -> Iterator[Block]:
    with _opened(path) as source:
        _header(source)
        first = 2
        for raw in _raw_blocks(source):
            block, first = Block.read(first, _text_of(raw, encoding))
            yield block


def _text_of(raw: bytes, encoding: str) -> str:
    """Of whole lines. Where something is broken each is read by itself, so that a character that breaks off takes nothing of the next
    line along and no line says something else for where a block ends.
    """
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return "\n".join(line.decode(encoding, "replace") for line in raw.split(b"\n"))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file, unpacked where it is packed; raises ``book_file_unreadable`` naming the file."""
    try:
        with _unpacked(path) as source:
            yield source
    except (OSError, EOFError, zlib.error) as error:
        raise DomainError("book_file_unreadable", file=path.name) from error


def _unpacked(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _header(source: IO[bytes]) -> bytes:
    line = source.readline(LONGEST_LINE)
    _refuse_endless(line)
    return line


def _raw_blocks(source: IO[bytes]) -> Iterator[bytes]:
    """What follows, some hundred thousand bytes of whole lines at a time."""
    while raw := source.read(_BUFFER):
        if not raw.endswith(b"\n"):
            raw += source.readline(LONGEST_LINE)
        _refuse_endless(raw)
        yield raw


def _refuse_endless(raw: bytes) -> None:
    """Steps from line end to line end, each as far as a line may reach."""
    start = 0
    while len(raw) - start >= LONGEST_LINE:
        end = raw.rfind(b"\n", start, start + LONGEST_LINE)
        if end < 0:
            raise EOFError("a line without an end")
        start = end + 1
