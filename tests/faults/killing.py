"""Servers and workers that are killed while people sign, decide and take back: at random moments and at each named point.

Every process is the real program and dies of SIGKILL with all that it started, again and again, each time started anew. At the end one of
each lives until everything is answered and done, and then the whole is looked at.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from sqlalchemy import update

from benchmarks.serving import served_now
from benchmarks.worlds import World, world_over
from portal.db import make_engine, transaction
from portal.failpoints import Point
from portal.models import Decision, OutboxItem
from portal.services.outbox import has_due
from tests.databases import Database
from tests.faults.acts import Cast
from tests.faults.afterwards import faults_left
from tests.faults.clients import Crowd
from tests.faults.processes import Program, server, worker
from tests.journeys.servers import free_port

AT_SERVERS: Final = (Point.SIGNED, Point.DECIDED, Point.AGREED, Point.COMMITTING, Point.COMMITTED)
AT_WORKERS: Final = (
    Point.CLAIMED,
    Point.SENDING,
    Point.SENT,
    Point.RENDERED,
    Point.KEPT,
    Point.WORKED,
    Point.CHECKPOINT,
    Point.COMMITTING,
    Point.COMMITTED,
)
RANDOM: Final = "at random"
_PEOPLE: Final = 4
_STOCK: Final = 4
"""Forms that wait for somebody to send them, at the least, while processes are killed: few, for their codes last five minutes."""
_LIFE: Final = (0.2, 1.5)
"""Seconds that a process lives which is killed at random."""
_PATIENCE: Final = 8
"""Seconds in which a server that answers has to come by a point; whoever never does is killed all the same, at random."""

_WORKERS_PATIENCE: Final = 30
"""The same for a worker, of whom nobody knows when it has started."""
_LAST_WORKERS: Final = 10
_LAST_PATIENCE: Final = 900


@dataclass
class Tally:
    """What was killed where, what was acknowledged, and what is wrong: nothing is well."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    faults: Sequence[str] = ()
    seconds: float = 0

    @property
    def killed(self) -> int:
        return sum(self.kills.values())


@dataclass
class Mortal:
    """A program and the points where it may die; ``lives`` counts the kills that are left for both kinds together."""

    program: Program
    points: Sequence[str]
    dice: random.Random

    def plan(self) -> Iterator[str]:
        """Each point in turn, and as often at random."""
        for point in cycle(self.points):
            yield point
            yield RANDOM


def kill_at_each_point(
    database: Database,
    folder: Path,
    *,
    kills: int,
    seed: int = 7,
    told: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Kill ``kills`` processes over a migrated, empty database, servers and workers by turns."""
    begun, tally = monotonic(), Tally()
    with world(database, folder) as made:
        cast = Cast(made)
        crowd = Crowd([f"http://127.0.0.1:{free_port()}"])
        mortals = _mortals(database, folder, crowd.urls[0], seed)
        over, lock = threading.Event(), threading.Lock()
        _fill(crowd, cast)
        with crowd.at_it(_PEOPLE):
            threads = [
                threading.Thread(target=_die_again_and_again, args=(each, tally, kills, over, lock, told))
                for each in mortals
            ]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                if crowd.waiting.qsize() < _STOCK:
                    _fill(crowd, cast)
                sleep(0.02)
            for thread in threads:
                thread.join()
            with living(mortals):
                crowd.settle()
        quiet = finish(database, folder)
        tally.acknowledged = Counter(str(act.kind) for act in crowd.done if act.is_acknowledged)
        tally.answers = crowd.answers
        tally.faults = [*crowd.odd, *faults_left(database, folder, crowd.done, quiet)]
    tally.seconds = monotonic() - begun
    return tally


@contextmanager
def world(database: Database, folder: Path) -> Iterator[World]:
    """People are laid out by an application in this process; those that are killed are others."""
    engine = make_engine(database.url)
    try:
        with world_over(Database(database.kind, database.url, engine), folder) as made:
            yield made
    finally:
        engine.dispose()


@contextmanager
def living(mortals: Sequence[Mortal]) -> Iterator[None]:
    """One of each, with nothing wrong about them."""
    for each in mortals:
        each.program.start()
    try:
        yield
    finally:
        for each in mortals:
            each.program.end()


def _mortals(database: Database, folder: Path, url: str, seed: int) -> Sequence[Mortal]:
    port = int(url.rpartition(":")[2])
    return [
        Mortal(server(database, folder, port), AT_SERVERS, random.Random(seed)),
        Mortal(worker(database, folder), AT_WORKERS, random.Random(seed + 1)),
    ]


def _fill(crowd: Crowd, cast: Cast) -> None:
    for act in cast.acts(1):
        crowd.ask(act)


def _die_again_and_again(
    mortal: Mortal,
    tally: Tally,
    kills: int,
    over: threading.Event,
    lock: threading.Lock,
    told: Callable[[str], None],
) -> None:
    for point in mortal.plan():
        if over.is_set():
            return
        died_at = _one_life(mortal, point)
        with lock:
            tally.kills[f"{mortal.program.words[0]} {died_at}"] += 1
            if tally.killed >= kills:
                over.set()
        told(died_at)


def _one_life(mortal: Mortal, point: str) -> str:
    """Where it died."""
    is_random = point == RANDOM
    turn = mortal.dice.randint(1, 6) if point in {Point.COMMITTING, Point.COMMITTED} else 1
    said_before = mortal.program.said
    mortal.program.start(failpoints="" if is_random else f"{point}=kill@{turn}")
    if mortal.program.url:
        mortal.program.wait_until_ready()
    if is_random:
        sleep(mortal.dice.uniform(*_LIFE))
    mortal.program.wait(0 if is_random else _PATIENCE if mortal.program.url else _WORKERS_PATIENCE)
    mortal.program.kill()
    died_there = f"killed at {point}" in mortal.program.said[len(said_before) :]
    return point if died_there else RANDOM


def finish(database: Database, folder: Path) -> datetime:
    """What the dead had in hand is free again, decisions' minutes are over, and a worker does all that is left.

    Gives the moment at which nothing was left; as of the last try where something always is.
    """
    for _ in range(_LAST_WORKERS):
        _let_time_pass(database)
        program = worker(database, folder, "--once")
        program.start()
        if not program.wait(_LAST_PATIENCE):
            program.kill()
            raise RuntimeError(f"the worker does not come to an end, see {program.log}")
        quiet = served_now()
        with transaction(database.engine, writes=False) as session:
            if not has_due(session, now=quiet):
                break
    return quiet


def _let_time_pass(database: Database) -> None:
    ago = served_now() - timedelta(minutes=1)
    with transaction(database.engine) as session:
        session.execute(update(Decision).where(Decision.state == "held").values(goes_out_at=ago))
        is_open = OutboxItem.state == "open"
        session.execute(
            update(OutboxItem).where(is_open, OutboxItem.leased_until.is_not(None)).values(leased_until=ago)
        )
        # What failed for want of a database comes again, and what was decided goes out; what the hour forbids stays where it is.
        kinds = ("agreement:seal", "plan:preview", "decision:dispatch", "sms")
        session.execute(update(OutboxItem).where(is_open, OutboxItem.kind.in_(kinds)).values(due_at=ago))


def described(tally: Tally) -> Mapping[str, str]:
    """For people."""
    return {
        "killed": f"{tally.killed} processes {dict(sorted(tally.kills.items()))}",
        "acknowledged": f"{sum(tally.acknowledged.values())} {dict(sorted(tally.acknowledged.items()))}",
        "answers": f"{dict(sorted(tally.answers.items()))} (0: the line broke, -1: nobody there)",
        "wrong": "; ".join(tally.faults) or "nothing",
        "took": f"{tally.seconds:.0f} s",
    }
