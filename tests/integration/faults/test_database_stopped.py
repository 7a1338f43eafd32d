"""Test 14 of docs/security.md: the database is stopped hard under load, connections are cut."""

from pathlib import Path

import pytest

from tests.faults.stopping import stop_again_and_again
from tests.postgresql_server import StoppableServer

LONG, SHORT = 12, 1
GENEROUS = 120
"""Seconds; the promise of five is held against what is printed, on a quiet machine."""


@pytest.mark.slow
@pytest.mark.postgresql
def test_while_the_database_is_stopped_pages_are_calm_and_nothing_is_left_by_half(
    server_that_stops: StoppableServer, tmp_path: Path, *, is_long: bool
) -> None:
    found = stop_again_and_again(server_that_stops, tmp_path / "data", stops=LONG if is_long else SHORT)
    assert found.faults == []
    assert max(found.recoveries) < GENEROUS
    assert found.acknowledged > 0
    assert found.pages[200] > 0
    assert found.pages[503] > 0
