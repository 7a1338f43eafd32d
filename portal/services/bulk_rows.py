"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite (an ORM takes thirty times as long)."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

Row = tuple[Any, ...]


def add_rows(session: Session, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Append rows of numbers, text, booleans and ISO dates; ``columns`` names them in their order."""
    if not rows:
        return
    driver = session.connection().connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        _copy(driver, table, columns, rows)
    else:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        session.connection().exec_driver_sql(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names of our own columns
            list(rows),
        )


def _copy(driver: "psycopg.Connection[Any]", table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def lock_the_book(session: Session) -> None:
    """One import at a time, until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(7105001)")
