"""Servers and workers that are asked to end, or die, while people work: what is begun is finished, and nothing that was taken is lost."""

from pathlib import Path

import pytest

from tests.databases import Database
from tests.faults.acts import Cast, Kind
from tests.faults.afterwards import faults_left
from tests.faults.clients import Crowd
from tests.faults.killing import finish, world
from tests.faults.processes import server, worker
from tests.faults.restarting import restart_each, some_are_answered, supplied
from tests.faults.stopping import alive
from tests.journeys.servers import free_port

_DRAIN = "10"
_MOST_ROUNDS = 100
"""Some fifty forms each: three processes have made their fifth commit long before."""


@pytest.mark.slow
@pytest.mark.postgresql
def test_each_is_restarted_under_load_and_nothing_is_lost(
    postgresql_database: Database, tmp_path: Path, *, is_long: bool
) -> None:
    """Three and three, each once."""
    if not is_long:
        pytest.skip("six restarts take minutes: --slow")
    database, folder = postgresql_database, tmp_path / "data"
    servers = [server(database, folder, free_port(), PORTAL_DRAIN_SECONDS=_DRAIN) for _ in range(3)]
    programs = [*servers, *(worker(database, folder) for _ in range(3))]
    found = restart_each(database, folder, programs)
    assert found.faults == []
    assert found.statuses == [0] * len(programs)
    assert found.acknowledged.keys() == set(Kind)
    if found.heard == len(servers):
        # Nobody who had been let in was sent away without an answer.
        assert found.answers[0] == 0, found.answers


@pytest.mark.slow
@pytest.mark.postgresql
def test_of_several_processes_one_may_die_and_the_others_go_on(
    postgresql_database: Database, tmp_path: Path, *, is_long: bool
) -> None:
    """Each dies at the fifth commit of its life, before anybody was told; it is started anew, and the server itself stays."""
    if not is_long:
        pytest.skip("minutes, where others work on the same machine: --slow")
    database, folder = postgresql_database, tmp_path / "data"
    with world(database, folder) as made:
        crowd = Crowd([f"http://127.0.0.1:{free_port()}"])
        program = server(database, folder, int(crowd.urls[0].rpartition(":")[2]))
        program.words = (*program.words, "--processes", "2")
        with (
            alive([program], failpoints="transaction.committed=kill@5"),
            crowd.at_it(2),
            supplied(crowd, Cast(made)) as supply,
        ):
            for _ in range(_MOST_ROUNDS):
                some_are_answered(crowd, supply)
                if program.said.count("killed at") >= 3:
                    break
            assert program.said.count("killed at") >= 3
            supply.end()
            crowd.settle()
        quiet = finish(database, folder)
        assert [*crowd.odd, *faults_left(database, folder, crowd.done, quiet)] == []
        assert crowd.broken > 0
        assert {act.kind for act in crowd.done if act.is_acknowledged} == set(Kind)
