"""Worlds to be measured, over a test's own database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.worlds import World, world_over
from tests.databases import Database


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    with world_over(database, tmp_path) as made:
        yield made
