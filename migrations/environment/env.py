"""Alembic's environment: one connection, both databases, batch mode on SQLite.

On PostgreSQL one program migrates at a time, each migration is a transaction of its own, and none waits long for a table: whoever waits
for one makes everybody queue behind (decision 0251).
"""

from typing import Any, Final

from alembic import context
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import OperationalError

from portal.config import from_environment
from portal.db import LOCK_NOT_AVAILABLE, LOCK_WAIT, TURN_SECONDS, StillMigratingError, make_engine
from portal.models import Base

TURN: Final = 56_0251
"""Of PostgreSQL's advisory lock."""


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


def take_turn(connection: Connection) -> None:
    """For as long as the connection lasts. Nobody queues behind who waits for the turn itself: that may take long, and is told first."""
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({TURN})").scalar():
        _wait_for_turn(connection)
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WAIT}'")
    connection.commit()


def _wait_for_turn(connection: Connection) -> None:
    """Raises ``StillMigratingError``; not what a table in use raises, which is tried again."""
    told = context.config.attributes
    seconds: int = told.get("turn_seconds", TURN_SECONDS)
    if tell := told.get("tell"):
        tell(seconds)
    connection.exec_driver_sql(f"SET lock_timeout = '{seconds}s'")
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({TURN})")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise StillMigratingError(seconds) from error


def tell_oldest_program(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Keep beside the version which program may still go on with it: every one that could before, where a migration only adds (its
    module says ``EXPANDS = True``); else none that is older than the migration.
    """
    del heads, run_args
    connection: Connection = ctx.connection
    columns = {column["name"] for column in inspect(connection).get_columns("alembic_version")}
    if "oldest_program" not in columns:
        connection.exec_driver_sql("ALTER TABLE alembic_version ADD COLUMN oldest_program VARCHAR(32)")
    if not (step.is_upgrade and getattr(step.up_revision.module, "EXPANDS", False)):
        connection.exec_driver_sql("UPDATE alembic_version SET oldest_program = version_num")


def run() -> None:
    """The connection is closed however it ends: one that is only laid aside would keep its turn, and the next try would wait for it."""
    engine = make_engine(context.config.attributes.get("url") or from_environment().database_url)
    try:
        with engine.connect().execution_options(portal_writes=True) as connection:
            bring_up(connection, is_sqlite=engine.dialect.name == "sqlite")
    finally:
        engine.dispose()


def bring_up(connection: Connection, *, is_sqlite: bool) -> None:
    if not is_sqlite:
        take_turn(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        transaction_per_migration=not is_sqlite,
        # Alembic takes SQLite for a database that cannot take back a change of tables; with transactions begun by us it can.
        transactional_ddl=True,
        on_version_apply=tell_oldest_program,
    )
    if is_sqlite:
        follow_no_references(connection)
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite:
            refuse_broken_references(connection)


run()
