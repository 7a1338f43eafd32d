"""``portal migrate``: who waits for another program that migrates is told so."""

import threading
from pathlib import Path
from time import monotonic, sleep

import pytest
from click import ClickException
from sqlalchemy import Connection, text

from portal.commands.migrate import bring_to
from portal.config import Config
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.migrations.test_under_load import HANG, someone_migrating


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en_US.UTF-8", "Another program is migrating this database. This one waits for its turn, 60 minutes at most."),
        ("zh_CN.UTF-8", "另一个程序正在迁移这个数据库。本程序排队等候，最多等 60 分钟。"),
    ],
)  # fmt: skip
def test_it_says_that_it_waits_for_another(
    database: Database, portal: Portal, environment: dict[str, str], language: str, said: str
) -> None:
    environment["LC_ALL"] = language
    with someone_migrating(database) as somebody:
        ending = threading.Thread(target=_end_once_waited_for, args=(database, somebody))
        ending.start()
        done = portal("migrate")
        ending.join()
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [said]
    assert portal("migrate").stderr == ""


@pytest.mark.postgresql
def test_it_says_that_it_waited_in_vain(database: Database, tmp_path: Path) -> None:
    config = Config(database_url=database.url, secret_key="k" * 32, data_dir=tmp_path, testing=True)
    with someone_migrating(database), pytest.raises(ClickException, match=r"Another program|另一个程序"):
        bring_to(config, "head", turn_seconds=1)


def _end_once_waited_for(database: Database, somebody: Connection) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
    limit = monotonic() + HANG
    with database.engine.connect() as connection:
        while not connection.scalar(waiting) and monotonic() < limit:
            sleep(0.01)
    somebody.rollback()
