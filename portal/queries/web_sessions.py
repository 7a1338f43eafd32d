"""Where somebody is signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import WebSession

IS_PATIENT: Final = "is_patient"
"""What a session keeps where its reader has the longer times of the elder view."""


@dataclass(frozen=True, slots=True)
class IdleTimes:
    """For how long a session may be left alone: usually, and in the elder view."""

    usual: timedelta
    patient: timedelta

    def of(self, kept: Mapping[str, Any]) -> timedelta:
        """Of a session with these contents."""
        return self.patient if kept.get(IS_PATIENT) else self.usual


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session: since when, last seen, and in which browser. ``handle`` names it to its owner, and opens nothing."""

    created_at: datetime
    seen_at: datetime
    handle: str
    browser: str


def live_sessions(
    session: Session, audience: str, person_id: int, *, now: datetime, idle: IdleTimes
) -> Sequence[SessionLine]:
    """Those that have not run out and were not left alone for too long, the newest first."""
    return [
        SessionLine(
            row.created_at, row.seen_at, session_handle(row.token_hash), str(row.data.get("browser", ""))
        )
        for row in live_rows(session, audience, person_id, now=now, idle=idle)
    ]


def live_rows(
    session: Session, audience: str, person_id: int, *, now: datetime, idle: IdleTimes
) -> Sequence[WebSession]:
    """The rows of ``live_sessions``."""
    rows = session.scalars(
        select(WebSession)
        .where(
            WebSession.audience == audience,
            WebSession.person_id == person_id,
            WebSession.expires_at > now,
            WebSession.seen_at > now - max(idle.usual, idle.patient),
        )
        .order_by(WebSession.id.desc())
    )
    return [row for row in rows if row.seen_at > now - idle.of(row.data)]


def session_handle(token_hash: str) -> str:
    """The first half of what is kept of a session's token."""
    return token_hash[:32]
