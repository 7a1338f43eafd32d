"""So many ``portal serve`` and so many ``portal worker`` over one PostgreSQL, as one machine runs them."""

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import psycopg
from sqlalchemy import func, select

from benchmarks.serving import served_now
from portal.db import transaction
from portal.models import OutboxItem
from portal.services.outbox import has_due
from tests.databases import Database
from tests.journeys.servers import ROOT, SECRET_KEY, free_port
from tests.people import TODAY

_PATIENCE: Final = 60
_WORK_PATIENCE: Final = 240
_LOOKS: Final = 0.05


@dataclass(slots=True)
class Fleet:
    """``urls`` of the servers; ``processes``: theirs, then the workers'; ``most_connections`` is the most that the database had open at
    once, others' included.
    """

    urls: Sequence[str]
    processes: "Sequence[subprocess.Popen[bytes]]"
    most_connections: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def fleet(database: Database, folder: Path, *, servers: int, workers: int) -> Iterator[Fleet]:
    """Started, answering, and stopped at the end; what they say is kept in the folder. Raises ``RuntimeError`` where one ends early."""
    environment = {
        **os.environ,
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_WORKER_THREAD": "0",
        "BUSINESS_DATE": TODAY.isoformat(),
    }
    ports = [free_port() for _ in range(servers)]
    words = [["serve", "--port", str(port)] for port in ports] + [["worker"]] * workers
    with ExitStack() as stack:
        log = stack.enter_context((folder / "fleet.log").open("ab"))
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "portal", *each],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
            for each in words
        ]
        stack.callback(_end, started)
        made = Fleet([f"http://127.0.0.1:{port}" for port in ports], started)
        for url, process in zip(made.urls, started, strict=False):
            _wait_for(url, process)
        watching = threading.Thread(target=_watch, args=(made, database.url), daemon=True)
        watching.start()
        try:
            yield made
        finally:
            made.stop.set()
            watching.join()
        if ended := [process.poll() for process in started if process.poll() is not None]:
            raise RuntimeError(f"a process ended while it was needed: {ended}, see {folder / 'fleet.log'}")


def wait_until_empty(database: Database) -> None:
    """Until workers hold nothing and nothing is due. Raises ``RuntimeError`` after four minutes."""
    limit = monotonic() + _WORK_PATIENCE
    while monotonic() < limit:
        with transaction(database.engine, writes=False) as session:
            leased = session.scalar(
                select(func.count())
                .select_from(OutboxItem)
                .where(OutboxItem.state == "open", OutboxItem.leased_until > served_now())
            )
            if not leased and not has_due(session, now=served_now()):
                return
        sleep(0.1)
    raise RuntimeError("the workers do not come to an end")


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    limit = monotonic() + _PATIENCE
    while monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/ready", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            sleep(_LOOKS)
        else:
            return
    raise RuntimeError(f"a server did not start (exit status {process.poll()})")


def _watch(made: Fleet, url: str) -> None:
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while not made.stop.wait(_LOOKS):
            row = connection.execute(asked).fetchone()
            made.most_connections = max(made.most_connections, row[0] if row else 0)


def _end(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
