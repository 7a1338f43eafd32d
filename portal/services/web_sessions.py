"""Ending sessions: one's own elsewhere, the oldest where there are too many, and anybody's from the shell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.models import Borrower, StaffMember, WebSession
from portal.queries.web_sessions import IdleTimes, live_rows
from portal.services.record import record

MOST_SESSIONS: Final[Mapping[str, int]] = {"borrower": 5, "staff": 3}
"""How often somebody may be signed in at once: a telephone, a computer, and some for what nobody signed out of."""
_AUDIENCES: Final[Mapping[ActorKind, str]] = {ActorKind.BORROWER: "borrower", ActorKind.STAFF: "staff"}


def make_room(
    session: Session, actor: Actor, *, now: datetime, idle: IdleTimes, replaced: int | None = None
) -> int:
    """Before another session of the actor's begins: the oldest of those that are live end where there are as many as may be; that with the
    id ``replaced``, whose place the new one takes, does not count.

    Two who sign in at once wait here for each other, at the person's row. How many ended.
    """
    audience = _AUDIENCES[actor.kind]
    assert actor.id is not None
    person = Borrower if audience == "borrower" else StaffMember
    session.execute(select(person.id).where(person.id == actor.id).with_for_update(key_share=True))
    live = live_rows(session, audience, actor.id, now=now, idle=idle)
    oldest = [row.id for row in live if row.id != replaced][MOST_SESSIONS[audience] - 1 :]
    return _end_own(session, actor, WebSession.id.in_(oldest), "too_many", now) if oldest else 0


def end_sessions_of(session: Session, audience: str, person_id: int) -> int:
    """Whoever is signed in there is a stranger with the next request; how many sessions."""
    return _end(session, WebSession.audience == audience, WebSession.person_id == person_id)


def sign_out_here(session: Session, actor: Actor, *, now: datetime) -> bool:
    """End the session that asks; False where it was over, by another tap at the same moment."""
    return _end_own(session, actor, WebSession.token_hash == actor.session_key, "signed_out", now) > 0


def end_own_session(session: Session, actor: Actor, *, handle: str, now: datetime) -> bool:
    """End one of one's own sessions by its handle (`session_handle`); False where it was over."""
    if not handle:
        return False
    which = WebSession.token_hash.startswith(handle, autoescape=True)
    return _end_own(session, actor, which, "ended_elsewhere", now) > 0


def end_other_sessions(session: Session, actor: Actor, *, now: datetime) -> int:
    """End all of one's own sessions but the one that asks; how many."""
    return _end_own(session, actor, WebSession.token_hash != actor.session_key, "ended_elsewhere", now)


def end_everybodys(session: Session, *, now: datetime) -> int:
    """From the shell: nobody is signed in any more. How many sessions ended; one event tells of all of them."""
    ended = _end(session, WebSession.person_id.is_not(None))
    record(session, SYSTEM, "sessions:all_ended", now=now, sessions=ended)
    return ended


def end_borrowers(session: Session, *, borrower_ref: str, now: datetime) -> int:
    """From the shell: a borrower's, who reads it in their record. Raises ``NotFound("borrower_unknown")``."""
    borrower_id = session.scalar(select(Borrower.id).where(Borrower.borrower_ref == borrower_ref))
    if borrower_id is None:
        raise NotFound("borrower_unknown")
    ended = end_sessions_of(session, "borrower", borrower_id)
    for _ in range(ended):
        record(
            session,
            SYSTEM,
            "session:ended",
            now=now,
            borrower_id=borrower_id,
            audience="borrower",
            reason="ended_by_us",
        )
    return ended


def end_staffs(session: Session, *, login: str, now: datetime) -> int:
    """From the shell: those of a member of staff. Raises ``NotFound("staff_unknown")``."""
    member = session.scalar(select(StaffMember).where(StaffMember.login == login.strip().lower()))
    if member is None:
        raise NotFound("staff_unknown")
    ended = end_sessions_of(session, "staff", member.id)
    record(session, SYSTEM, "staff:sessions_ended", now=now, staff_number=member.number, sessions=ended)
    return ended


def _end_own(session: Session, actor: Actor, which: ColumnElement[bool], reason: str, now: datetime) -> int:
    audience = _AUDIENCES[actor.kind]
    ended = _end(session, WebSession.audience == audience, WebSession.person_id == actor.id, which)
    borrower_id = actor.id if audience == "borrower" else None
    for _ in range(ended):
        record(
            session,
            actor,
            "session:ended",
            now=now,
            borrower_id=borrower_id,
            audience=audience,
            reason=reason,
        )
    return ended


def _end(session: Session, *which: ColumnElement[bool]) -> int:
    ending = delete(WebSession).where(*which).returning(WebSession.id)
    return len(session.scalars(ending, execution_options={"synchronize_session": False}).all())
