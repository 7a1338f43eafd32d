"""Counting tries by bucket, in the database: processes share it, and a crash forgets nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import String, and_, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.one_time_codes import keyed_hash
from portal.models import RateCount
from portal.queries.prepared import Prepared, given, table_of

_COUNTS: Final = table_of(RateCount)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in a window that opens with the first."""

    bucket: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Full:
    """A limit that has no room. ``is_first``: the first that it refuses in its window, which is what goes on record; the bucket alone
    counts the others, so that nobody fills the record by knocking on.
    """

    again_at: datetime
    is_first: bool


def bucket_of(text: str, key: str) -> str:
    """What a bucket calls a number or an address: a keyed hash, which tells them apart and does not know them."""
    return keyed_hash(text, key, purpose="bucket")[:40]


def count_try(session: Session, limit: Limit, *, now: datetime) -> Full | None:
    """Count one; None where it is within the limit."""
    return count_tries(session, [limit], now=now)


def count_form(
    session: Session, limit: Limit, *, was_taken: Callable[[], bool], now: datetime
) -> Full | None:
    """Count a form; None where it is within the limit, or was taken before: whoever sends it again, for the answer was lost, uses up
    nothing and is never put off. ``was_taken`` is asked once it was counted, when whoever sends the same at once has to wait.
    """
    full = count_try(session, limit, now=now)
    if not was_taken():
        return full
    give_back_try(session, limit.bucket)
    return None


def count_tries(session: Session, limits: Sequence[Limit], *, now: datetime) -> Full | None:
    """Count one in each, the narrowest limit first, up to the first that is full; None where all have room.

    What a narrower limit refuses does not count towards a wider one: nobody alone fills what is there for everybody. All are counted in
    one statement, and where one is full the wider ones get theirs back before anybody sees it: rows stay locked, in this order, until
    the transaction ends.
    """
    if not limits:
        return None
    values: dict[str, Any] = {"now": now}
    for place, limit in enumerate(limits):
        values |= {f"bucket_{place}": limit.bucket, f"edge_{place}": now - limit.window}
    counted = {row.bucket: row for row in _counting(len(limits)).rows(session, **values)}
    for place, limit in enumerate(limits):
        found = counted[limit.bucket]
        if found.tries > limit.most:
            give_back_try(session, *(wider.bucket for wider in limits[place + 1 :]))
            return Full(found.window_started_at + limit.window, is_first=found.tries == limit.most + 1)
    return None


def is_full(session: Session, limits: Sequence[Limit], *, now: datetime) -> bool:
    """Whether one of them has no room for a try, which is not counted."""
    values: dict[str, Any] = {}
    for place, limit in enumerate(limits):
        values |= {
            f"bucket_{place}": limit.bucket,
            f"most_{place}": limit.most,
            f"edge_{place}": now - limit.window,
        }
    return bool(limits) and _asking(len(limits)).row(session, **values) is not None


@lru_cache(maxsize=16)
def _asking(buckets: int) -> Prepared:
    spent = (
        and_(
            _COUNTS.c.bucket == given(f"bucket_{place}"),
            _COUNTS.c["count"] >= given(f"most_{place}"),
            _COUNTS.c.window_started_at > given(f"edge_{place}"),
        )
        for place in range(buckets)
    )
    return Prepared(select(_COUNTS.c.bucket).where(or_(*spent)))


@lru_cache(maxsize=16)
def _counting(buckets: int) -> Prepared:
    return Prepared(_statement(sqlite.insert, buckets), postgresql=_statement(postgresql.insert, buckets))


def _statement(insert: Any, buckets: int) -> Any:
    moment = _COUNTS.c.window_started_at.type
    rows = [
        {"bucket": given(f"bucket_{place}", String), "window_started_at": given("now", moment), "count": 1}
        for place in range(buckets)
    ]
    is_over = or_(
        *(
            and_(
                _COUNTS.c.bucket == given(f"bucket_{place}"),
                _COUNTS.c.window_started_at <= given(f"edge_{place}"),
            )
            for place in range(buckets)
        )
    )
    changed = {
        "count": case((is_over, 1), else_=_COUNTS.c["count"] + 1),
        "window_started_at": case((is_over, given("now", moment)), else_=_COUNTS.c.window_started_at),
    }
    counting = insert(_COUNTS).values(rows).on_conflict_do_update(index_elements=["bucket"], set_=changed)
    return counting.returning(
        _COUNTS.c.bucket, _COUNTS.c["count"].label("tries"), _COUNTS.c.window_started_at
    )


def give_back_try(session: Session, *buckets: str) -> None:
    """Take back the one just counted in each: it was right."""
    if buckets:
        _giving_back(len(buckets)).run(
            session, **{f"bucket_{place}": each for place, each in enumerate(buckets)}
        )


@lru_cache(maxsize=16)
def _giving_back(buckets: int) -> Prepared:
    some = _COUNTS.c.bucket.in_([given(f"bucket_{place}") for place in range(buckets)])
    fewer = {"count": _COUNTS.c["count"] - 1}
    return Prepared(update(_COUNTS).where(some, _COUNTS.c["count"] > 0).values(fewer))
