"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite (an ORM takes thirty times as long)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table, TableValuedAlias, Text, bindparam, cast, column, func, literal, update
from sqlalchemy.dialects.postgresql import JSONB
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
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # nosec B608  # noqa: S608 - names of our own columns
            list(rows),
        )


def add_records(session: Session, table: Table, records: Sequence[Mapping[str, Any]]) -> None:
    """As ``add_rows``, with values by column as the types of the table take them. All records name the same columns, and a column that
    none of them names stays empty: nothing is filled in here.
    """
    if not records:
        return
    dialect, names = session.get_bind().dialect, list(records[0])
    spelt = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    columns = [
        [record[name] if spell is None else spell(record[name]) for record in records]
        for name, spell in zip(names, spelt, strict=True)
    ]
    add_rows(session, table.name, names, list(zip(*columns, strict=True)))


def _copy(driver: "psycopg.Connection[Any]", table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    into, names = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    with driver.cursor() as cursor:
        if not _is_walled(cursor, table):
            _copy_into(cursor, into, names, rows)
            return
        # PostgreSQL copies into no table whose rows have policies (decision 0301).
        beside = sql.Identifier("pg_temp", f"copied_{table}")
        # nosemgrep: sqlalchemy-execute-raw-query - psycopg's own composition: each name goes through Identifier
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE {} AS SELECT {} FROM {} WITH NO DATA").format(
                sql.Identifier(f"copied_{table}"), names, into
            )
        )
        _copy_into(cursor, beside, names, rows)
        # nosemgrep: sqlalchemy-execute-raw-query - psycopg's own composition: each name goes through Identifier
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(into, names, names, beside))
        # nosemgrep: sqlalchemy-execute-raw-query - psycopg's own composition: each name goes through Identifier
        cursor.execute(sql.SQL("DROP TABLE {}").format(beside))


def _is_walled(cursor: "psycopg.Cursor[Any]", table: str) -> bool:
    found = cursor.execute("SELECT row_security_active(quote_ident(%s)::regclass)", [table]).fetchone()
    return found is not None and bool(found[0])


def _copy_into(
    cursor: "psycopg.Cursor[Any]", into: sql.Identifier, names: sql.Composed, rows: Sequence[Row]
) -> None:
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(into, names)) as copy:
        for row in rows:
            copy.write_row(row)


def change_rows(session: Session, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set columns of many rows, each found by its ``key``; all rows name the same columns.

    On PostgreSQL one statement over one JSON text: a statement a row costs twenty times as much.
    """
    if not rows:
        return
    names = [name for name in rows[0] if name != key]
    if session.get_bind().dialect.name == "postgresql":
        given = json_rows(table, [key, *names], rows)
        changing = update(table).where(table.c[key] == given.c[key]).values({n: given.c[n] for n in names})
        session.connection().execute(changing)
        return
    changing = update(table).where(table.c[key] == bindparam(f"the_{key}"))
    changing = changing.values({name: bindparam(f"the_{name}") for name in names})
    session.connection().execute(
        changing, [{f"the_{name}": value for name, value in row.items()} for row in rows]
    )


def json_rows(table: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    """PostgreSQL only: the rows as a table with columns of the types that ``table`` has, sent as one text."""
    text = json.dumps([{name: row[name] for name in names} for row in rows], default=str, ensure_ascii=False)
    columns = [column(name, table.c[name].type) for name in names]
    given = func.jsonb_to_recordset(cast(literal(text, Text), JSONB)).table_valued(*columns, name="given")
    return given.render_derived(with_types=True)


def give_room(session: Session) -> None:
    """Let this transaction sort and group some ten thousand rows in memory; PostgreSQL's default of 4 MB goes to disk.

    Nor are its statements compiled first: each goes over one range of loans, and the compiling takes longer than that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")


def lock_the_book(session: Session) -> None:
    """One import at a time, until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(7105001)")
