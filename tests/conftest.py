"""Fixtures for everybody: the databases. The cast and the clients have files of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from portal.adapters.logs import configure_logs
from portal.db import transaction
from tests.databases import Database, PostgresqlTemplate, SqliteTemplate
from tests.postgresql_server import ROOT, PostgresqlMissingError, running_server
from tests.sweep import Sweep

# Before WeasyPrint is loaded: the documents' fonts and no others.
os.environ.setdefault("FONTCONFIG_FILE", str(ROOT / ".fonts" / "fonts.conf"))

# No drawn test fails for how long anything took: the first draw in a process may take a second on a busy machine.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow", action="store_true", help="The long forms of tests, too: some take half an hour."
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.is_blocked("sweep"):
        config.pluginmanager.register(Sweep(), "sweep")


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether ``--slow`` was given: a test that has a long form takes it."""
    return bool(request.config.getoption("--slow"))


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(autouse=True)
def _logs_as_served() -> None:
    """Logs as a server writes them; left alone, structlog paints each failure for seconds."""
    configure_logs()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate.made_in(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server's maintenance database; skips, and says why, where there can be none."""
    try:
        scope = running_server()
        address = scope.__enter__()
    except PostgresqlMissingError as error:
        pytest.skip(f"PostgreSQL: {error}")
    yield address
    scope.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> PostgresqlTemplate:
    return PostgresqlTemplate.made_on(postgresql_server)


@pytest.fixture
def sqlite_database(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Database]:
    with sqlite_template.copied(tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_database(postgresql_template: PostgresqlTemplate) -> Iterator[Database]:
    with postgresql_template.copied() as database:
        yield database


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database(request: pytest.FixtureRequest) -> Database:
    """Fresh and migrated, on each of the two databases in turn."""
    fresh: Database = request.getfixturevalue(f"{request.param}_database")
    return fresh


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One writing transaction around the test; committed at its end."""
    with transaction(database.engine) as session:
        yield session
