"""docs/operations.md followed, and everything restarted under load: ``python -m benchmarks.restarts >> docs/drills.md``.

PostgreSQL, three web processes and three workers by the commands of its part "Three pages, three workers, PostgreSQL", with its two
accounts of the database and the settings of ``deploy/systemd/portal.env.example``, and ``PORTAL_DEMO`` with a date, so that the forms of a
story can be sent. ``--from-one-account`` begins with an installation that has one, and follows the part "Two accounts of the database". The
steps that make users of the machine and hand things to systemd are left out; what ``portal doctor`` finds is printed and changes no status.
Prints a log in Markdown. Status 1 where something that was acknowledged is lost, or a program did not end as it should.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import psycopg

from portal.adapters.logs import configure_logs
from portal.db import make_engine
from tests.databases import Database
from tests.faults.processes import Program, Started
from tests.faults.restarting import Restarts, restart_each
from tests.journeys.servers import ROOT, SECRET_KEY, free_port
from tests.people import TODAY
from tests.postgresql_server import DURABLE, running_server

_THREE: Final = 3
_PAGES, _OWNER, _DATABASE, _AGENCY = "portal_pages", "portal_owner", "portal", "portal_agency"
"""The superuser of the tests' server has the name that the pages' account has in the manual."""
_HANDED_OVER: Final = (
    f"ALTER DATABASE {_DATABASE} OWNER TO {_OWNER}",
    f"ALTER SCHEMA public OWNER TO {_OWNER}",
    f"REASSIGN OWNED BY {_PAGES} TO {_OWNER}",
)
"""What the manual has a superuser say where there was one account."""
_EXAMPLE: Final = ROOT / "deploy/systemd/portal.env.example"
_STORY: Final = {
    "PORTAL_DEMO": "1",
    "BUSINESS_DATE": TODAY.isoformat(),
}
"""Beside the example's: people and plans are of one day, and nobody ends TLS here."""


@dataclass
class Command(Program):
    """``bin/portal …``, as a service manager starts it: with the settings of its file alone."""

    def _started(self, environment: Mapping[str, str]) -> Started:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [ROOT / "bin/portal", *self.words],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return _Process(process)


class _Process:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def join(self, timeout: float | None = None) -> None:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@dataclass
class Installed:
    """``said`` is what each command of the installing said last, ``doctor`` the same at the end with its status."""

    said: dict[str, str]
    doctor: str
    restarts: Restarts


@click.command()
@click.option("--from-one-account", is_flag=True, help="Begin with one account of the database.")
def main(*, from_one_account: bool) -> None:
    """Install, load, restart each of three web processes and three workers, and look at everything."""
    configure_logs()
    with running_server(DURABLE) as server, TemporaryDirectory() as folder:
        found = _installed(server, Path(folder) / "portal", from_one_account=from_one_account)
    click.echo(_log(found, from_one_account=from_one_account))
    sys.exit(bool(found.restarts.faults or any(found.restarts.statuses)))


def _installed(server: str, folder: Path, *, from_one_account: bool) -> Installed:
    home = server.rpartition("host=")[2]
    folder.mkdir(mode=0o750)
    settings = _settings(home, folder)
    _make_data_keys(settings)
    said = _with_two_accounts(server, settings, from_one_account=from_one_account)
    # People and forms are laid out from outside: what they need is not what pages need.
    outside = server.replace("/postgres?", f"/{_DATABASE}?")
    engine = make_engine(outside)
    database = Database("postgresql", outside, engine)
    servers = [_command(settings, folder, place, "serve", free_port()) for place in range(_THREE)]
    workers = [_command(settings, folder, place, "worker") for place in range(_THREE)]
    doctors: list[str] = []

    def told(what: str) -> None:
        click.echo(what, err=True)
        if len(doctors) < 1:
            doctors.append(_run(["doctor"], {**settings, "LC_ALL": "en_US.UTF-8"}, may_fail=True))

    restarts = restart_each(database, folder, [*servers, *workers], told=told)
    engine.dispose()
    return Installed(said, doctors[0], restarts)


def _with_two_accounts(server: str, settings: Mapping[str, str], *, from_one_account: bool) -> dict[str, str]:
    """A migrated, empty database with both keys, as the manual makes it; what each command said."""
    first = _PAGES if from_one_account else _OWNER
    _say(server, f"CREATE ROLE {_PAGES} LOGIN", f"CREATE ROLE {_OWNER} LOGIN")
    _say(server, f"CREATE DATABASE {_DATABASE} OWNER {first} ENCODING 'UTF8' TEMPLATE template0")
    owners = {**settings, "PORTAL_DATABASE_URL": settings["PORTAL_DATABASE_URL"].replace(_PAGES, _OWNER)}
    said = {}
    if from_one_account:
        said["migrate"] = _run(["migrate"], settings)
        _say(server.replace("/postgres?", f"/{_DATABASE}?"), *_HANDED_OVER)
    _say(server, f"CREATE ROLE {_AGENCY} NOLOGIN", f"GRANT {_AGENCY} TO {_PAGES}")
    said["migrate --grant-to"] = _run(["migrate", "--grant-to", _PAGES], owners)
    for each in (["record", "create-key"], ["seal", "create-key", settings["PORTAL_SEAL_KEY"]]):
        said[" ".join(each[:2])] = _run(each, settings)
    return said


def _say(address: str, *lines: str) -> None:
    """As the server's superuser, a transaction each."""
    with psycopg.connect(address, autocommit=True) as connection:
        for line in lines:
            connection.execute(line.encode())


def _settings(home: str, folder: Path) -> dict[str, str]:
    """The example filled in."""
    lines = [line for line in _EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    example = dict(line.split("=", 1) for line in lines)
    filled = {
        "PORTAL_DATABASE_URL": example["PORTAL_DATABASE_URL"]
        .replace("//portal@", f"//{_PAGES}@")
        .replace("/run/postgresql", home),
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_SEAL_KEY": str(folder / "seal.pem"),
    }
    assert filled.keys() <= example.keys()
    filled["PORTAL_DATA_KEYS"] = str(folder.parent / "data.keys")
    around = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**around, **example, **filled, **_STORY}


def _make_data_keys(settings: Mapping[str, str]) -> None:
    """As the part "Data keys" has it; whoever lays people out here seals them under the same ones."""
    file = Path(settings["PORTAL_DATA_KEYS"])
    file.touch(mode=0o600)
    without = {name: value for name, value in settings.items() if name != "PORTAL_DATA_KEYS"}
    lines = [_run(["keys", "new", name], without).splitlines()[-1] for name in ("drill", "index:drill")]
    file.write_text("\n".join(lines) + "\n")
    os.environ["PORTAL_DATA_KEYS"] = str(file)


def _command(
    settings: Mapping[str, str], folder: Path, place: int, name: str, port: int | None = None
) -> Command:
    """As the unit of its kind in ``deploy/systemd`` starts it."""
    metrics = folder.parent / f"run-{name}-{place}"
    metrics.mkdir(mode=0o700)
    where = () if port is None else ("--host", "127.0.0.1", "--port", str(port))
    url = "" if port is None else f"http://127.0.0.1:{port}"
    own = {**settings, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    return Command((name, *where), own, folder.parent / f"{name}-{place}.log", url)


def _run(words: Sequence[str], settings: Mapping[str, str], *, may_fail: bool = False) -> str:
    done = subprocess.run(
        [ROOT / "bin/portal", *words],
        env=dict(settings),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not may_fail:
        raise RuntimeError(f"portal {words}: {done.stdout}{done.stderr}")
    return f"status {done.returncode}\n{done.stdout}{done.stderr}".strip()


def _log(found: Installed, *, from_one_account: bool) -> str:
    restarts = found.restarts
    option, before = (
        (" --from-one-account", ", which owned them all before") if from_one_account else ("", "")
    )
    under = f"pages and workers under an account that owns no table{before}"
    doctor = " ".join(line.strip() for line in found.doctor.splitlines())
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, docs/operations.md followed: three web processes, three workers, PostgreSQL",
        f"- By `python -m benchmarks.restarts{option}`: {under}.",
        f"- Each restarted once by SIGTERM while four people sent forms; they ended with {restarts.statuses}.",
        f"- Servers that said so at `/readyz` before: {restarts.heard}.",
        f"- Acknowledged: {sum(restarts.acknowledged.values())} {dict(sorted(restarts.acknowledged.items()))}.",
        f"- Answers: {dict(sorted(restarts.answers.items()))} (0: the line broke, -1: nobody there).",
        f"- Wrong: {'; '.join(restarts.faults) or 'nothing'}.",
        f"- `portal doctor` after the first restart: {doctor}.",
        f"- All of it took {restarts.seconds:.0f} s.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
