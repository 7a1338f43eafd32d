"""Refused sign-ins of staff, by the login that was typed: told to whoever has it, and to administrators where somebody tries hard.

They are counted whether anybody has the login or nobody does, so that an answer costs the same; for two days, as all tries are kept.
"""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.models import RateCount, StaffMember
from portal.services.rate_limits import Limit, count_try

KEPT_FOR: Final = timedelta(days=2)
HARD: Final = 50
"""From so many on somebody is at it who forgot no password."""


@dataclass(frozen=True, slots=True)
class RefusedTries:
    """How many since when, and from how many places."""

    tries: int
    places: int
    since: datetime


@dataclass(frozen=True, slots=True)
class TriedAccount:
    number: str
    refused: RefusedTries


def account_key(login: str) -> str:
    """What counts call a login, whoever has it."""
    return hashlib.sha256(plain_login(login).encode()).hexdigest()[:32]


def plain_login(login: str) -> str:
    return login.strip().lower()[:80]


def note_refused(session: Session, *, login: str, site_key: str, now: datetime) -> None:
    """One more; ``site_key`` tells places apart, anew from each sign-in on.

    Whoever counts or takes them has the row of the login first, so that nobody waits for somebody who waits for them.
    """
    tries = _bucket(login)
    count_try(session, Limit(tries, sys.maxsize, KEPT_FOR), now=now)
    since = session.scalars(select(RateCount.window_started_at).where(RateCount.bucket == tries)).one()
    known = count_try(session, Limit(f"{tries}:{since.timestamp():.6f}:{site_key}", 0, KEPT_FOR), now=now)
    if known is not None and known.is_first:
        count_try(session, Limit(_places(login), sys.maxsize, KEPT_FOR), now=now)


def take_refused(session: Session, *, login: str, now: datetime) -> RefusedTries | None:
    """What was refused since the last sign-in, to be told now and counted anew from now on; None where nothing was."""
    session.execute(select(RateCount.bucket).where(RateCount.bucket == _bucket(login)).with_for_update())
    found = _refused(session, [login], now).get(login)
    if found is not None:
        session.execute(
            update(RateCount)
            .where(RateCount.bucket.in_([_bucket(login), _places(login)]))
            .values(count=0, window_started_at=now)
            .execution_options(synchronize_session=False)
        )
    return found


def accounts_tried_hard(session: Session, *, now: datetime) -> Sequence[TriedAccount]:
    """Accounts in use that somebody tried ``HARD`` times or oftener and nobody has signed in to since; by number."""
    rows = session.execute(
        select(StaffMember.number, StaffMember.login)
        .where(StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.number)
    ).all()
    refused = _refused(session, [login for _, login in rows], now)
    return [
        TriedAccount(number, refused[login])
        for number, login in rows
        if login in refused and refused[login].tries >= HARD
    ]


def _refused(session: Session, logins: Sequence[str], now: datetime) -> dict[str, RefusedTries]:
    buckets = [bucket for login in logins for bucket in (_bucket(login), _places(login))]
    counted = {
        row.bucket: row
        for row in session.execute(
            select(RateCount.bucket, RateCount.count, RateCount.window_started_at).where(
                RateCount.bucket.in_(buckets), RateCount.window_started_at > now - KEPT_FOR
            )
        )
    }
    return {
        login: RefusedTries(tries[1], places[1] if places else 1, tries[2])
        for login in logins
        if (tries := counted.get(_bucket(login))) is not None and tries[1]
        for places in (counted.get(_places(login)),)
    }


def _bucket(login: str) -> str:
    return f"staff:refused:{account_key(login)}"


def _places(login: str) -> str:
    return f"{_bucket(login)}:places"
