"""Ten approvers and many cases, against the server as it is served: paused, cut off, killed, with leases that run out.

``python -m benchmarks.desk_day [--cases 1000] [--database sqlite] [--database postgresql]`` prints a table and ends with status 1 where
anything is wrong.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import click

from tests.databases import Database, PostgresqlTemplate, SqliteTemplate
from tests.desk_day import (
    APPROVERS,
    AtTheDesk,
    Day,
    faults,
    figures,
    go_out,
    lay_out,
    passed_over,
    promised_times,
    waiting,
)
from tests.desk_server import HANDS, FileClock
from tests.journeys.servers import ROOT, SECRET_KEY
from tests.postgresql_server import running_server

PROGRAM = """
import sys
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
Granian(target="tests.desk_server:app", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI,
        workers=int(sys.argv[2]), blocking_threads=4, log_level=LogLevels.error).serve()
"""
TICK = 0.5
"""Seconds of the machine, in which the hand clock goes on by ``A_TICK`` minutes."""
A_TICK = 0.5
A_LEASE = 16.0
"""Minutes after which what lies about is anybody's again."""
OLDEST = 7200.0
"""Seconds after which the day is given up."""


class Served:
    """The server in processes of its own, killed as a whole and started anew."""

    def __init__(self, database: Database, folder: Path, hands: Path) -> None:
        self.port = _free_port()
        self._workers = "1" if database.kind == "sqlite" else "2"
        self._environment = {
            **os.environ,
            "PORTAL_DATABASE_URL": database.url,
            "PORTAL_DATA_DIR": str(folder),
            "PORTAL_SECRET_KEY": SECRET_KEY,
            HANDS: str(hands),
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.port), self._workers],
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        """Until it answers: a server that is killed before it has begun tells nothing."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
                return
            time.sleep(0.1)
        raise TimeoutError("the server does not start")

    def kill(self) -> None:
        """In the middle of whatever it does."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@click.command()
@click.option("--cases", default=1000, show_default=True)
@click.option("--own-tries", default=1000, show_default=True, help="Tries to decide one's own, in all.")
@click.option(
    "--kill-every", default=20.0, show_default=True, help="Seconds between two kills of the server."
)
@click.option(
    "--lease-every", default=15.0, show_default=True, help="Seconds between two jumps past a lease."
)
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "postgresql"]))
def main(cases: int, own_tries: int, kill_every: float, lease_every: float, kinds: Sequence[str]) -> None:
    """A day at the desk on each database."""
    wrong = False
    for kind in kinds or ("sqlite", "postgresql"):
        with TemporaryDirectory(prefix="desk-") as name, _database(kind, Path(name)) as database:
            wrong |= _day(database, Path(name), cases, own_tries, kill_every, lease_every)
    sys.exit(int(wrong))


def _day(
    database: Database, folder: Path, cases: int, own_tries: int, kill_every: float, lease_every: float
) -> bool:
    hands = folder / "hands"
    _move(hands, 2)
    clock = FileClock(ZoneInfo("Asia/Shanghai"), file=hands)
    people = lay_out(database.engine, cases)
    promised = promised_times(database.engine)
    served = Served(database, folder, hands)
    day = Day(database.engine, served.port, clock.now, own_tries=-(-own_tries // APPROVERS))
    desks = [AtTheDesk(day, staff_id, own) for staff_id, own in people]
    began = time.monotonic()
    for desk in desks:
        desk.start()
    kills, jumps = _let_pass(day, desks, served, hands, kill_every, lease_every)
    took = time.monotonic() - began
    served.kill()
    _move(hands, float(hands.read_text()) + 2)
    go_out(day)
    passed = passed_over(database.engine, promised)
    starved = [f"{name} passed over {times} times" for name, times in passed.items() if times > 2 * APPROVERS]
    found = [*faults(database.engine, cases), *_untried(day, own_tries), *starved]
    how = figures(database.engine)
    how.update({"kills": kills, "jumps": jumps, "seconds": round(took), "cases": cases})
    how.update({"passed over": passed.total(), "most passed over": max(passed.values(), default=0)})
    _print(database.kind, day, how, found)
    return bool(found)


def _let_pass(
    day: Day,
    desks: Sequence[threading.Thread],
    served: Served,
    hands: Path,
    kill_every: float,
    lease_every: float,
) -> tuple[int, int]:
    kills = jumps = 0
    began = time.monotonic()
    next_kill, next_jump = began + kill_every, began + lease_every
    while any(desk.is_alive() for desk in desks) and time.monotonic() - began < OLDEST:
        time.sleep(TICK)
        minutes = A_TICK
        if time.monotonic() > next_jump:
            minutes, jumps, next_jump = A_LEASE, jumps + 1, time.monotonic() + lease_every
        _move(hands, float(hands.read_text()) + minutes)
        go_out(day)
        click.echo(f"\r  {waiting(day.engine)} wait, {kills} kills, {jumps} jumps  ", nl=False, err=True)
        if time.monotonic() > next_kill:
            served.kill()
            served.start()
            kills, next_kill = kills + 1, time.monotonic() + kill_every
        if not day.is_over.is_set() and not waiting(day.engine):
            day.is_over.set()
    return kills, jumps


def _untried(day: Day, own_tries: int) -> Sequence[str]:
    tried, refused = day.answers["own tries"], day.answers["own tries refused"]
    too_few = [] if tried >= own_tries else [f"only {tried} tries to decide one's own"]
    return (
        too_few
        if tried == refused
        else [*too_few, f"{tried - refused} tries to decide one's own went through"]
    )


def _print(kind: str, day: Day, how: Mapping[str, int], found: Sequence[str]) -> None:
    lines = {
        "cases": how["cases"],
        "approvers who decided": how["approvers"],
        "approved": how["approve"],
        "declined": how["decline"],
        "with a second approver": how["seconded"],
        "server killed (SIGKILL)": how["kills"],
        "jumps past a lease": how["jumps"],
        "left lying": day.answers["left lying"],
        "lines cut while sending": day.answers["cut off"],
        "told that they are too late": day.answers["too late"],
        "requests that met no server": day.answers["server away"],
        "answers 500": day.answers["500"],
        "tries to decide one's own": day.answers["own tries"],
        "of them refused": day.answers["own tries refused"],
        "times a free case was passed over": how["passed over"],
        "most often the same one": how["most passed over"],
        "seconds": how["seconds"],
        "wrong": len(found),
    }
    click.echo(kind)
    for name, value in lines.items():
        click.echo(f"  {name:34} {value:>7}")
    for each in found:
        click.echo(f"  WRONG {each}")
    sys.stdout.flush()


def _move(hands: Path, minutes: float) -> None:
    """Whole or not at all: the server reads it at each request."""
    beside = hands.with_suffix(".new")
    beside.write_text(str(minutes))
    beside.replace(hands)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        with SqliteTemplate.made_in(folder).copied(folder) as database:
            yield database
        return
    with running_server() as address, PostgresqlTemplate.made_on(address).copied() as database:
        yield database


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
