"""The command line over a database of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.commands import cli
from tests.databases import Database
from tests.people import TODAY

Portal = Callable[..., Result]


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    return {
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "PORTAL_SECRET_KEY": "a key for tests, long enough to be one",
        "LC_ALL": "en_US.UTF-8",
    }


@pytest.fixture
def on_the_casts_day(environment: dict[str, str]) -> None:
    """What is imported stands as of its day, whatever day it is for whoever runs the tests."""
    environment.update(PORTAL_DEMO="1", BUSINESS_DATE=TODAY.isoformat())


@pytest.fixture
def portal(environment: dict[str, str]) -> Portal:
    """Run ``portal`` with these arguments."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], env=environment)

    return run
