"""Workers that are alive are seen, however long a piece of work takes; those that are gone are forgotten in the end."""

import threading
import time
from datetime import timedelta

from sqlalchemy import select
from structlog.testing import capture_logs

from portal.commands.heartbeats import Heart
from portal.commands.work import Job, Workshop, run_for_ever
from portal.config import Config
from portal.db import make_engine, transaction
from portal.models import WorkerBeat
from portal.queries.operations import worker_beats
from portal.services.outbox import enqueue
from portal.services.worker_beats import FORGOTTEN_AFTER, beat
from tests.clocks import HandClock
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


def test_a_worker_is_seen_while_one_piece_of_work_takes_long(database: Database) -> None:
    """The piece of work ends once its worker was seen twice since it began, and no sooner."""
    engine, clock, stop = make_engine(database.url), HandClock(), threading.Event()
    seen: list[object] = []

    def work(shop: Workshop, _job: Job) -> None:
        until = time.monotonic() + 20
        while len(seen) < 2 and time.monotonic() < until:
            stop.wait(0.005)
            clock.move_on(minutes=1)
            with transaction(shop.engine, writes=False) as session:
                at = session.scalar(select(WorkerBeat.seen_at))
            if at is not None and at not in seen:
                seen.append(at)
        stop.set()

    with transaction(database.engine) as session:
        enqueue(session, kind="long", dedupe_key="a", payload={}, now=clock.now())
    config = Config(database_url=database.url, secret_key="s" * 40, testing=True)
    shop = Workshop(config, engine, clock, *([None] * 3))  # type: ignore[arg-type]
    run_for_ever(shop, {"long": work}, stop=stop, beats_every=timedelta(milliseconds=20))
    engine.dispose()
    assert len(seen) == 2
    assert _seen(database) == {}


def test_a_heart_without_a_database_stops_no_work() -> None:
    away = make_engine("postgresql://nobody@127.0.0.1:9/nothing", pool_size=1)
    heart, began = Heart(away, HandClock(), every=timedelta(milliseconds=1)), time.monotonic()
    with capture_logs() as said:
        with heart.beating():
            while not said and time.monotonic() < began + 20:
                time.sleep(0.005)
        heart.stop()
    away.dispose()
    assert {each["event"] for each in said} == {"worker_beat_unsaid", "worker_left_unsaid"}
