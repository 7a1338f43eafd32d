"""The portal is made read-only and opened again: from then on every act is put off, and workers take no work."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.models import ReadOnlySpell
from portal.services.record import record

LONGEST_REASON = 200


def make_read_only(session: Session, actor: Actor, *, reason: str, now: datetime) -> ReadOnlySpell:
    """``reason`` is what staff read. Raises ``read_only_reason_missing``,
    ``read_only_reason_too_long``, ``Conflict("portal_is_read_only")``.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError("read_only_reason_missing")
    if len(reason) > LONGEST_REASON:
        raise DomainError("read_only_reason_too_long", most=LONGEST_REASON)
    if _running(session) is not None:
        raise Conflict("portal_is_read_only")
    spell = ReadOnlySpell(reason=reason, began_at=now)
    session.add(spell)
    session.flush()
    record(session, actor, "portal:made_read_only", now=now, spell_id=spell.id)
    return spell


def open_again(session: Session, actor: Actor, *, now: datetime) -> ReadOnlySpell:
    """Acts are taken again. Raises ``Conflict("portal_is_not_read_only")``."""
    spell = _running(session)
    if spell is None:
        raise Conflict("portal_is_not_read_only")
    spell.ended_at = now
    session.flush()
    record(session, actor, "portal:opened_again", now=now, spell_id=spell.id)
    return spell


def _running(session: Session) -> ReadOnlySpell | None:
    return session.scalar(
        select(ReadOnlySpell)
        .where(ReadOnlySpell.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
