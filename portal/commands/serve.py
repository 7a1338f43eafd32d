"""``portal serve``."""

import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer
from sqlalchemy.exc import DBAPIError

from portal import draining
from portal.commands.key_check import refuse_other_keys
from portal.config import Config, from_environment
from portal.db import make_engine, most_connections

ROOT = Path(__file__).resolve().parent.parent.parent

HEAD_SECONDS: Final = 10
"""That a sender has for a request's head, and an unused connection for the next. For bodies the server has no such limit: the proxy has."""
LONGEST_END: Final = 30
"""Seconds that a process has for what it answers and works at once it was asked to end."""


class Pages(MPServer):
    """Ends in two steps: first ``/readyz`` asks whoever shares out requests to send no more, while all that come are answered; then no
    more are taken, and what was begun is finished. A process that has only begun to load what it serves ends at once.

    Ctrl-C is the same, and a second one ends everything on the spot. A terminal tells it all processes; only the first one heeds it.
    """

    def __init__(self, *, drain_seconds: int, **settings: Any) -> None:
        super().__init__(**settings)
        draining.prepare()
        self._drain_seconds = drain_seconds
        self._first = os.getpid()
        self._is_asked = False
        self._failed = False

    def signal_handler_interrupt(self, number: int = signal.SIGTERM, *_how: Any, **_more: Any) -> None:
        if os.getpid() != self._first:
            os._exit(0)
        if self._is_asked and number == signal.SIGINT:
            self._end_now()
        self._is_asked = True
        if draining.has_begun() or not self._drain_seconds:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]
            return
        draining.begin()
        timer = threading.Timer(self._drain_seconds, super().signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def _end_now(self) -> NoReturn:
        for each in self.wrks:
            each.inner.kill()
        os._exit(128 + signal.SIGINT)

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        with _deaf_to_the_terminal():
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]

    def _respawn_workers(
        self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0
    ) -> None:
        """Not where one ended with an error of its own: that is how a start fails, and the next would fail as well. Whoever was killed,
        or ran out of memory, is started anew.
        """
        if any((self.wrks[each].inner.exitcode or 0) > 0 for each in workers):
            click.echo("Error: a process of this server cannot start, see above; the server ends.", err=True)
            self._failed = self.interrupt_signal = True
            self.main_loop_interrupt.set()
            return
        with _deaf_to_the_terminal():
            super()._respawn_workers(workers, spawn_target, target_loader, delay)

    def shutdown(self, exit_code: int = 0) -> None:
        super().shutdown(exit_code or int(self._failed))  # type: ignore[no-untyped-call]


@contextmanager
def _deaf_to_the_terminal() -> Iterator[None]:
    """Who is started meanwhile never hears Ctrl-C: what a process does not take when it is made, it does not take later."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="PORT",
    show_envvar=True,
    default=8000,
    show_default=True,
    help="Port to listen on.",
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="One on SQLite.")
def serve(host: str, port: int, processes: int) -> None:
    """Serve the pages until stopped."""
    config = from_environment()
    if config.is_sqlite and processes > 1:
        raise click.UsageError("SQLite is served by one process; use PostgreSQL for more")
    _refuse_taken(host, port)
    _refuse_too_many(config, processes)
    refuse_other_keys(config)
    if config.metrics_token:
        _share_metrics(config.data_dir / "metrics")
    pages_at(
        host,
        port,
        drain_seconds=config.drain_seconds,
        processes=processes,
        threads=min(config.pool_size // 2, 4),
    ).serve()


def pages_at(
    host: str,
    port: int,
    *,
    target: str = "wsgi:app",
    folder: Path = ROOT,
    drain_seconds: int = 0,
    processes: int = 1,
    threads: int = 1,
) -> Pages:
    """The server, which reads HTTP as it is read everywhere here; ``target`` is looked for in ``folder``."""
    return Pages(
        drain_seconds=drain_seconds,
        target=target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # told apart by its first bytes, a connection that sends none would stay open
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        workers=processes,
        blocking_threads=threads,
        respawn_failed_workers=processes > 1,
        workers_kill_timeout=LONGEST_END,
        log_level=LogLevels.warning,
        working_dir=folder,
    )


def _refuse_too_many(config: Config, processes: int) -> None:
    """More connections than the database lets anybody have; one that cannot be asked now is asked by the pages later."""
    engine = make_engine(config.database_url, pool_size=1)
    try:
        most = most_connections(engine)
    except DBAPIError:
        return
    finally:
        engine.dispose()
    wanted = processes * config.pool_size
    if most is not None and wanted > most:
        raise click.UsageError(
            f"{processes} processes with {config.pool_size} connections each need {wanted}; the database lets {most}:"
            " set PORTAL_POOL_SIZE lower, or raise PostgreSQL's max_connections"
        )


def _share_metrics(folder: Path) -> None:
    """Processes count into one folder, which is emptied at the start; a worker on this machine that is told of it counts there, too. In one
    that the environment names others may count: what those that are gone counted is added up.
    """
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from portal.adapters.ended_counts import fold_ended_counts  # noqa: PLC0415 - see portal.web.metrics

        fold_ended_counts(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"{host}:{port} cannot be used ({error.strerror}); set PORT"
            ) from error
