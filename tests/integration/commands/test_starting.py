"""A server whose worker inside cannot start says so and ends; nobody starts it again and again."""

from pathlib import Path

import pytest

from tests.databases import Database
from tests.faults.processes import PATIENCE, server
from tests.journeys.servers import free_port


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.parametrize("processes", [1, 3])
def test_a_server_whose_worker_cannot_start_ends(
    postgresql_database: Database, tmp_path: Path, processes: int
) -> None:
    key = tmp_path / "seal.pem"
    key.write_text("no key\n")
    program = server(
        postgresql_database, tmp_path, free_port(), PORTAL_WORKER_THREAD="1", PORTAL_SEAL_KEY=str(key)
    )
    program.words = (*program.words, "--processes", str(processes))
    program.start()
    try:
        assert program.wait(3 * PATIENCE), program.said
    finally:
        program.kill()
    assert program.status == 1
    assert "worker_cannot_start" in program.said
    assert processes == 1 or "cannot start, see above; the server ends" in program.said
