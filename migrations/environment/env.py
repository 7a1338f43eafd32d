"""Alembic's environment: one connection, both databases, batch mode on SQLite."""

from alembic import context
from sqlalchemy import Connection

from portal.config import from_environment
from portal.db import make_engine
from portal.models import Base


def follow_no_references(connection: Connection) -> None:
    """SQLite changes a table by building it anew: while the old one goes, other tables' rows may refer to nothing. Told to the driver,
    for within a transaction nobody listens; the connection ends with the migrations.
    """
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")


def refuse_broken_references(connection: Connection) -> None:
    """Before the end of the transaction: whatever refers to nothing now takes everything back."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        message = f"rows that refer to nothing: {broken[:5]}"
        raise RuntimeError(message)


def run() -> None:
    url = context.config.attributes.get("url") or from_environment().database_url
    engine = make_engine(url)
    with engine.connect().execution_options(portal_writes=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=False,
        )
        if connection.dialect.name == "sqlite":
            follow_no_references(connection)
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                refuse_broken_references(connection)
    engine.dispose()


run()
