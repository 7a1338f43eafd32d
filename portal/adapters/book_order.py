"""Lines of a book's file in the order of their key, whatever order the file has.

A file in order is read as it stands. Another one is sorted through a temporary SQLite database: a file without a name that goes with its
connection. Memory stays flat; the disk holds the file once more.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from portal.adapters.book_files import ScannedFile
from portal.domain.book_lines import Block, Lines, lines_by_key

_CACHE_KIB: Final = 4096
_AT_ONCE: Final = 2000


def lines_in_order(scanned: ScannedFile) -> Iterator[Lines]:
    """The lines by key (code points, as Python compares) and, within a key, as they stand in the file."""
    return lines_by_key(scanned.layout, scanned.blocks() if scanned.is_in_order else _sorted(scanned))


def _sorted(scanned: ScannedFile) -> Iterator[Block]:
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        for statement in (
            "PRAGMA journal_mode = OFF",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "CREATE TABLE line (key TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL)",
            "BEGIN",
        ):
            database.execute(statement)
        for block in scanned.blocks():
            lines = zip(block.keys(scanned.layout), block.numbers, block.texts, strict=True)
            database.executemany("INSERT INTO line VALUES (?, ?, ?)", lines)
        found = database.execute("SELECT number, text FROM line ORDER BY key, number")
        while some := found.fetchmany(_AT_ONCE):
            numbers, texts = zip(*some, strict=True)
            yield Block.of(numbers, texts)
