"""The portal as it is served: the real server in a process of its own, or the same application in a thread, by a hand clock."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from werkzeug.serving import make_server

from portal import create_app
from portal.clock import Clock
from portal.commands.work import HANDLERS, start_thread
from portal.commands.worker import build_workshop
from portal.config import Config
from tests.clocks import HandClock
from tests.databases import Database
from tests.people import TODAY

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "a secret key for journeys, long enough"
_PATIENCE = 30


@dataclass(frozen=True)
class Server:
    """``let_pass`` makes business time go by: waits on the real server, moves the hands in a thread."""

    url: str
    database: Database
    now: Callable[[], datetime]
    let_pass: Callable[[float], None]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def command(self, *words: str | Path) -> str:
        """What ``portal …`` says on the same database and date."""
        done = subprocess.run(
            [sys.executable, "-m", "portal", *words],
            env={**os.environ, **self.environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"portal {words}: {done.stdout}{done.stderr}"
        return done.stdout


@contextmanager
def served(
    database: Database,
    folder: Path,
    *,
    on: date = TODAY,
    log: IO[bytes] | None = None,
    works: bool = True,
) -> Iterator[Server]:
    """``portal serve`` with its worker where it ``works``, as ``bin/demo`` starts it; it logs where this process does, or to ``log``."""
    port = free_port()
    worker = {"PORTAL_WORKER_THREAD": "1"} if works else {}
    environment = {**_environment(database, folder, on), "PORT": str(port), **worker}
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "serve"],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )
    clock = Clock(ZoneInfo("Asia/Shanghai"), on)
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield Server(f"http://127.0.0.1:{port}", database, clock.now, time.sleep, environment)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def served_by_hand(database: Database, folder: Path) -> Iterator[Server]:
    """The application in a thread, its worker in another; time stands still until a test lets it pass."""
    clock, port = HandClock(), free_port()
    config = Config(
        database_url=database.url,
        secret_key=SECRET_KEY,
        data_dir=folder,
        demo=True,
        secure_cookies=False,
        base_url=f"http://127.0.0.1:{port}",
    )
    app = create_app(config, engine=database.engine, clock=clock)
    worker = start_thread(build_workshop(config, engine=database.engine, clock=clock), HANDLERS)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    environment = _environment(database, folder, clock.today())
    try:
        yield Server(
            config.base_url, database, clock.now, lambda seconds: clock.move_on(seconds=seconds), environment
        )
    finally:
        worker.set()
        server.shutdown()
        thread.join()


def _environment(database: Database, folder: Path, on: date) -> Mapping[str, str]:
    return {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "BUSINESS_DATE": on.isoformat(),
    }


def free_port() -> int:
    """Free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/ready", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the server did not start (exit status {process.returncode})")
