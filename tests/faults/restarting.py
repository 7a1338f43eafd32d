"""Servers and workers that are asked to end and started again, one after another, while people send forms."""

import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from tests.databases import Database
from tests.faults.acts import Cast, Kind
from tests.faults.afterwards import faults_left
from tests.faults.clients import Crowd
from tests.faults.killing import finish, world
from tests.faults.processes import PATIENCE, Program
from tests.faults.stopping import alive

_PEOPLE: Final = 4
_STOCK: Final = 4
_HANG: Final = 900
"""Seconds after which somebody says that it does not come to an end; nothing is judged by it."""


@dataclass
class Restarts:
    """``statuses`` are those with which each program ended. ``heard`` are the servers of whose end ``/readyz`` told before it came: of
    those nobody who had been let in may be sent away without an answer.
    """

    statuses: list[int | None] = field(default_factory=list)
    heard: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    faults: Sequence[str] = ()
    seconds: float = 0


def restart_each(
    database: Database,
    folder: Path,
    programs: Sequence[Program],
    *,
    told: Callable[[str], None] = lambda _: None,
) -> Restarts:
    """``programs`` live over a migrated, empty database and ``folder``; each is restarted once."""
    begun, found = monotonic(), Restarts()
    with world(database, folder) as made:
        cast, crowd = Cast(made), Crowd([each.url for each in programs if each.url])
        with alive(programs), crowd.at_it(_PEOPLE), supplied(crowd, cast) as supply:
            for each in programs:
                some_are_answered(crowd, supply)
                _restart(each, crowd, supply, found)
                told(f"{' '.join(each.words)}: status {found.statuses[-1]}")
            some_are_answered(crowd, supply)
            supply.end()
            crowd.settle()
        quiet = finish(database, folder)
        found.acknowledged = Counter(str(act.kind) for act in crowd.done if act.is_acknowledged)
        found.answers = crowd.answers
        found.faults = [*crowd.odd, *faults_left(database, folder, crowd.done, quiet)]
    found.seconds = monotonic() - begun
    return found


class Supply:
    """Keeps forms coming until it is ended; what goes wrong with that is raised where it is asked for."""

    def __init__(self, crowd: Crowd, cast: Cast, pool: ThreadPoolExecutor) -> None:
        self._crowd, self._cast, self._is_over = crowd, cast, threading.Event()
        self._done: Future[None] = pool.submit(self._run)

    def _run(self) -> None:
        while not self._is_over.wait(0.05):
            if self._crowd.waiting.qsize() < _STOCK:
                for act in self._cast.acts(1):
                    self._crowd.ask(act)

    def check(self) -> None:
        if self._done.done():
            self._done.result()

    def end(self) -> None:
        self._is_over.set()
        self._done.result(_HANG)


@contextmanager
def supplied(crowd: Crowd, cast: Cast) -> Iterator[Supply]:
    with ThreadPoolExecutor(1) as pool:
        supply = Supply(crowd, cast, pool)
        try:
            yield supply
        finally:
            supply.end()


def some_are_answered(crowd: Crowd, supply: Supply) -> None:
    """Until as many forms more are answered as there are kinds."""
    before, limit = len(crowd.done), monotonic() + _HANG
    while len(crowd.done) < before + len(Kind):
        supply.check()
        if monotonic() > limit:
            raise RuntimeError(f"nothing is answered any more: {crowd.answers}")
        sleep(0.02)


def _restart(program: Program, crowd: Crowd, supply: Supply, found: Restarts) -> None:
    """As somebody does who goes by ``/readyz``: once it says that it ends, no more are sent there. The others go on meanwhile."""
    program.terminate()
    if program.url:
        found.heard += _is_told(program)
        crowd.away.add(program.url)
    if not program.wait(PATIENCE):
        raise RuntimeError(f"{program.words} does not end, see {program.log}")
    found.statuses.append(program.status)
    some_are_answered(crowd, supply)
    program.start()
    if program.url:
        if not program.wait_until_ready():
            raise RuntimeError(f"{program.words} does not start, see {program.log}")
        crowd.away.discard(program.url)


def _is_told(program: Program) -> bool:
    """Whether ``/readyz`` says that it ends, before it has: on a machine that is busy with other things it may be gone already."""
    while program.is_alive:
        with suppress(urllib.error.URLError, OSError, ValueError):
            try:
                urllib.request.urlopen(f"{program.url}/readyz", timeout=PATIENCE).close()
            except urllib.error.HTTPError as error:
                if json.load(error)["status"] == "ending":
                    return True
        sleep(0.02)
    return False
