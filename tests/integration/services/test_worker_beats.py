"""Workers that say they are alive: each has a row of its own, for a day after its last word."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import WorkerBeat
from portal.services.worker_beats import FORGOTTEN_AFTER, beat, leave

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def seen(session: Session) -> dict[str, tuple[datetime, datetime, int]]:
    rows = session.scalars(select(WorkerBeat).execution_options(populate_existing=True))
    return {row.worker: (row.started_at, row.seen_at, row.jobs) for row in rows}


def test_each_worker_keeps_its_own_row(session: Session) -> None:
    beat(session, "one:1", started_at=NOW, jobs=0, now=NOW)
    beat(session, "two:2", started_at=LATER, jobs=3, now=LATER)
    beat(session, "two:2", started_at=LATER, jobs=4, now=LATER)
    assert seen(session) == {"one:1": (NOW, NOW, 0), "two:2": (LATER, LATER, 4)}

    beat(session, "one:1", started_at=NOW, jobs=7, now=LATER)
    assert seen(session) == {"one:1": (NOW, LATER, 7), "two:2": (LATER, LATER, 4)}


def test_who_leaves_takes_only_the_own_row(session: Session) -> None:
    for worker in ("one:1", "two:2"):
        beat(session, worker, started_at=NOW, jobs=0, now=NOW)
    leave(session, "one:1")
    assert set(seen(session)) == {"two:2"}


def test_who_was_killed_is_named_for_a_day(session: Session) -> None:
    beat(session, "killed:1", started_at=NOW, jobs=0, now=NOW)
    beat(session, "two:2", started_at=NOW, jobs=0, now=NOW + FORGOTTEN_AFTER)
    assert set(seen(session)) == {"killed:1", "two:2"}

    beat(session, "two:2", started_at=NOW, jobs=0, now=NOW + FORGOTTEN_AFTER + timedelta(seconds=1))
    assert set(seen(session)) == {"two:2"}
