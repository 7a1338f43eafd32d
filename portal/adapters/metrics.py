"""What monitoring reads (Prometheus): counted by this process, shared between processes, or asked of the database at each reading.

Labels are closed sets: endpoints, statuses, kinds of work, names of events. Nothing in them is about anybody. Several processes share a
folder that ``PROMETHEUS_MULTIPROC_DIR`` names, as the library wants it.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, event

from portal.adapters.ended_counts import counts_at_rest
from portal.adapters.record_standing import current_standing
from portal.config import Config
from portal.db import transaction
from portal.domain.record_standing import RecordState
from portal.queries.operations import newest_backup, running_spell, waiting_work, worker_beats
from portal.services.record import RECORDED
from portal.services.refused_tries import accounts_tried_hard
from portal.services.shared_limits import networks_shut_out, shares_spent

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_OWN: Final = CollectorRegistry()
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_WORK_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)

REQUESTS: Final = Counter(
    "portal_requests",
    "Answers by endpoint, method and status.",
    ["endpoint", "method", "status"],
    registry=_OWN,
)
REQUEST_SECONDS: Final = Histogram(
    "portal_request_seconds", "How long answers took.", ["endpoint"], buckets=_SECONDS, registry=_OWN
)
DAMAGED: Final = Counter(
    "portal_damaged_files",
    "Kept files that were asked for and do not open, or are not what was kept.",
    ["code"],
    registry=_OWN,
)
for _code in ("document_damaged", "attachment_damaged"):
    DAMAGED.labels(_code)  # at nought from the start, so that the first one counts as a rise
EVENTS: Final = Counter(
    "portal_events",
    "What was recorded, by the event's name: decisions, refusals of sign-in and all else.",
    ["name"],
    registry=_OWN,
)
JOBS: Final = Counter("portal_jobs", "Work by kind and outcome.", ["kind", "outcome"], registry=_OWN)
JOB_SECONDS: Final = Histogram(
    "portal_job_seconds",
    "How long a piece of work took; agreement:seal is the time of a document.",
    ["kind"],
    buckets=_WORK_SECONDS,
    registry=_OWN,
)
CONNECTIONS: Final = Gauge(
    "portal_pool_connections",
    "Connections of the pools to the database.",
    ["state"],
    multiprocess_mode="livesum",
    registry=_OWN,
)


def count_events(engine: Engine) -> None:
    """Count what is recorded by this engine, once it is committed. What is written by the thousand in one go is not counted."""
    event.listen(engine, "begin", _begun)
    event.listen(engine, "savepoint", _marked)
    event.listen(engine, "release_savepoint", _released)
    event.listen(engine, "rollback_savepoint", _taken_back)
    event.listen(engine, "commit", _committed)
    event.listen(engine, "rollback", _undone)


def _begun(connection: Connection) -> None:
    connection.info[RECORDED] = []


# Savepoints lie within one another, and the library tells of a new one before it has a name.
def _marked(connection: Connection, _name: str) -> None:
    connection.info.setdefault("marks", []).append(len(connection.info.get(RECORDED, ())))


def _released(connection: Connection, _name: str, _context: Any) -> None:
    _noted_on(connection).setdefault("marks", [0]).pop()


def _taken_back(connection: Connection, _name: str, _context: Any) -> None:
    noted = _noted_on(connection)
    del noted.get(RECORDED, [])[noted.setdefault("marks", [0]).pop() :]


def _committed(connection: Connection) -> None:
    for name in connection.info.pop(RECORDED, ()):
        EVENTS.labels(name).inc()
    connection.info.pop("marks", None)


def _undone(connection: Connection) -> None:
    noted = _noted_on(connection)
    noted.pop(RECORDED, None)
    noted.pop("marks", None)


def _noted_on(connection: Connection) -> dict[Any, Any]:
    """What was noted of the transaction; a connection that is gone cannot be asked, and took it along."""
    return {} if connection.invalidated else connection.info


def metrics_text(config: Config, engine: Engine, now: datetime) -> bytes:
    """All of it in Prometheus's text format."""
    status = getattr(engine.pool, "checkedout", None)
    if status is not None:
        CONNECTIONS.labels("in_use").set(status())
    registry = CollectorRegistry()
    folder = os.environ.get(_FOLDER)
    registry.register(InTheDatabase(config, engine, now))
    if not folder:
        registry.register(_Own())
        return generate_latest(registry)
    _forget_the_dead(Path(folder))
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    with counts_at_rest(Path(folder)):
        return generate_latest(registry)


class _Own(Collector):
    def collect(self) -> Iterable[Any]:
        return _OWN.collect()


class InTheDatabase(Collector):
    """What the same answer would come of in each process."""

    def __init__(self, config: Config, engine: Engine, now: datetime) -> None:
        self._config, self._engine, self._now = config, engine, now

    def collect(self) -> Iterator[Any]:
        with transaction(self._engine, writes=False) as session:
            waiting = waiting_work(session, self._now)
            beats = worker_beats(session)
            backup = newest_backup(session)
            spell = running_spell(session)
            standing = current_standing(session, self._config, self._now)
            spent = shares_spent(session, self._now)
            shut_out = networks_shut_out(session, self._now)
            tried = len(accounts_tried_hard(session, now=self._now))
        count = GaugeMetricFamily("portal_outbox_waiting", "Work that is due and not done.", labels=["kind"])
        age = GaugeMetricFamily(
            "portal_outbox_oldest_seconds", "How long the oldest of it waits.", labels=["kind"]
        )
        for kind, waits in sorted(waiting.items()):
            count.add_metric([kind], waits.count)
            age.add_metric([kind], waits.seconds(self._now))
        yield from (count, age)
        shared = GaugeMetricFamily(
            "portal_shared_limit_spent",
            "How much is used up of a limit that all visitors share: 1 where nobody gets in any more.",
            labels=["limit"],
        )
        for bucket, share in spent.items():
            shared.add_metric([bucket], share)
        yield shared
        networks = GaugeMetricFamily(
            "portal_networks_shut_out",
            "Networks that have used up their part of a limit that all visitors share: nobody behind them gets in.",
            labels=["limit"],
        )
        for bucket, many in shut_out.items():
            networks.add_metric([bucket], many)
        yield networks
        yield _gauge("portal_staff_tried_hard", "Accounts of staff that somebody tries to get into.", tried)
        seen = (self._now - beats[0].seen_at).total_seconds() if beats else float("nan")
        yield _gauge("portal_worker_seen_seconds", "Since a worker was last seen.", seen)
        yield _gauge("portal_record_uncovered", "Events without a checkpoint.", standing.uncovered)
        yield _gauge("portal_record_lag_seconds", "How long the oldest of them waits.", standing.seconds)
        broken = standing.state is RecordState.BROKEN
        yield _gauge("portal_record_broken", "1 where the record is not what was signed for.", broken)
        aged = (self._now - backup.began_at).total_seconds() if backup else float("nan")
        yield _gauge("portal_backup_age_seconds", "Age of the newest backup.", aged)
        yield _gauge("portal_read_only", "1 while nothing may be changed.", spell is not None)


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)


def _forget_the_dead(folder: Path) -> None:
    """What a process had open is open no more once it is gone; what it counted stays."""
    for pid in {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")}:
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
