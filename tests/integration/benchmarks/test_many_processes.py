"""Three servers and three workers over one database: nothing twice, nothing lost."""

import pytest

from benchmarks.many_processes import run
from tests.databases import Database


@pytest.mark.postgresql
@pytest.mark.slow
def test_three_servers_and_three_workers(postgresql_database: Database, is_long: bool) -> None:
    if not is_long:
        pytest.skip("six processes, two minutes: --slow")
    signers, cases = 30, 15
    told = run(postgresql_database.url, 3, signers=signers, cases=cases)
    assert told.faults == []
    assert told.answers[303] >= signers + cases
    assert told.requests == 2 * signers + 3 * cases
    assert told.jobs > signers + 2 * cases
    assert told.connections <= 3 * 8 + 3 * 4 + 8
