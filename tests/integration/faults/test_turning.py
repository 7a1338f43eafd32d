"""The clock goes over the midnight before a leap day, over the one after it, and into a new year, while people send forms."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import Database
from tests.journeys.servers import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("evening", ["2028-02-28", "2026-12-31"])
def test_people_sign_and_decide_over_midnight(
    database: Database, tmp_path: Path, is_long: bool, evening: str
) -> None:
    """In a process of its own: its people live on another day, and all of its clocks are moved."""
    if evening != "2026-12-31" and not is_long:
        pytest.skip("two midnights take three minutes: --slow")
    database.engine.dispose()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.turning", database.url, tmp_path / "data"],
        env={**os.environ, "PORTAL_TESTS_TODAY": evening},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
