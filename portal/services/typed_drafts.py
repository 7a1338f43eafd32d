"""What somebody is typing, kept until it is sent: a sitting may end in the middle of a form. No event: nothing is said to us yet."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.models import TypedDraft

KEPT_FOR: Final = timedelta(days=7)
MOST_PAGES: Final = 20
MOST_BYTES: Final = 20_000
_NEVER: Final = frozenset(
    {"csrf_token", "code", "ending", "mobile", "password", "consents", "terms", "form_key"}
)
"""Secrets, and acts that must be done anew each time."""


def keep_typed(
    session: Session, borrower_id: int, *, path: str, typed: Mapping[str, str], now: datetime
) -> None:
    """Keep it for this page; what was typed there before is replaced. Raises ``typed_too_large``."""
    fields = {name: text for name, text in typed.items() if name not in _NEVER}
    if len(path) > 200 or len(json.dumps(fields)) > MOST_BYTES:
        raise DomainError("typed_too_large")
    _drop_old(session, borrower_id, now)
    kept = session.get(TypedDraft, (borrower_id, path))
    if kept is None:
        _add(session, TypedDraft(borrower_id=borrower_id, path=path, fields=fields, saved_at=now))
        return
    kept.fields, kept.saved_at = fields, now
    session.flush()


def drop_typed(session: Session, borrower_id: int, *, path: str) -> None:
    """It was sent: nothing is left to keep."""
    session.execute(delete(TypedDraft).where(TypedDraft.borrower_id == borrower_id, TypedDraft.path == path))


def _add(session: Session, draft: TypedDraft) -> None:
    """Two tabs at once: the first stays, the next keystroke replaces it."""
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        return


def _drop_old(session: Session, borrower_id: int, now: datetime) -> None:
    """What is out of date, and the oldest where there are too many."""
    newest = (
        select(TypedDraft.path)
        .where(TypedDraft.borrower_id == borrower_id, TypedDraft.saved_at > now - KEPT_FOR)
        .order_by(TypedDraft.saved_at.desc())
        .limit(MOST_PAGES)
    )
    session.execute(
        delete(TypedDraft).where(
            TypedDraft.borrower_id == borrower_id, TypedDraft.path.not_in(list(session.scalars(newest)))
        )
    )
