"""``portal database``: accounts of PostgreSQL, and what each may do."""

import time
from typing import Final

import click
from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from portal import db
from portal.adapters.database_rights import (
    AGENCY_ROLE,
    CannotGrantError,
    account_has_wall,
    grant_account,
    granted_accounts,
    owns_tables,
)
from portal.commands.database import NotMigrated, opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.i18n import use_locale

_TRIES: Final = 40
_PAUSE: Final = 0.5
"""Seconds between two tries."""


@click.group()
def database() -> None:
    """The accounts that PostgreSQL knows the portal by."""


@database.command()
@click.option(
    "--to",
    "role",
    required=True,
    metavar="ROLE",
    help="The account of web processes, workers and daily commands; it has to be there.",
)
def grant(role: str) -> None:
    """Give ROLE what web processes and workers need, and take everything else away.

    Call it with the account that owns the tables in PORTAL_DATABASE_URL, and name ROLE there afterwards. ROLE then reads and writes
    rows, deletes none of the record, and changes no table, trigger or function. Again changes nothing; `portal migrate` renews it.

    Requests of agencies' staff take on a role that has the rows of their own loans. A superuser makes it before: CREATE ROLE portal_agency
    NOLOGIN, and GRANT portal_agency TO ROLE.
    """
    config = from_environment()
    with use_locale(locale_of_shell()):
        if config.is_sqlite:
            raise click.UsageError(
                gettext("SQLite has no accounts: PORTAL_DATABASE_URL has to name PostgreSQL.")
            )
        with opened_under_any_keys(config) as engine:
            if not db.is_newest(engine):
                raise NotMigrated(
                    gettext("The database's tables are not those of this program: run portal migrate first.")
                )
            grant_to(engine, role)
        click.echo(gettext("%(role)s has what web processes and workers need, and nothing else.", role=role))


def renew_grants(engine: Engine) -> None:
    """To whoever had them before: tables may be new. Of no use on SQLite, and left out by who does not own the tables. Raises
    ``ClickException``.
    """
    if engine.dialect.name == "sqlite":
        return
    with engine.connect() as connection:
        accounts = granted_accounts(connection) if owns_tables(connection) else ()
    for role in accounts:
        grant_to(engine, role)


def grant_to(engine: Engine, role: str) -> None:
    """All of it or nothing. Says so where agencies' staff have no role that ``role`` may take on. Raises ``ClickException``."""
    try:
        has_wall = _granted(engine, role)
    except CannotGrantError as error:
        raise click.ClickException(_why_not(error)) from error
    except SQLAlchemyError as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise click.ClickException(
            gettext("Nothing was granted to %(role)s: %(why)s", role=role, why=str(why).strip())
        ) from error
    if not has_wall:
        click.echo(
            gettext(
                "Staff of agencies are kept to their own loans by the program alone: as PostgreSQL's superuser call %(make)s and %(give)s,"
                " then this again.",
                make=f"CREATE ROLE {AGENCY_ROLE} NOLOGIN",
                give=f'GRANT {AGENCY_ROLE} TO "{role}"',
            ),
            err=True,
        )


def _granted(engine: Engine, role: str) -> bool:
    """Whether it may take on the role of agencies' staff. Tables that are in use are tried again: nobody queues behind who grants."""
    for is_last in (*(False for _ in range(_TRIES - 1)), True):
        try:
            with engine.begin() as connection:
                grant_account(connection, role)
                return account_has_wall(connection, role)
        except OperationalError as error:
            if is_last or getattr(error.orig, "sqlstate", None) not in db.IN_USE:
                raise
        time.sleep(_PAUSE)  # nosemgrep: arbitrary-sleep - between two tries for a lock
    raise AssertionError


def _why_not(error: CannotGrantError) -> str:
    said = {
        "unknown": gettext(
            "PostgreSQL has no account %(role)s: make it first (createuser %(role)s).", role=error.role
        ),
        "superuser": gettext(
            "%(role)s is a superuser, and may do everything whatever is granted: name another.",
            role=error.role,
        ),
        "owner": gettext(
            "%(role)s owns tables, or is a member of the account that does, and may change them whatever is granted: name another.",
            role=error.role,
        ),
        "not_ours": gettext(
            "%(owner)s does not own all of the tables: name the account that migrates in PORTAL_DATABASE_URL.",
            owner=error.owner,
        ),
    }
    return str(said[error.code])
