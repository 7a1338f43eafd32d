"""The real server, over ours and over a reference: the same program with the same number of processes and threads."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.references.served import Served
from benchmarks.worlds import World
from portal.clock import Clock
from tests.journeys.servers import ROOT, Server, free_port, served
from tests.moved_clocks import is_moved
from tests.people import TODAY

_PATIENCE: Final = 30
_THREADS: Final = "4"
"""As ``portal serve`` takes."""


def served_now() -> datetime:
    """What time the server has: a real one, on the cast's day; where clocks were moved, the moved one."""
    return Clock(ZoneInfo("Asia/Shanghai"), None if is_moved() else TODAY).now()


@contextmanager
def served_world(world: World) -> Iterator[Server]:
    """``portal serve`` over the world's database; what it says is kept in the world's folder."""
    with (
        (world.folder / "server.log").open("wb") as log,
        served(world.database, world.folder, log=log) as server,
    ):
        yield server


@contextmanager
def served_reference(reference: Served, folder: Path) -> Iterator[str]:
    """Its address."""
    file, port = folder / "reference.pickle", free_port()
    reference.keep(file)
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", _THREADS, "--log-level", "warning", "benchmarks.references.wsgi:app",
        ],
        env={**os.environ, "REFERENCE": str(file)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/nowhere", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the reference did not start (exit status {process.returncode})")
