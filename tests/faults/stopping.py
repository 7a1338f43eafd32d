"""PostgreSQL stopped hard under load and started again, and connections cut: what people see meanwhile, and how soon it is over."""

import random
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import psycopg

from benchmarks.databases import made_on
from portal.db import make_engine, migrate
from tests.databases import Database
from tests.faults.acts import Cast
from tests.faults.afterwards import faults_left
from tests.faults.clients import CALM, Crowd
from tests.faults.killing import finish, world
from tests.faults.processes import Program, server, worker
from tests.journeys.servers import free_port
from tests.postgresql_server import StoppableServer

_PATIENCE: Final = 120
_PEOPLE: Final = 4
_PAGES: Final = ("/", "/sign-in", "/desk", "/readyz", "/check")
_CUTS_FOR_A_STOP: Final = 5
_CUT: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass
class Stops:
    """``recoveries`` are the seconds from the moment the database took connections again until the portal was ready."""

    recoveries: list[float] = field(default_factory=list)
    cuts: int = 0
    pages: Counter[int] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    acknowledged: int = 0
    faults: Sequence[str] = ()


def stop_again_and_again(
    database_server: StoppableServer,
    folder: Path,
    *,
    stops: int,
    seed: int = 7,
    told: Callable[[str], None] = lambda _: None,
) -> Stops:
    """The database is made and migrated here; one server and one worker of ours live all the while."""
    dice, found = random.Random(seed), Stops()
    url = made_on(database_server.address, "stopped")
    migrate(url)
    engine = make_engine(url)
    database = Database("postgresql", url, engine)
    with world(database, folder) as made:
        cast, crowd, looks = Cast(made), Crowd([f"http://127.0.0.1:{free_port()}"]), Looks()
        programs = [server(database, folder, int(crowd.urls[0].rpartition(":")[2])), worker(database, folder)]
        with alive(programs), crowd.at_it(_PEOPLE), looks.at(crowd.urls[0]):
            for number in range(stops):
                for act in cast.acts(2):
                    crowd.ask(act)
                for _ in range(_CUTS_FOR_A_STOP):
                    sleep(dice.uniform(0.05, 0.2))
                    found.cuts += _cut(url)
                sleep(dice.uniform(0.1, 0.5))
                seen = looks.pages[503]
                database_server.stop_hard()
                looks.wait_for_another(503, seen)
                sleep(dice.uniform(0.2, 0.6))
                database_server.start()
                found.recoveries.append(_until_ready(crowd.urls[0]))
                told(f"{number + 1}: {found.recoveries[-1]:.2f} s")
            crowd.settle()
        quiet = finish(database, folder)
        found.pages, found.answers = looks.pages, crowd.answers
        found.acknowledged = sum(act.is_acknowledged for act in crowd.done)
        found.faults = [*looks.odd, *crowd.odd, *faults_left(database, folder, crowd.done, quiet)]
    engine.dispose()
    return found


@dataclass
class Looks:
    """Somebody who only reads, all the while: each page is a page, or says calmly to come again."""

    pages: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at(self, url: str) -> "Iterator[Looks]":
        thread = threading.Thread(target=self._look, args=(url,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(_PATIENCE)

    def wait_for_another(self, status: int, seen: int) -> None:
        """Than so many; where it never comes, that is odd."""
        limit = monotonic() + _PATIENCE
        while self.pages[status] <= seen:
            if monotonic() > limit:
                self.odd.append(f"nobody met a {status}")
                return
            sleep(0.02)

    def _look(self, url: str) -> None:
        while not self._over.wait(0.02):
            for path in _PAGES:
                self._open(url + path)

    def _open(self, address: str) -> None:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                status, page = answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            status, page = error.code, error.read().decode(errors="replace")
        except OSError as error:
            self.odd.append(f"{address}: {error}")
            return
        self.pages[status] += 1
        if status not in {200, 503} or (status == 503 and CALM not in page) or "Traceback" in page:
            self.odd.append(f"{address}: {status}")


@contextmanager
def alive(programs: Sequence[Program], *, failpoints: str = "") -> Iterator[None]:
    """Started, and still there at the end."""
    for each in programs:
        each.start(failpoints=failpoints)
    try:
        for each in programs:
            if each.url and not each.wait_until_ready():
                raise RuntimeError(f"{each.words} did not start, see {each.log}")
        yield
        if ended := [each.words for each in programs if not each.is_alive]:
            raise RuntimeError(
                f"ended while it was needed: {ended}, status {[each.status for each in programs]}"
            )
    finally:
        for each in programs:
            each.end()


def _cut(url: str) -> int:
    """Every connection but this one; how many there were."""
    with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_CUT).fetchone()
        return int(row[0]) if row else 0
    return 0


def _until_ready(url: str) -> float:
    begun = monotonic()
    while monotonic() - begun < _PATIENCE:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=10).close()
        except OSError:
            sleep(0.02)
        else:
            break
    return monotonic() - begun
