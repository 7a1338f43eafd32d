"""Forms that are sent over HTTP before, while and after somebody else migrates: run by a checkout of the version before, over its own
modules (``benchmarks.schema_change`` starts it).

Says one line of JSON once ten forms are answered, goes on until it is told that the migrations are over, and says another at the end.
"""

import itertools
import json
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import text

from portal.db import make_engine, migrate
from tests.data_keys import use_test_keys
from tests.databases import Database
from tests.faults.acts import Act, Cast
from tests.faults.afterwards import faults_left
from tests.faults.clients import Crowd
from tests.faults.killing import finish, world
from tests.faults.processes import server, worker
from tests.faults.restarting import some_are_answered, supplied
from tests.faults.stopping import alive
from tests.journeys.servers import free_port

PEOPLE = 4
ROUNDS = 2
"""So many times as many forms as there are kinds, before and after."""


@dataclass
class TimedCrowd(Crowd):
    """``times`` are the seconds from the first try of a form to its answer, by the part of the story in which it was answered."""

    part: str = "before"
    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)

    def _insist(self, act: Act, place: int) -> None:
        begun = monotonic()
        super()._insist(act, place)
        self.times.setdefault(self.part, []).append(monotonic() - begun)
        self.statuses.setdefault(self.part, Counter()).update(act.answers)

    def told(self, part: str) -> Mapping[str, Any]:
        times = self.times.get(part, [])
        answers = {str(status): count for status, count in sorted(self.statuses.get(part, Counter()).items())}
        return {"forms": len(times), "answers": answers, "longest": max(times, default=0.0)}


def main(url: str, folder: Path, stories: int) -> None:
    use_test_keys()
    engine = make_engine(url)
    database = Database("postgresql", url, engine)
    there = "filled before"
    if stories:
        migrate(url)
        there = _real_size().fill(database, folder, stories, lambda what: print(what, file=sys.stderr))
    with engine.connect() as connection:
        at = connection.scalar(text("SELECT version_num FROM alembic_version"))
        size = connection.scalar(text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
    engine.dispose()
    with world(database, folder) as made:
        cast, crowd = Cast(made), TimedCrowd([f"http://127.0.0.1:{free_port()}"])
        cast._numbers = itertools.count(1)  # noqa: SLF001 - the cast is there already
        programs = [server(database, folder, int(crowd.urls[0].rpartition(":")[2])), worker(database, folder)]
        with (
            alive(programs),
            crowd.at_it(PEOPLE),
            supplied(crowd, cast) as supply,
            _asked(crowd.urls[0]) as ready,
        ):
            for _ in range(ROUNDS):
                some_are_answered(crowd, supply)
            crowd.part = "meanwhile"
            _say({"at": at, "there": there, "size": size})
            sys.stdin.readline()
            some_are_answered(crowd, supply)
            crowd.part = "after"
            for _ in range(ROUNDS):
                some_are_answered(crowd, supply)
            supply.end()
            crowd.settle()
        quiet = finish(database, folder)
        faults = [*crowd.odd, *faults_left(database, folder, crowd.done, quiet)]
    _say(
        {part: crowd.told(part) for part in ("before", "meanwhile", "after")}
        | {"ready": dict(ready), "faults": faults}
    )


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def _real_size() -> Any:
    """This checkout's, over the modules of the other."""
    spec = spec_from_file_location("real_size", Path(__file__).with_name("real_size.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _asked(url: str) -> "Iterator[Counter[int]]":
    """``/readyz``, five times a second: how often with which status."""
    over, seen = threading.Event(), Counter[int]()

    def ask() -> None:
        while not over.wait(0.2):
            try:
                with urllib.request.urlopen(f"{url}/readyz", timeout=60) as answer:
                    seen[answer.status] += 1
            except urllib.error.HTTPError as error:
                seen[error.code] += 1
            except OSError:
                seen[0] += 1

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join(60)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
