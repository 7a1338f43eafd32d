"""The database of a command that reads or writes the book."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask_babel import gettext
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from portal import db
from portal.adapters.known_rates import know_rates_of
from portal.commands.json_lines import locale_of_shell
from portal.commands.key_check import refuse_keys_other_than
from portal.config import Config, ConfigError
from portal.i18n import use_locale
from portal.models import Loan


class NotMigrated(click.ClickException):
    exit_code = 2


class NotOpened(click.ClickException):
    exit_code = 2


class OtherKeys(click.ClickException):
    exit_code = 2


@contextmanager
def opened_engine(config: Config) -> Iterator[Engine]:
    """An engine that is put away afterwards.

    Raises ``NotOpened`` where the database cannot be reached, ``NotMigrated`` where it has no tables or not those of this program, and
    ``OtherKeys`` under other keys than people stand under: what is written would be found by nobody, and stopped numbers would not be
    found.
    """
    with opened_under_any_keys(config) as engine:
        try:
            if not refuse_keys_other_than(engine, config):
                raise _not_migrated(has_tables=True)
            know_rates_of(engine)
        except ConfigError as error:
            raise OtherKeys(str(error)) from error
        except SQLAlchemyError as error:
            raise _not_opened(error) from error
        yield engine


@contextmanager
def opened_under_any_keys(config: Config) -> Iterator[Engine]:
    """As ``opened_engine``, for what nobody's rows are sealed or looked up by, and what is needed to put keys right."""
    engine = _engine(config)
    try:
        if not _has_tables(engine):
            raise _not_migrated(has_tables=False)
        yield engine
    finally:
        engine.dispose()


def _engine(config: Config) -> Engine:
    try:
        return db.make_engine(config.database_url)
    except OSError as error:
        raise _not_opened(error) from error


def _has_tables(engine: Engine) -> bool:
    try:
        return inspect(engine).has_table(Loan.__tablename__)
    except OperationalError as error:
        raise _not_opened(error.orig or error) from error


def _not_opened(error: BaseException) -> NotOpened:
    with use_locale(locale_of_shell()):
        return NotOpened(gettext("The database cannot be opened: %(why)s", why=str(error).strip()))


def _not_migrated(*, has_tables: bool) -> NotMigrated:
    with use_locale(locale_of_shell()):
        return NotMigrated(
            gettext("The database's tables are not those of this program: run portal migrate first.")
            if has_tables
            else gettext("The database has no tables yet: run portal migrate first.")
        )
