"""Workers that are alive are seen, however long a piece of work takes; those that are gone are forgotten in the end."""

from portal.db import transaction
from portal.queries.operations import worker_beats
from portal.services.worker_beats import FORGOTTEN_AFTER, beat
from tests.databases import Database
from tests.people import NOW


def _seen(database: Database) -> dict[str, int]:
    with transaction(database.engine, writes=False) as session:
        return {each.worker: each.jobs for each in worker_beats(session)}


def test_a_worker_that_was_killed_is_forgotten_by_one_that_goes_on(database: Database) -> None:
    with transaction(database.engine) as session:
        beat(session, "web1:1", started_at=NOW, jobs=0, now=NOW)
        beat(session, "web2:7", started_at=NOW, jobs=0, now=NOW)
    for after, seen in ((FORGOTTEN_AFTER, {"web1:1", "web2:7"}), (FORGOTTEN_AFTER * 2, {"web1:1"})):
        with transaction(database.engine) as session:
            beat(session, "web1:1", started_at=NOW, jobs=1, now=NOW + after)
        assert set(_seen(database)) == seen
