"""A server that is asked to end says so first, and goes on answering; then it is gone."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database
from tests.journeys.servers import ROOT, SECRET_KEY, free_port
from tests.people import TODAY

_PATIENCE = 60
_DRAINS = 15
"""Seconds in which, on a busy machine, a page has to be asked for and answered."""


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_port()
    environment = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": sqlite_database.url,
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_DRAIN_SECONDS": str(_DRAINS),
        "BUSINESS_DATE": TODAY.isoformat(),
        "PORT": str(port),
    }
    program = [sys.executable, "-m", "portal", "serve"]
    process = subprocess.Popen(
        program,
        env={**os.environ, **environment},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield f"http://127.0.0.1:{port}", process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def asked(url: str) -> tuple[int, str]:
    """0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(url: str, status: int) -> str:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit:
        found, said = asked(url)
        if found == status:
            return said
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered {status}")


def test_it_says_that_it_ends_and_answers_until_then(
    address: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    url, process = address
    until(f"{url}/healthz", 200)
    assert "ending" not in asked(f"{url}/readyz")[1]
    assert asked(f"{url}/sign-in")[0] == 200
    process.terminate()
    assert "ending" in until(f"{url}/readyz", 503)
    assert asked(f"{url}/sign-in")[0] == 200
    assert process.wait(_PATIENCE) == 0
    assert asked(f"{url}/healthz")[0] == 0


def test_asked_twice_it_ends_at_once(address: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, process = address
    until(f"{url}/healthz", 200)
    process.terminate()
    until(f"{url}/readyz", 503)
    process.terminate()
    assert process.wait(_PATIENCE) == 0


def test_ctrl_c_is_the_same_though_a_terminal_tells_all_processes(
    address: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    url, process = address
    until(f"{url}/sign-in", 200)
    os.killpg(process.pid, signal.SIGINT)
    assert "ending" in until(f"{url}/readyz", 503)
    assert asked(f"{url}/sign-in")[0] == 200
    assert process.wait(_PATIENCE) == 0


def test_a_second_ctrl_c_ends_it_on_the_spot(address: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, process = address
    until(f"{url}/healthz", 200)
    os.killpg(process.pid, signal.SIGINT)
    until(f"{url}/readyz", 503)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(_PATIENCE) == 128 + signal.SIGINT
    assert asked(f"{url}/healthz")[0] == 0


def test_asked_while_it_loads_it_ends(address: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, process = address
    time.sleep(1)
    process.terminate()
    process.wait(_PATIENCE)
    assert asked(f"{url}/healthz")[0] == 0
