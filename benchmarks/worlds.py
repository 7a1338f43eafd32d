"""The application over a database of its own, and people who are signed in."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from benchmarks.databases import migrated
from benchmarks.processes import Meter, database_server
from benchmarks.results import Result
from benchmarks.wsgi_calls import Browser
from portal import create_app
from portal.adapters.logs import configure_logs
from portal.config import Config
from portal.db import make_engine
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.worlds import start_session
from tests.journeys.servers import SECRET_KEY

COOKIES = {"borrower": "portal", "staff": "desk"}


@dataclass(frozen=True, slots=True)
class World:
    """``folder`` is the application's own, ``meter`` its processor time and the database's."""

    app: Flask
    database: Database
    folder: Path
    meter: Meter

    @property
    def clock(self) -> HandClock:
        clock = self.app.extensions["portal"].clock
        assert isinstance(clock, HandClock)
        return clock

    def browser(self, audience: str, person_id: int, *, now: datetime | None = None) -> Browser:
        """Of somebody who is signed in since ``now``, each at an address of their own."""
        token = start_session(self.app, audience, person_id, now=now)
        address = f"10.{person_id >> 16 & 255}.{person_id >> 8 & 255}.{person_id & 255}"
        return Browser(self.app, f"{COOKIES[audience]}={token}", address)

    def named(self, result: Result) -> Result:
        """With the database in its name where that is not SQLite."""
        return replace(result, name=named(result.name, self.database.kind))


def named(name: str, kind: str) -> str:
    return name if kind == "sqlite" else f"{name} ({kind})"


@contextmanager
def world(kind: Any, name: str) -> Iterator[World]:
    """Over an empty database of that kind, brought to the newest schema."""
    with migrated(kind, name) as url, TemporaryDirectory(prefix="bench-") as folder:
        engine = make_engine(url)
        try:
            with world_over(Database(kind, url, engine), Path(folder)) as made:
                yield made
        finally:
            engine.dispose()


@contextmanager
def world_over(database: Database, folder: Path) -> Iterator[World]:
    """Configured as the demo is, whose server can be asked over plain HTTP; its log is written as on a server and read by nobody."""
    config = Config(
        database_url=database.url, secret_key=SECRET_KEY, data_dir=folder, demo=True, secure_cookies=False
    )
    with Path(os.devnull).open("w") as nowhere:
        configure_logs(nowhere)
        try:
            app = create_app(config, engine=database.engine, clock=HandClock())
            yield World(app, database, folder, Meter(database_server(database.engine)))
        finally:
            configure_logs()


def browsers(world: World, people: Sequence[int]) -> Sequence[Browser]:
    return [world.browser("borrower", person) for person in people]


def token_of(cookie: str) -> str:
    """The value of a session's cookie."""
    return cookie.partition("=")[2]
