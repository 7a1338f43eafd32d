"""A book loaded with nothing but the database's own means: each file into a staging table of text (COPY on PostgreSQL), then by one
INSERT … SELECT into a table with types and keys. No checks, no comparison with what stands there.
"""

import csv
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import make_url

_KEYS: Final = {
    "borrowers": "borrower_ref",
    "loans": "loan_ref",
    "installments": "loan_ref, number",
    "payments": "payment_ref",
}
_DAYS: Final = frozenset({"disbursed_on", "as_of", "due_on", "paid_on"})
_SUMS: Final = ("principal", "amount", "_due", "_paid")


def bare_import(url: str, files: Mapping[str, Path]) -> None:
    """``files`` by the names that ``_KEYS`` has; in one transaction, into tables made for it."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            for name, path in files.items():
                _copied(connection, name, path)
        return
    database = make_url(url).database
    assert database is not None
    lite = sqlite3.connect(database)
    try:
        for name, path in files.items():
            _inserted(lite, name, path)
        lite.commit()
    finally:
        lite.close()


def _copied(connection: "psycopg.Connection[Any]", name: str, path: Path) -> None:
    columns = _columns(path)
    connection.execute(_staging(name, columns).encode())
    with (
        path.open("rb") as file,
        connection.cursor().copy(f"COPY staging_{name} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
    ):
        while block := file.read(1 << 16):
            copy.write(block)
    connection.execute(_table(name, columns).encode())
    connection.execute(_landing(name, columns).encode())


def _inserted(connection: sqlite3.Connection, name: str, path: Path) -> None:
    columns = _columns(path)
    connection.execute(_staging(name, columns))
    marks = ", ".join("?" * len(columns))
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        connection.executemany(f"INSERT INTO staging_{name} VALUES ({marks})", rows)
    connection.execute(_table(name, columns))
    connection.execute(_landing(name, columns))


def _columns(path: Path) -> Sequence[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _staging(name: str, columns: Sequence[str]) -> str:
    return f"CREATE TEMPORARY TABLE staging_{name} ({', '.join(f'{column} text' for column in columns)})"


def _table(name: str, columns: Sequence[str]) -> str:
    typed = ", ".join(f"{column} {_type(column)}" for column in columns)
    return f"CREATE TABLE bare_{name} ({typed}, PRIMARY KEY ({_KEYS[name]}))"


def _landing(name: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO bare_{name} SELECT {', '.join(map(_cast, columns))} FROM staging_{name}"


def _type(column: str) -> str:
    if column in _DAYS:
        return "date"
    return "bigint" if column == "number" or column.endswith(_SUMS) else "text"


def _cast(column: str) -> str:
    if column in _DAYS:
        return f"date({column})"
    if column == "number":
        return f"CAST({column} AS integer)"
    return f"CAST(CAST({column} AS numeric) * 100 AS bigint)" if column.endswith(_SUMS) else column
