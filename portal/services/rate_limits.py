"""Counting tries by bucket, in the database: processes share it, and a crash forgets nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import RateCount


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in a window that opens with the first."""

    bucket: str
    most: int
    window: timedelta


def count_try(session: Session, limit: Limit, *, now: datetime) -> datetime | None:
    """Count one; None where it is within the limit, else the instant from which there is room again."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    is_over = RateCount.window_started_at <= now - limit.window
    count, started = session.execute(
        insert(RateCount)
        .values(bucket=limit.bucket, window_started_at=now, count=1)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "count": case((is_over, 1), else_=RateCount.count + 1),
                "window_started_at": case((is_over, now), else_=RateCount.window_started_at),
            },
        )
        .returning(RateCount.count, RateCount.window_started_at)
    ).one()
    return None if count <= limit.most else started + limit.window


def count_tries(session: Session, limits: Sequence[Limit], *, now: datetime) -> datetime | None:
    """Count one in every bucket, always in the same order (rows are locked by it); the latest instant of those that are full."""
    full = [again_at for limit in limits if (again_at := count_try(session, limit, now=now)) is not None]
    return max(full, default=None)


def give_back_try(session: Session, bucket: str) -> None:
    """Take back the one just counted: it was right."""
    session.execute(
        update(RateCount)
        .where(RateCount.bucket == bucket, RateCount.count > 0)
        .values(count=RateCount.count - 1)
        .execution_options(synchronize_session=False)
    )
