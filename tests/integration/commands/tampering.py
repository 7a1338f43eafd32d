"""Changing a record as somebody would who owns the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from tests.databases import Database


@contextmanager
def behind_everybodys_back(database: Database) -> Iterator[Connection]:
    """Nothing forbids anything; triggers are back, or gone for good on SQLite, afterwards."""
    with database.engine.connect().execution_options(portal_writes=True) as connection:
        if database.kind == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.connection.execute("PRAGMA foreign_keys = OFF")
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for name in names.scalars().all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        yield connection
        if database.kind == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))
        connection.commit()
        connection.invalidate()
