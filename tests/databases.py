"""A fresh, migrated database for each test that asks: a copied file on SQLite, an emptied one on PostgreSQL.

What costs is not a test's rows but what stands around them, so that is kept from one test to the next: one engine a kind with
all that it has compiled, and on PostgreSQL the database itself, whose copy takes a tenth of a second.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.sql import SQL
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.db import make_engine, migrate
from tests.data_keys import use_test_keys
from tests.emptying import Emptying

use_test_keys()

Kind = Literal["sqlite", "postgresql"]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    kind: Kind
    url: str
    engine: Engine


class LentEngine:
    """One engine, lent to one test at a time and pointed at that test's database.

    The borrower gets a view of it (``Engine.execution_options``), so that what a test listens to ends with the test.
    """

    def __init__(self, url: str, point: Callable[[list[Any], dict[str, Any], str], None]) -> None:
        self._engine = make_engine(url)
        self._point = point
        self._target = ""
        self._is_lent = False
        event.listen(self._engine, "do_connect", self._on_connect)

    def _on_connect(self, _dialect: Any, _record: Any, args: list[Any], parameters: dict[str, Any]) -> None:
        self._point(args, parameters, self._target)

    @contextmanager
    def lent(self, target: str, url: str) -> Iterator[Engine]:
        """``target`` is where its connections go meanwhile; who comes while it is lent gets an engine of their own at ``url``."""
        engine = make_engine(url) if self._is_lent else self._engine.execution_options()
        is_own = self._is_lent
        if not is_own:
            self._is_lent, self._target = True, target
        try:
            yield engine
        finally:
            engine.dispose()
            self._is_lent = self._is_lent and is_own


def _to_file(args: list[Any], _parameters: dict[str, Any], target: str) -> None:
    args[0] = target


def _to_name(_args: list[Any], parameters: dict[str, Any], target: str) -> None:
    parameters["dbname"] = target


def turn_round(session: Session) -> None:
    """What this session reads in no stated order comes the other way round on SQLite: who passes by luck of the order fails."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA reverse_unordered_selects = ON")


@dataclass(frozen=True, slots=True)
class SqliteTemplate:
    file: Path
    engine: LentEngine

    @classmethod
    def made_in(cls, folder: Path) -> "SqliteTemplate":
        file = folder / "template.sqlite3"
        migrate(f"sqlite:///{file}")
        return cls(file, LentEngine(f"sqlite:///{file}", _to_file))

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Database]:
        file = folder / f"portal-{next(_numbers)}.sqlite3"
        shutil.copyfile(self.file, file)
        url = f"sqlite:///{file}"
        with self.engine.lent(str(file), url) as engine:
            yield Database("sqlite", url, engine)


@dataclass(frozen=True, slots=True)
class PostgresqlTemplate:
    """``maintenance`` is the address of the server's own database; ``free`` are copies that wait, emptied, to be used again."""

    maintenance: str
    engine: LentEngine
    emptying: Emptying
    free: list[str] = field(default_factory=list)

    @classmethod
    def made_on(cls, maintenance: str) -> "PostgresqlTemplate":
        _execute(maintenance, 'CREATE DATABASE "portal_template" TEMPLATE "template0"')
        address = _address(maintenance, "portal_template")
        migrate(address)
        return cls(maintenance, LentEngine(address, _to_name), Emptying.learnt_from(address))

    @contextmanager
    def copied(self) -> Iterator[Database]:
        name = self.free.pop() if self.free else self._created()
        address = _address(self.maintenance, name)
        with self.engine.lent(name, address) as engine:
            yield Database("postgresql", address, engine)
        if self.emptying.is_done_to(address):
            self.free.append(name)
        else:
            _execute(self.maintenance, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _created(self) -> str:
        name = f"portal_{next(_numbers)}"
        _execute(self.maintenance, f'CREATE DATABASE "{name}" TEMPLATE "portal_template"')
        return name


def _address(maintenance: str, name: str) -> str:
    return maintenance.replace("/postgres?", f"/{name}?", 1)


def _execute(maintenance: str, statement: LiteralString) -> None:
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(SQL(statement))
