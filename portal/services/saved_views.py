"""Views of the queue that somebody keeps under a name of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.permissions import Actor, Permission, require
from portal.models import SavedView, StaffMember
from portal.services.record import record

MOST_VIEWS: Final = 12
LONGEST_NAME: Final = 40


def keep_view(
    session: Session, actor: Actor, *, name: str, choices: Mapping[str, str], now: datetime
) -> SavedView:
    """``choices``: what the queue's address carries.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``text_missing``, ``text_too_long``, ``view_name_taken``, ``too_many_views``.

    """
    require(actor, Permission.QUEUE_SEE)
    assert actor.id is not None
    kept = clean_text(name, field="name", most=LONGEST_NAME)
    # Neither goes over the number.
    _take_turns(session, actor)
    count = session.scalar(select(func.count()).where(SavedView.staff_member_id == actor.id))
    if (count or 0) >= MOST_VIEWS:
        raise DomainError("too_many_views", field="name", most=MOST_VIEWS)
    view = SavedView(
        staff_member_id=actor.id, name=kept, choices=dict(choices), is_default=False, made_at=now
    )
    _add_or_refuse(session, view)
    record(session, actor, "view:kept", now=now, view_id=view.id)
    return view


def rename_view(session: Session, actor: Actor, *, view_id: int, name: str, now: datetime) -> None:
    """Raises ``NotFound`` for what is not one's own, and as ``keep_view``."""
    view = _own(session, actor, view_id)
    kept = clean_text(name, field="name", most=LONGEST_NAME)
    if kept == view.name:
        return
    view.name = kept
    _add_or_refuse(session, view)
    record(session, actor, "view:renamed", now=now, view_id=view.id)


def delete_view(session: Session, actor: Actor, *, view_id: int, now: datetime) -> None:
    """Raises ``NotFound``."""
    view = _own(session, actor, view_id)
    session.delete(view)
    session.flush()
    record(session, actor, "view:deleted", now=now, view_id=view_id)


def open_view_by_default(session: Session, actor: Actor, *, view_id: int | None, now: datetime) -> None:
    """The queue opens with this view; with None, with everything. What it does already is nothing. Raises ``NotFound``."""
    if view_id is None:
        _take_turns(session, actor)
    view = None if view_id is None else _own(session, actor, view_id)
    standing = session.scalar(
        select(SavedView.id).where(SavedView.staff_member_id == actor.id, SavedView.is_default)
    )
    if standing == view_id:
        return
    session.execute(
        update(SavedView)
        .where(SavedView.staff_member_id == actor.id, SavedView.is_default)
        .values(is_default=False)
    )
    if view is not None:
        session.execute(update(SavedView).where(SavedView.id == view.id).values(is_default=True))
    record(session, actor, "view:default_set", now=now, view_id=view_id)


def _own(session: Session, actor: Actor, view_id: int) -> SavedView:
    """As it stands once whoever works on one's views in another window is done."""
    require(actor, Permission.QUEUE_SEE)
    _take_turns(session, actor)
    found = session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.staff_member_id == actor.id)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def _take_turns(session: Session, actor: Actor) -> None:
    """Two windows of one person, or two taps, go one after the other."""
    session.execute(select(StaffMember.id).where(StaffMember.id == actor.id).with_for_update())


def _add_or_refuse(session: Session, view: SavedView) -> None:
    try:
        with session.begin_nested():
            session.add(view)
            session.flush()
    except IntegrityError as error:
        raise DomainError("view_name_taken", field="name") from error
