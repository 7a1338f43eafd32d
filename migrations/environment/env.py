"""Alembic's environment: one connection, both databases, batch mode on SQLite."""

from alembic import context

from portal.config import from_environment
from portal.db import make_engine
from portal.models import Base


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
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
