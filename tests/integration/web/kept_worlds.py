"""A world that is put back as it was, so that each of many acts begins at the same."""

import shutil
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from tests.databases import Database


class KeptWorld:
    """A database as it stands now. Nobody may be connected, neither now nor when it is put back."""

    def __init__(self, database: Database) -> None:
        self._engine, self._url = database.engine, make_url(database.url)
        self._is_file = database.kind == "sqlite"
        self._copy(self._name, self._kept)

    def put_back(self) -> None:
        self._copy(self._kept, self._name)

    def drop(self) -> None:
        """What was put aside."""
        if not self._is_file:
            with self._server() as server:
                server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(self._kept)))

    @property
    def _name(self) -> str:
        return self._url.database or ""

    @property
    def _kept(self) -> str:
        return f"{self._name}_kept"

    def _copy(self, source: str, target: str) -> None:
        self._engine.dispose()
        if self._is_file:
            for ending in ("-wal", "-shm"):
                Path(target + ending).unlink(missing_ok=True)
            shutil.copyfile(source, target)
            return
        with self._server() as server:
            server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(target)))
            server.execute(
                SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(target), Identifier(source))
            )

    def _server(self) -> psycopg.Connection:
        address = self._url.set(drivername="postgresql", database="postgres")
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
