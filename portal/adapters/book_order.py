"""Rows of a book's file in the order of their key, whatever order the file has.

A file in order is read as it stands. Another one is sorted through a temporary SQLite database: a file without a name that goes with its
connection. Memory stays flat; the disk holds the file once more.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from portal.adapters.book_files import ScannedFile, row_of
from portal.domain.book_columns import BookRow

_CACHE_KIB: Final = 4096


def rows_in_order(scanned: ScannedFile) -> Iterator[BookRow]:
    """The rows by key (code points, as Python compares) and, within a key, by line."""
    return scanned.rows() if scanned.is_in_order else _sorted_rows(scanned)


def _sorted_rows(scanned: ScannedFile) -> Iterator[BookRow]:
    layout = scanned.layout
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        for statement in (
            "PRAGMA journal_mode = OFF",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "CREATE TABLE line (key TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL)",
            "BEGIN",
        ):
            database.execute(statement)
        lines = ((layout.key(row_of(layout, number, text)), number, text) for number, text in scanned.lines())
        database.executemany("INSERT INTO line VALUES (?, ?, ?)", lines)
        for number, text in database.execute("SELECT number, text FROM line ORDER BY key, number"):
            yield row_of(layout, number, text)
