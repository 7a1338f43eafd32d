"""A database server that may be stopped, and people with a form in hand before an application in this process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.worlds import World, world_over
from benchmarks.wsgi_calls import Answer, Browser
from tests.databases import Database
from tests.faults.acts import Act, Cast, Kind
from tests.postgresql_server import PostgresqlMissingError, StoppableServer, stoppable_server


@pytest.fixture
def server_that_stops() -> Iterator[StoppableServer]:
    try:
        scope = stoppable_server()
        made = scope.__enter__()
    except PostgresqlMissingError as error:
        pytest.skip(f"PostgreSQL: {error}")
    yield made
    scope.__exit__(None, None, None)


@dataclass(frozen=True, slots=True)
class Hands:
    """One form of each kind, ready to be sent; ``cast`` makes more."""

    made: World
    cast: Cast
    acts: Mapping[Kind, Act]

    def send(self, kind: Kind) -> Answer:
        act = self.acts[kind]
        return Browser(self.made.app, act.cookie).post(act.path, act.fields)


@pytest.fixture
def hands(database: Database, tmp_path: Path) -> Iterator[Hands]:
    with world_over(database, tmp_path / "data") as made:
        cast = Cast(made)
        yield Hands(made, cast, {act.kind: act for act in cast.acts(1)})
