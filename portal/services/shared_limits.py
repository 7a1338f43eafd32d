"""The limits that all visitors share. Only many networks together fill one; from then on a door is shut for everybody, so it is watched.

A network whose part is full finds the door shut while others do not; a few addresses can fill it, so that is watched, too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.network_places import network_of
from portal.models import RateCount
from portal.services.rate_limits import Limit, bucket_of

_DAY: Final = timedelta(hours=24)
_HOUR: Final = timedelta(hours=1)
CODES: Final = Limit("code:everywhere", 50_000, _DAY)
CODES_TO_NOBODY: Final = Limit("code:nobody", 50_000, _DAY)
"""Codes that go nowhere, for nobody has the number: they cost no message, and take none from those who have one. It shuts no door, which
would tell whose numbers are known: where it is full, further ones leave neither work nor an event.
"""
GUESSES: Final = Limit("guess:everywhere", 100_000, _HOUR)
COMPLAINTS: Final = Limit("complaint:everywhere", 10_000, _DAY)
MESSAGE_CHECKS: Final = Limit("message:everywhere", 50_000, _HOUR)
CHECKS: Final = Limit("check:everywhere", 20_000, _HOUR)
KEY_QUESTIONS: Final = Limit("key:everywhere", 20_000, _HOUR)
ALL: Final = (CODES, CODES_TO_NOBODY, GUESSES, COMPLAINTS, MESSAGE_CHECKS, CHECKS, KEY_QUESTIONS)
WATCHED_FROM: Final = 0.8
"""The share of a limit from which somebody should look where the tries come from."""
_PARTS: Final = {6: 10, 4: 5}
"""By the family of addresses: carriers put a whole town behind a network of IPv4."""
_NETWORK: Final = "network"


def shared(limit: Limit, place: str, key: str, *, name: str = _NETWORK) -> tuple[Limit, Limit]:
    """``limit`` behind the part of it that one network may use up, a tenth, of IPv4 a fifth; ``name`` tells its parts from another's."""
    network = network_of(place)
    family = 6 if ":" in network else 4
    bucket = f"{_behind(limit, name, family)}{bucket_of(network, key)}"
    return Limit(bucket, limit.most // _PARTS[family], limit.window), limit


def _behind(limit: Limit, name: str, family: int) -> str:
    """How the buckets of its networks of one family begin."""
    return f"{limit.bucket.partition(':')[0]}:{name}{family}:"


def shares_spent(session: Session, now: datetime) -> Mapping[str, float]:
    """How much of each is used up in its present window, by its bucket: 1 where nobody gets in any more."""
    counts = {
        row.bucket: row
        for row in session.scalars(
            select(RateCount).where(RateCount.bucket.in_([limit.bucket for limit in ALL]))
        )
    }
    return {limit.bucket: _share(counts.get(limit.bucket), limit, now) for limit in ALL}


def networks_shut_out(session: Session, now: datetime) -> Mapping[str, int]:
    """How many networks have used up their part of each limit that shuts a door, by the limit's bucket: nobody behind them gets in."""
    return {
        limit.bucket: session.scalars(
            select(func.count())
            .select_from(RateCount)
            .where(
                RateCount.window_started_at > now - limit.window,
                or_(
                    *(
                        and_(
                            RateCount.bucket.startswith(_behind(limit, _NETWORK, family)),
                            RateCount.count >= limit.most // parts,
                        )
                        for family, parts in _PARTS.items()
                    )
                ),
            )
        ).one()
        for limit in ALL
        if limit is not CODES_TO_NOBODY
    }


def _share(counted: RateCount | None, limit: Limit, now: datetime) -> float:
    if counted is None or counted.window_started_at <= now - limit.window:
        return 0.0
    return min(counted.count / limit.most, 1.0)
