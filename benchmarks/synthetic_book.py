"""A book of a million loans in the shape of a real one, on either database or as the files of the import: ``bin/bench book``.

The same seed makes the same book, whoever makes it and however long it is. Rows go in by COPY from as many processes as there are
processors (SQLite: one), each ten thousand loans in a transaction; keys and indexes are kept up, foreign keys between rows that are made
here are not looked up one by one where the database lets us (a superuser of PostgreSQL). A test holds what stands in the tables then
against what ``portal import`` makes of the files.
"""

import csv
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click
import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session

from benchmarks.book_shape import AS_OF, CREDITOR
from benchmarks.databases import KINDS
from benchmarks.synthetic_loans import loans_of
from benchmarks.synthetic_rows import TABLES, Row, cells_of, rows_of
from portal.db import make_engine, migrate, transaction
from portal.domain.book_columns import REQUIRED, BookFile
from portal.domain.permissions import SYSTEM
from portal.models import CalendarVersion, Creditor, Loan, PolicyVersion
from portal.models.keyring import keys_of
from portal.services.book_imports import finish_import, start_import
from portal.services.bulk_rows import add_rows
from tests.people import add_calendar, add_creditor, add_policy

AT_ONCE: Final = 10_000
"""Loans a transaction: some 160,000 installments."""
SEED: Final = 1
Asked = tuple[str, int, int, int, int]
"""Where (url), by which seed, how far ahead ids are, the first and the last number."""
_MADE_AT: Final = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 22, 0, tzinfo=UTC)


def fill(
    url: str,
    loans: int,
    *,
    seed: int = SEED,
    ahead: int = 0,
    processes: int | None = None,
    at_once: int = AT_ONCE,
) -> None:
    """So many loans with their borrowers into a migrated database, and what pages need besides them; ids are numbers and ``ahead``.

    Raises ``RuntimeError`` where there are loans and nobody said how far ahead.
    """
    engine = make_engine(url)
    try:
        with transaction(engine) as session:
            run = _begin(session, f"synthetic book {seed}: {loans}", ahead)
        ranges = [(url, seed, ahead, at, min(at + at_once - 1, loans)) for at in range(1, loans + 1, at_once)]
        counts = _filled(ranges, 1 if engine.dialect.name == "sqlite" else processes or os.cpu_count() or 1)
        with transaction(engine) as session:
            _end(session, run, counts)
        tidy(engine)
    finally:
        engine.dispose()


def _filled(ranges: Sequence[Asked], processes: int) -> Mapping[str, int]:
    if processes == 1 or len(ranges) == 1:
        return _summed(map(fill_range, ranges))
    # Forked ones would share this process's connections.
    with multiprocessing.get_context("spawn").Pool(min(processes, len(ranges))) as pool:
        return _summed(pool.imap_unordered(fill_range, ranges))


def _summed(counts: Iterator[Mapping[str, int]]) -> Mapping[str, int]:
    found = {table: 0 for table, _ in TABLES}
    for each in counts:
        for table, count in each.items():
            found[table] += count
    return found


def fill_range(asked: Asked) -> Mapping[str, int]:
    """In a process of its own: loans ``first`` to ``last`` of a book; how many rows a table got."""
    url, seed, ahead, first, last = asked
    rows: dict[str, list[Row]] = {table: [] for table, _ in TABLES}
    engine = make_engine(url, pool_size=1)
    ring = keys_of(engine.dialect)
    for loan in loans_of(seed, first, last):
        for table, each in rows_of(loan, ring, ahead).items():
            rows[table] += each
    try:
        with transaction(engine) as session:
            _trust_keys(session)
            for table, columns in TABLES:
                _copy(session, table, columns, rows[table])
    finally:
        engine.dispose()
    return {table: len(each) for table, each in rows.items()}


def _trust_keys(session: Session) -> None:
    """Keys that are made here are sound; looking up sixteen million of them would take most of the time."""
    if session.get_bind().dialect.name == "postgresql" and session.scalar(
        text("SELECT usesuper FROM pg_user WHERE usename = current_user")
    ):
        session.execute(text("SET LOCAL session_replication_role = replica"))


def _copy(session: Session, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """As ``add_rows``, with the lines of COPY written here: none of our values needs quoting, and that takes a third of the time."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        add_rows(session, table, columns, rows)
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN (NULL 'None')").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(rows), AT_ONCE):
            copy.write("".join("\t".join(map(str, row)) + "\n" for row in rows[start : start + AT_ONCE]))


def _begin(session: Session, digest: str, ahead: int) -> int:
    if not ahead and session.scalar(select(Loan.id).limit(1)) is not None:
        raise RuntimeError("there are loans already: a synthetic book is made in an empty database")
    if session.scalar(select(PolicyVersion.id).limit(1)) is None:
        add_policy(session)
    if session.scalar(select(CalendarVersion.id).limit(1)) is None:
        add_calendar(session)
    if session.scalar(select(Creditor.id).where(Creditor.name == CREDITOR)) is None:
        add_creditor(session, CREDITOR)
    return start_import(session, folder_digest=digest, now=_MADE_AT)


def _end(session: Session, run: int, counts: Mapping[str, int]) -> None:
    """The import's own end, with its event."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("borrower", "loan"):
            newest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            session.execute(text(newest))
    told = {f"{table}s": counts[table] for table, _ in TABLES}
    told |= {"rejected": 0, "unchanged": 0}
    finish_import(session, SYSTEM, import_id=run, counts=told, now=_MADE_AT + timedelta(hours=1))


def tidy(engine: Engine) -> None:
    """What a server does by itself in the night: every plan stands on counted tables."""
    if engine.dialect.name == "sqlite":
        with transaction(engine) as session:
            session.execute(text("ANALYZE"))
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def write_files(folder: Path, loans: int, *, seed: int = SEED, first: int = 1) -> Path:
    """The same book, or ``loans`` of it from number ``first`` on, as the four files that ``portal import`` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers = {}
        for file in BookFile:
            out = stack.enter_context((folder / f"{file}.csv").open("w", encoding="utf-8", newline=""))
            writers[file] = csv.writer(out, lineterminator="\n")
            writers[file].writerow(REQUIRED[file])
        for loan in loans_of(seed, first, first + loans - 1):
            for file, lines in cells_of(loan).items():
                writers[file].writerows(lines)
    return folder


def sizes_of(connection: Connection) -> Mapping[str, int]:
    """Rows a table."""
    return {
        table: connection.scalar(select(func.count()).select_from(text(table))) or 0 for table, _ in TABLES
    }


@click.command()
@click.option("--loans", type=click.IntRange(1, 99_999_999), default=1_000_000, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31), default=SEED, show_default=True)
@click.option("--database", type=click.Choice(KINDS), default="postgresql", show_default=True)
@click.option("--url", help="Of an empty database: postgresql://user@host/name, or sqlite:///FILE.")
@click.option(
    "--files",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files of the import there instead.",
)
def main(loans: int, seed: int, database: str, url: str | None, files: Path | None) -> None:
    """Make a book in the shape of a real one: in the database at URL, which is brought to the newest schema, or as files."""
    begun = time.monotonic()
    if files is not None:
        write_files(files, loans, seed=seed)
        click.echo(f"{loans:,} loans written to {files} in {time.monotonic() - begun:.0f} s")
        return
    if url is None or not url.startswith(database):
        raise click.UsageError(f"give the --url of an empty {database} database, or --files FOLDER")
    migrate(url)
    try:
        fill(url, loans, seed=seed)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    engine = make_engine(url)
    with engine.connect() as connection:
        said = ", ".join(f"{count:,} {table}s" for table, count in sizes_of(connection).items())
    engine.dispose()
    click.echo(f"{said} made in {time.monotonic() - begun:.0f} s")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
