"""The day's run over 1,000,000 late loans on PostgreSQL, beside one bare UPDATE of as many rows of the same shape and one bare INSERT of
the events, stages and messages that the day made (W8). Day after day, so that each has its own moves.
What is compared is processor time, ours and the server's together; seconds on the clock stand beside it. Then the same day once more, and
borrowers' first pages while a day goes over their loans.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import psycopg
import structlog
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, text

from benchmarks.day_pages import pages_meanwhile
from benchmarks.late_book import fill
from benchmarks.results import Promise, Result, compared
from portal.clock import Clock
from portal.commands.day_run import DayRunner
from portal.db import make_engine, migrate
from tests.databases import Database
from tests.postgresql_server import DURABLE, running_server

MANY, QUICK_MANY = 1_000_000, 50_000
DAYS, QUICK_DAYS = 4, 4
FIRST: Final = date(2026, 11, 2)
DAY: Final = Promise(1.5, 6)
MOST_AGAIN: Final = 1.0
PAGE_ROUNDS: Final = 3
ALONE: Final = {**DURABLE, "max_parallel_workers_per_gather": "0"}
"""Processor time of a query's helpers is in no process that is still there when one asks."""
MADE: Final = ("event", "loan_stage", "outbox")
"""Tables that a day adds to."""
_BARE_UPDATE: Final = """
UPDATE bare_standing SET counted_on = :on, days_past_due = days_past_due + 1, delinquent_days = delinquent_days + 1,
    delinquent_days_before = delinquent_days, penalty_minor = penalty_minor + 3, bucket_before = bucket
WHERE overdue_minor > 0"""


_DAILY_FIGURES: Final = """
ALTER TABLE bare_standing ADD days_past_due integer NOT NULL DEFAULT 0, ADD penalty_minor bigint NOT NULL DEFAULT 0"""
"""What is another each day, and follows from dates with us."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor time, of this process and the server's, and seconds on the clock."""

    cpu: float
    wall: float

    def __add__(self, other: "Took") -> "Took":
        return Took(self.cpu + other.cpu, self.wall + other.wall)


def measure(quick: bool) -> Sequence[Result]:  # noqa: FBT001
    """Processor seconds a day."""
    loans, days = (QUICK_MANY, QUICK_DAYS) if quick else (MANY, DAYS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with running_server(ALONE) as server, _database(server) as database:
        begun = time.perf_counter()
        fill(database, loans, on=FIRST)
        _say(f"{loans:,} loans made in {time.perf_counter() - begun:.0f} s")
        _prepare(database)
        pairs = [_round(database, FIRST + timedelta(days=ahead)) for ahead in range(1, days + 1)]
        last = FIRST + timedelta(days=days)
        again = [_run(database, last) for _ in pairs[1:]]
        pages = pages_meanwhile(database, last, rounds=PAGE_ROUNDS)
    return [_result(loans, pairs[1:]), _again(again), pages]


def _result(loans: int, pairs: Sequence[tuple[Took, Took]]) -> Result:
    cpu = [(ours.cpu, bare.cpu) for ours, bare in pairs]
    ours, bare = (median(took.wall for took in each) for each in zip(*pairs, strict=True))
    more = f"on the clock {ours:.1f} s beside {bare:.1f} s, {loans / ours:,.0f} loans a second"
    return compared(f"day of {loans:,} late loans", cpu, unit="s", more=more, promise=DAY)


def _again(again: Sequence[Took]) -> Result:
    """Beside the second that it may take."""
    took = [(each.wall, MOST_AGAIN) for each in again]
    return compared("the same day again", took, unit="s", promise=Promise(1, 1))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _run(database: Database, on: date) -> Took:
    runner = DayRunner(database.engine, Clock(ZoneInfo("Asia/Shanghai"), on))
    return _timed(database, lambda: runner.run(on))


def _timed(database: Database, do: Callable[[], object]) -> Took:
    cpu, begun = _cpu(database), time.perf_counter()
    do()
    wall = time.perf_counter() - begun
    return Took(_cpu(database) - cpu, wall)


def _cpu(database: Database) -> float:
    """Of this process and of every connection's process at the server; they stay open from one day to the next."""
    with _autocommit(database) as connection:
        pids = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        ).all()
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _round(database: Database, on: date) -> tuple[Took, Took]:
    """A day, and the bare statements over as many rows; both tables are tidied in between, as a server does by itself."""
    before = _newest(database)
    ours = _run(database, on)
    with _autocommit(database) as connection:
        bare = _timed(database, lambda: connection.execute(text(_BARE_UPDATE), {"on": on}))
        for table in MADE:
            bare += _inserted(database, connection, table, before[table])
        for table in ("loan_standing", "bare_standing"):
            connection.execute(text(f"VACUUM {table}"))
    _say(
        f"{on}: {ours.cpu:.2f} s of processor time in {ours.wall:.2f} s, bare {bare.cpu:.2f} s in {bare.wall:.2f} s"
    )
    return ours, bare


def _inserted(database: Database, connection: Connection, table: str, after: int) -> Took:
    return _timed(
        database,
        lambda: connection.execute(
            text(f"INSERT INTO bare_{table} SELECT * FROM {table} WHERE id > :after"), {"after": after}
        ),
    )


def _newest(database: Database) -> dict[str, int]:
    with _autocommit(database) as connection:
        return {
            table: connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table}")) or 0 for table in MADE
        }


def _prepare(database: Database) -> None:
    """Tables of the same shape, with the same indexes and as full."""
    with _autocommit(database) as connection:
        for table in ("standing", *MADE):
            source = "loan_standing" if table == "standing" else table
            connection.execute(text(f"CREATE TABLE bare_{table} (LIKE {source} INCLUDING ALL)"))
        connection.execute(text("ALTER TABLE bare_standing SET (fillfactor = 45)"))
        connection.execute(text(_DAILY_FIGURES))
        connection.execute(text("INSERT INTO bare_standing SELECT *, delinquent_days FROM loan_standing"))
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _autocommit(database: Database) -> Iterator[Connection]:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def _database(server: str) -> Iterator[Database]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier("day")))
    url = server.replace("/postgres?", "/day?", 1)
    migrate(url)
    engine = make_engine(url)
    yield Database("postgresql", url, engine)
    engine.dispose()
