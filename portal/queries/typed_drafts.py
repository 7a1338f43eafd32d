"""What somebody was typing, loaded through them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.models import TypedDraft


def find_typed(session: Session, borrower_id: int, *, path: str, since: datetime) -> Mapping[str, str] | None:
    """What was typed on a page and not sent; None where nothing was, or long ago."""
    kept = session.get(TypedDraft, (borrower_id, path))
    return kept.fields if kept is not None and kept.saved_at > since else None
