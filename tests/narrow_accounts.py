"""The account that pages and workers run under in an installation: it owns nothing, and has what ``portal database grant`` gives."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from portal.adapters.agency_policies import take_down
from portal.adapters.database_rights import AGENCY_ROLE, grant_account
from portal.db import make_engine
from tests.databases import Database

_numbers = itertools.count(1)


@contextmanager
def bare_account(database: Database) -> Iterator[str]:
    """A role that may sign in and nothing else, gone at the end with all that it was given."""
    name = f"{make_url(database.url).database} pages {next(_numbers)}"
    with psycopg.connect(database.url, autocommit=True) as owner:
        owner.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
        try:
            yield name
        finally:
            with database.engine.begin() as connection:
                take_down(connection, whole=True)
            owner.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
            if owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [AGENCY_ROLE]).rowcount:
                owner.execute(SQL("DROP OWNED BY {}").format(Identifier(AGENCY_ROLE)))
            owner.execute(SQL("DROP ROLE {}").format(Identifier(name)))


def address_of(database: Database, role: str) -> str:
    """Of the same database, as another account."""
    return make_url(database.url).set(username=role).render_as_string(hide_password=False)


@contextmanager
def narrow_account(database: Database) -> Iterator[Database]:
    """The same database as that account sees it."""
    with bare_account(database) as role:
        with database.engine.begin() as connection:
            grant_account(connection, role)
        address = address_of(database, role)
        engine = make_engine(address)
        try:
            yield Database("postgresql", address, engine)
        finally:
            engine.dispose()
