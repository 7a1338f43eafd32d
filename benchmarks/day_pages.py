"""Borrowers' first pages at the real server while ``portal day`` goes over the same database, beside the same pages at other times."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from benchmarks.load import Answered, Request, ask_all
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import percentile
from benchmarks.worlds import World, world_over
from portal.clock import Clock
from portal.db import transaction
from portal.models import Borrower
from tests.databases import Database
from tests.journeys.servers import ROOT, Server, served

PEOPLE: Final = 200
MEANWHILE: Final = Promise(2, 2)
_SHARE: Final = 0.99
_CLIENTS: Final = 1
"""More of them would fill this machine's processors by themselves, and measure how many there are."""


def pages_meanwhile(database: Database, last: date, *, rounds: int) -> Result:
    """The ninety-ninth percentile of a page, milliseconds, while the days after ``last`` are run one by one, and idle for as long."""
    with TemporaryDirectory(prefix="bench-") as folder, world_over(database, Path(folder)) as made:
        pages = _pages(made, last)
        log = Path(folder) / "server.log"
        with log.open("wb") as file, served(database, Path(folder), on=last, log=file, works=False) as server:
            ask_all(server.url, pages, clients=_CLIENTS)
            pairs = [_round(server, pages, last + timedelta(days=ahead)) for ahead in range(1, rounds + 1)]
    slow = [(during.milliseconds(_SHARE), idle.milliseconds(_SHARE)) for during, idle in pairs]
    return compared(
        "a first page while a day is run, p99", slow, unit="ms", more=_said(pairs), promise=MEANWHILE
    )


def _said(pairs: Sequence[tuple[Answered, Answered]]) -> str:
    during, idle = (
        [took * 1000 for answered in each for took in answered.took] for each in zip(*pairs, strict=True)
    )
    return (
        f"of all rounds: {len(during)} pages, p50 {percentile(during, 0.5):.1f} and p99 {percentile(during, _SHARE):.1f} ms, beside"
        f" {len(idle)} idle, {percentile(idle, 0.5):.1f} and {percentile(idle, _SHARE):.1f} ms"
    )


def _pages(made: World, on: date) -> Sequence[Request]:
    """Of people from all over the book, each signed in."""
    now = Clock(ZoneInfo("Asia/Shanghai"), on).now()
    with transaction(made.database.engine, writes=False) as session:
        ids = session.scalars(select(Borrower.id).order_by(Borrower.id)).all()
    some = ids[:: max(1, len(ids) // PEOPLE)][:PEOPLE]
    return [Request("/", made.browser("borrower", person, now=now).cookie) for person in some]


def _round(server: Server, pages: Sequence[Request], on: date) -> tuple[Answered, Answered]:
    """While the day of ``on`` is run, and for as long without it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "day"],
        env={**os.environ, **server.environment, "BUSINESS_DATE": on.isoformat()},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    during = ask_all(server.url, _while(pages, lambda: process.poll() is None), clients=_CLIENTS)
    if process.wait() != 0:
        raise RuntimeError(f"the day of {on} ended with exit status {process.returncode}")
    until = time.perf_counter() + during.wall
    idle = ask_all(server.url, _while(pages, lambda: time.perf_counter() < until), clients=_CLIENTS)
    return during, idle


def _while(pages: Sequence[Request], is_on: Callable[[], bool]) -> Iterator[Request]:
    for page in cycle(pages):
        if not is_on():
            return
        yield page
