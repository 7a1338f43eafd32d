"""Taking one's own record along (rule D02): what is handed out is told in the record itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.services.record import record


def record_export(session: Session, actor: Actor, *, file_format: str, now: datetime) -> None:
    """``file_format``: text or json."""
    record(session, actor, "record:exported", now=now, borrower_id=actor.id, file_format=file_format)
