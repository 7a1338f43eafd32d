"""Promise 2: what was acknowledged is there, though writers die, and though PostgreSQL itself dies."""

from pathlib import Path

import pytest

from benchmarks.databases import made_on
from portal.db import migrate
from tests.databases import Database
from tests.faults.acknowledged import Writers
from tests.postgresql_server import StoppableServer

LONG, SHORT = (20_000, 24), (200, 2)
"""Acknowledged writes, and crashes."""
_WRITERS = 3


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_where_writers_are_killed(
    database: Database, tmp_path: Path, *, is_long: bool
) -> None:
    count, crashes = LONG if is_long else SHORT
    writers = Writers(database.url, tmp_path / "acknowledged", _WRITERS)
    for crash in range(crashes):
        writers.start()
        writers.wait_for(count * (crash + 1) // crashes)
        writers.kill()
    assert len(writers.acknowledged()) >= count
    assert writers.lost() == set()


@pytest.mark.slow
@pytest.mark.postgresql
def test_no_acknowledged_write_is_lost_where_the_database_is_stopped_hard(
    server_that_stops: StoppableServer, tmp_path: Path, *, is_long: bool
) -> None:
    count, crashes = LONG if is_long else SHORT
    url = made_on(server_that_stops.address, "stopped")
    migrate(url)
    writers = Writers(url, tmp_path / "acknowledged", _WRITERS)
    writers.start()
    for crash in range(crashes):
        writers.wait_for(count * (crash + 1) // crashes)
        server_that_stops.stop_hard()
        server_that_stops.start()
    writers.kill()
    assert writers.lost() == set()


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_test_sees_what_is_lost_where_commits_are_not_written_through(
    server_that_stops: StoppableServer, tmp_path: Path
) -> None:
    """The same writers with ``synchronous_commit`` off: a stop takes what the server had told them was kept."""
    url = made_on(server_that_stops.address, "stopped")
    migrate(url)
    writers = Writers(url, tmp_path / "acknowledged", _WRITERS, options="-csynchronous_commit=off")
    writers.start()
    for crash in range(10):
        writers.wait_for(100 * (crash + 1))
        server_that_stops.stop_hard()
        server_that_stops.start()
        if writers.lost():
            break
    writers.kill()
    assert writers.lost()
