"""W7: a book read from its files, checked and landed by ``portal import``, then the same files again; beside bare loading into staging
tables and one INSERT … SELECT a file. A process each for ours, so that its memory can be told.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.databases import made_on
from benchmarks.processes import Meter, database_server
from benchmarks.references.bare_import import bare_import
from benchmarks.results import Promise, Result, compared
from benchmarks.sizes import Asked
from benchmarks.synthetic_book import write_files
from benchmarks.worlds import named
from portal.db import make_engine, migrate
from portal.domain.book_columns import BookFile
from tests.journeys.servers import ROOT, SECRET_KEY
from tests.people import TODAY
from tests.postgresql_server import DURABLE, running_server

ROWS, QUICK_ROWS = 1_000_000, 10_000
ROUNDS, QUICK_ROUNDS = 3, 9
"""Kept ones; ten million rows would tell the same and take an hour."""
ROWS_OF_A_LOAN: Final = 22
"""A borrower, a loan, and what a real book has of the rest, near enough."""
FRESH: Final = Promise(1.3, 4)
AGAIN: Final = Promise(1, 4)
MOST_MEGABYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Took:
    """Processor seconds of the process and the database, and the most memory that the process held, megabytes."""

    cpu: float
    megabytes: float = 0.0


def measure(asked: Asked) -> Sequence[Result]:
    """Processor seconds a book."""
    rows, rounds = (QUICK_ROWS, QUICK_ROUNDS) if asked.quick else (ROWS, ROUNDS)
    results: list[Result] = []
    for kind in asked.databases:
        with tempfile.TemporaryDirectory(prefix="bench-") as name, _databases(kind, Path(name)) as fresh:
            book = write_files(Path(name) / "book", rows // ROWS_OF_A_LOAN)
            took = [_round(fresh, book, Path(name)) for _ in range(rounds + 1)][1:]
            results += [replace(each, name=named(each.name, kind)) for each in results_of(rows, took)]
    return results


def results_of(rows: int, took: Sequence[tuple[Took, Took, Took]]) -> Sequence[Result]:
    """Of (fresh, again, bare) by round."""
    most = max(each.megabytes for fresh, again, _ in took for each in (fresh, again))
    kept = "kept" if most <= MOST_MEGABYTES else "NOT KEPT"
    fresh = compared(
        f"W7 import {rows:,} rows", [(a.cpu, c.cpu) for a, _, c in took], unit="s", promise=FRESH,
        more=f"memory {most:.0f} MB (<= {MOST_MEGABYTES}): {kept}",
    )  # fmt: skip
    pairs = [(b.cpu, c.cpu) for _, b, c in took]
    return [fresh, compared(f"W7 import {rows:,} rows again", pairs, unit="s", promise=AGAIN)]


def _round(fresh: Iterator[str], book: Path, folder: Path) -> tuple[Took, Took, Took]:
    url = next(fresh)
    return (*import_twice(url, book, folder), bare(url, book))


def import_twice(url: str, book: Path, folder: Path) -> tuple[Took, Took]:
    """Fresh and again. Raises ``RuntimeError`` where something of the book is refused."""
    environment = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": url,
        "PORTAL_DATA_DIR": str(folder / "data"),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "BUSINESS_DATE": TODAY.isoformat(),
    }
    return _imported(url, book, environment), _imported(url, book, environment)


def _imported(url: str, book: Path, environment: Mapping[str, str]) -> Took:
    engine = make_engine(url)
    meter = Meter(database_server(engine), own=False)
    engine.dispose()
    before = meter.seconds()
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "import", str(book)],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    return Took(meter.seconds() - before + used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def bare(url: str, book: Path) -> Took:
    """By the driver alone, in this process."""
    engine = make_engine(url)
    meter = Meter(database_server(engine))
    engine.dispose()
    before = meter.seconds()
    bare_import(url, {file.value: book / f"{file}.csv" for file in BookFile})
    return Took(meter.seconds() - before)


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Iterator[str]]:
    """An empty one at each asking, migrated once."""
    if kind == "postgresql":
        with running_server(DURABLE) as server:
            migrate(made_on(server, "book"))
            yield (made_on(server, f"book_{number}", like="book") for number in range(100))
        return
    migrate(f"sqlite:///{folder / 'book.sqlite3'}")

    def copies() -> Iterator[str]:
        for number in range(100):
            shutil.copyfile(folder / "book.sqlite3", folder / f"book_{number}.sqlite3")
            yield f"sqlite:///{folder / f'book_{number}.sqlite3'}"
            (folder / f"book_{number}.sqlite3").unlink()

    yield copies()
