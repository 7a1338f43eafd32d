"""A worker says that it is alive, and says goodbye where it stops by itself."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import WorkerBeat

FORGOTTEN_AFTER = timedelta(days=1)
"""A worker that was killed is named for so long."""


def beat(session: Session, worker: str, *, started_at: datetime, jobs: int, now: datetime) -> None:
    """``worker`` is ``host:pid``; ``jobs`` is how many pieces of work it did since it started."""
    seen = {"started_at": started_at, "seen_at": now, "jobs": jobs}
    known = update(WorkerBeat).where(WorkerBeat.worker == worker).values(seen).returning(WorkerBeat.worker)
    if session.scalar(known) is None:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(WorkerBeat).values(worker=worker, **seen).on_conflict_do_nothing())
    session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN_AFTER))


def leave(session: Session, worker: str) -> None:
    """It stops, and nobody needs to miss it."""
    session.execute(delete(WorkerBeat).where(WorkerBeat.worker == worker))
