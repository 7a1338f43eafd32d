"""An import in a process of its own: killed at any point it leaves whole loans, and however large the book it takes the same memory."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.db import transaction
from portal.models import BookImport, Installment, Loan
from tests.books import small_book
from tests.databases import Database, SqliteTemplate
from tests.integration.commands.conftest import Portal
from tests.integration.commands.test_import_book import rows_of

pytestmark = pytest.mark.usefixtures("on_the_casts_day")

ROOT = Path(__file__).resolve().parents[3]
LOANS = 4000


def started(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "portal", "import", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_after(lines: int, folder: Path, environment: dict[str, str], luck: random.Random) -> None:
    """Kill -9 some time after so many lines of progress; each stands for one or more committed batches."""
    with started(folder, environment) as process:
        assert process.stderr is not None
        for _ in range(lines):
            assert process.stderr.readline().endswith("rows\n")
        time.sleep(luck.uniform(0, 0.3))
        process.kill()


def whole_loans(database: Database) -> int:
    """How many loans are there; each must have all of its installments."""
    with transaction(database.engine, writes=False) as session:
        loans = set(session.scalars(select(Loan.id)))
        parts = Counter(session.scalars(select(Installment.loan_id)))
    assert dict(parts) == dict.fromkeys(loans, 3)
    return len(loans)


def finished_runs(database: Database) -> int:
    """How many were done before their kill came, on a quick machine; any other goes on in the next."""
    with transaction(database.engine, writes=False) as session:
        return len(session.scalars(select(BookImport).where(BookImport.finished_at.is_not(None))).all())


@pytest.mark.slow
def test_a_killed_import_is_finished_by_running_it_again(
    portal: Portal,
    database: Database,
    environment: dict[str, str],
    sqlite_template: SqliteTemplate,
    tmp_path: Path,
) -> None:
    folder = small_book(LOANS).write(tmp_path / "book")
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    luck = random.Random(seed)
    for lines in (1, 2, 3):
        kill_after(lines, folder, environment, luck)
        assert whole_loans(database) <= LOANS
    outran = finished_runs(database)
    done = portal("import", folder)
    assert done.exit_code == 0, done.output
    assert f"Loans: {LOANS:,} (" in done.stdout
    with transaction(database.engine, writes=False) as session:
        assert [run.finished_at is not None for run in session.scalars(select(BookImport))] == [True] * (
            outran + 1
        )
    with sqlite_template.copied(tmp_path) as undisturbed:
        environment["PORTAL_DATABASE_URL"] = undisturbed.url
        portal("import", folder)
        assert rows_of(database, ids=False) == rows_of(undisturbed, ids=False)


PEAK = """\
import re, sys
from pathlib import Path
from portal.commands import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""Runs the command and prints its peak; what ``wait4`` tells would include the peak of the process that forked it."""


def peak_mib(folder: Path, environment: dict[str, str]) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, "import", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.splitlines()[-1]) // 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_book(environment: dict[str, str], tmp_path: Path) -> None:
    """In rows out of order, the harder case: keeping only the loans of the larger book would take 50 MiB more."""
    peaks = []
    for loans in (3000, 12_000):
        book = small_book(loans)
        for rows in book.rows.values():
            rows.reverse()
        peaks.append(peak_mib(book.write(tmp_path / str(loans)), environment))
    assert peaks[1] - peaks[0] < 20, f"{peaks} MiB"
