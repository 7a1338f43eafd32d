"""Where somebody is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.models import WebSession


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session: since when, last seen, and in which browser. ``handle`` names it to its owner, and opens nothing."""

    created_at: datetime
    seen_at: datetime
    handle: str
    browser: str


def live_sessions(
    session: Session, audience: str, person_id: int, *, now: datetime, idle: timedelta
) -> Sequence[SessionLine]:
    """Those that have not run out and were seen within ``idle``, the newest first."""
    rows = session.execute(
        select(WebSession.created_at, WebSession.seen_at, WebSession.token_hash, WebSession.data)
        .where(is_live(audience, person_id, now=now, idle=idle))
        .order_by(WebSession.id.desc())
    )
    return [
        SessionLine(created_at, seen_at, session_handle(token_hash), str(data.get("browser", "")))
        for created_at, seen_at, token_hash, data in rows
    ]


def is_live(audience: str, person_id: int, *, now: datetime, idle: timedelta) -> ColumnElement[bool]:
    """A session of this person's that has not run out and was seen within ``idle``."""
    return and_(
        WebSession.audience == audience,
        WebSession.person_id == person_id,
        WebSession.expires_at > now,
        WebSession.seen_at > now - idle,
    )


def session_handle(token_hash: str) -> str:
    """The first half of what is kept of a session's token."""
    return token_hash[:32]
