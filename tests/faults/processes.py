"""``portal serve`` and ``portal worker`` as processes that may be killed at any moment and started again at little cost.

Each is forked from a server process of Python's own that has the modules loaded and nothing else: the programs are the real ones, and a
start takes half a second instead of two.
"""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Protocol

from tests.databases import Database
from tests.journeys.servers import SECRET_KEY
from tests.moved_clocks import is_moved, move_as_told, moved_environment
from tests.people import TODAY

PATIENCE: Final = 180
"""Seconds after which somebody says that it does not come to an end; nothing is judged by it."""
_LOADED: Final = (
    "granian.server",
    "portal.adapters.pdf.renderer",
    "portal.adapters.signature_fields",
    "portal.commands.serve",
    "portal.commands.worker",
    "portal.web.borrower",
    "portal.web.demo",
    "portal.web.public",
    "portal.web.review",
)


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([*_LOADED, __name__])
    return context


class Started(Protocol):
    """A process, as ``multiprocessing`` has them."""

    @property
    def pid(self) -> int | None: ...

    @property
    def exitcode(self) -> int | None: ...

    def is_alive(self) -> bool: ...

    def join(self, timeout: float | None = None) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Program:
    """One command of ours over a database; ``log`` keeps what it says, and ``url`` where it serves."""

    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    url: str = ""
    _process: Started | None = field(default=None, init=False)

    def start(self, *, failpoints: str = "") -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._started({**self.environment, "PORTAL_FAILPOINTS": failpoints})

    def _started(self, environment: Mapping[str, str]) -> Started:
        process = _context().Process(
            target=_run, args=(tuple(self.words), environment, str(self.log)), daemon=False
        )
        process.start()
        return process

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        assert self._process is not None
        self._process.join(max(0.0, seconds))
        return not self._process.is_alive()

    @property
    def said(self) -> str:
        """All that it and those before it wrote."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def status(self) -> int | None:
        """As it ended: below 0 where a signal ended it."""
        return None if self._process is None else self._process.exitcode

    def kill(self) -> None:
        """It and all that it started, without a word."""
        assert self._process is not None
        self._send(signal.SIGKILL)
        self._process.kill()
        self.wait(PATIENCE)

    def terminate(self) -> None:
        """As a service manager asks it to end: SIGTERM to the first process alone."""
        assert self._process is not None
        self._process.terminate()

    def end(self) -> None:
        """Asked first, and killed where it does not end."""
        if self.is_alive:
            self.terminate()
            self.wait(PATIENCE)
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self._process is not None and self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def wait_until_ready(self) -> bool:
        """Whether it answered before it ended."""
        limit = monotonic() + PATIENCE
        while monotonic() < limit and self.is_alive:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
            except (urllib.error.URLError, OSError):
                sleep(0.02)
            else:
                return True
        return False


def server(database: Database, folder: Path, port: int, **settings: str) -> Program:
    return Program(
        ("serve", "--port", str(port)),
        {**_environment(database, folder), **settings},
        folder / f"server-{port}.log",
        f"http://127.0.0.1:{port}",
    )


def worker(database: Database, folder: Path, *words: str, **settings: str) -> Program:
    return Program(("worker", *words), {**_environment(database, folder), **settings}, folder / "worker.log")


def command(database: Database, folder: Path, *words: str) -> Program:
    """Any other, which ends by itself."""
    return Program(words, _environment(database, folder), folder / f"{words[0]}.log")


def _environment(database: Database, folder: Path) -> Mapping[str, str]:
    """As ``tests.journeys.servers`` has them, with a checkpoint each second; where clocks were moved, on no fixed date."""
    return {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_WORKER_THREAD": "0",
        "PORTAL_CHECKPOINT_SECONDS": "1",
        **(moved_environment() if is_moved() else {"BUSINESS_DATE": TODAY.isoformat()}),
    }


def _run(words: Sequence[str], environment: Mapping[str, str], log: str) -> None:
    """In the new process, which leads a group of its own so that it can be killed with all that it starts."""
    os.setsid()
    os.environ.update(environment)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, standard in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(mine, standard)
    sys.argv = ["portal", *words]
    move_as_told()
    from portal.commands import main  # noqa: PLC0415 - after the environment is set

    main()
