"""Test 13 of docs/security.md: servers and workers are killed, and nothing that was acknowledged is lost or there by half."""

from pathlib import Path

import pytest

from portal.failpoints import Point
from tests.databases import Database
from tests.faults.killing import RANDOM, kill_at_each_point

LONG = 500


@pytest.mark.slow
def test_whoever_is_killed_leaves_nothing_lost_and_nothing_by_half(
    database: Database, tmp_path: Path, *, is_long: bool
) -> None:
    if not is_long:
        pytest.skip("fourteen killed take two minutes, five hundred an hour: --slow")
    tally = kill_at_each_point(database, tmp_path / "data", kills=LONG)
    assert tally.faults == []
    assert tally.killed >= LONG
    assert {name.partition(" ")[2] for name in tally.kills} == {RANDOM, *Point}
