"""A fresh, migrated database for each test that asks: a copied file on SQLite, a template on PostgreSQL."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, LiteralString

import psycopg
from psycopg.sql import SQL
from sqlalchemy import Engine

from portal.db import make_engine, migrate

Kind = Literal["sqlite", "postgresql"]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    kind: Kind
    url: str
    engine: Engine


@dataclass(frozen=True, slots=True)
class SqliteTemplate:
    file: Path

    @classmethod
    def made_in(cls, folder: Path) -> "SqliteTemplate":
        template = cls(folder / "template.sqlite3")
        migrate(f"sqlite:///{template.file}")
        return template

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Database]:
        file = folder / f"portal-{next(_numbers)}.sqlite3"
        shutil.copyfile(self.file, file)
        with _opened("sqlite", f"sqlite:///{file}") as database:
            yield database


@dataclass(frozen=True, slots=True)
class PostgresqlTemplate:
    """``maintenance`` is the address of the server's own database."""

    maintenance: str

    @classmethod
    def made_on(cls, maintenance: str) -> "PostgresqlTemplate":
        template = cls(maintenance)
        migrate(template.create("portal_template", like="template0"))
        return template

    def create(self, name: str, *, like: str) -> str:
        """Create a database and give its address."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.maintenance.replace("/postgres?", f"/{name}?", 1)

    @contextmanager
    def copied(self) -> Iterator[Database]:
        name = f"portal_{next(_numbers)}"
        with _opened("postgresql", self.create(name, like="portal_template")) as database:
            yield database
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute(SQL(statement))


@contextmanager
def _opened(kind: Kind, url: str) -> Iterator[Database]:
    engine = make_engine(url)
    try:
        yield Database(kind, url, engine)
    finally:
        engine.dispose()
