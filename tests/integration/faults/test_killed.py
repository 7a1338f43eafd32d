"""Test 13 of docs/security.md: servers and workers are killed, and nothing that was acknowledged is lost or there by half."""

from pathlib import Path

import pytest

from portal.failpoints import Point
from tests.databases import Database
from tests.faults.killing import RANDOM, kill_at_each_point

LONG, SHORT = 500, 14


@pytest.mark.slow
def test_whoever_is_killed_leaves_nothing_lost_and_nothing_by_half(
    database: Database, tmp_path: Path, *, is_long: bool
) -> None:
    tally = kill_at_each_point(database, tmp_path / "data", kills=LONG if is_long else SHORT)
    assert tally.faults == []
    assert tally.killed >= (LONG if is_long else SHORT)
    died_at = {name.partition(" ")[2] for name in tally.kills}
    assert died_at - {RANDOM}
    if is_long:
        assert died_at == {RANDOM, *Point}
