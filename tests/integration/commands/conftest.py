"""The command line over a database of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.commands import cli
from tests.databases import Database

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
def portal(environment: dict[str, str]) -> Portal:
    """Run ``portal`` with these arguments."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], env=environment)

    return run
