"""An empty database of either kind, for what is not measured against a reference: gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from portal.db import migrate
from tests.postgresql_server import DURABLE, running_server

KINDS: Final = ("sqlite", "postgresql")


@contextmanager
def migrated(kind: str, name: str) -> Iterator[str]:
    """Its address, brought to the newest schema; it keeps what it commits.

    Raises ``PostgresqlMissingError`` where no server can be started here.
    """
    if kind == "postgresql":
        with running_server(DURABLE) as server:
            url = made_on(server, name)
            migrate(url)
            yield url
        return
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / f'{name}.sqlite3'}"
        migrate(url)
        yield url


def made_on(server: str, name: str, *, like: str = "template1") -> str:
    """A new database on a server, ``like`` another one that nobody uses meanwhile; its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        asked = SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(asked.format(Identifier(name), Identifier(like)))
    return server.replace("/postgres?", f"/{name}?", 1)
