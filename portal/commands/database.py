"""The database of a command that reads or writes the book."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask_babel import gettext
from sqlalchemy import Engine, inspect

from portal import db
from portal.config import Config
from portal.models import Loan


class NotMigrated(click.ClickException):
    exit_code = 2


@contextmanager
def opened_engine(config: Config) -> Iterator[Engine]:
    """An engine that is put away afterwards; raises ``NotMigrated`` where the database has no tables."""
    engine = db.make_engine(config.database_url)
    try:
        if not inspect(engine).has_table(Loan.__tablename__):
            raise NotMigrated(gettext("The database has no tables yet: run portal migrate first."))
        yield engine
    finally:
        engine.dispose()
