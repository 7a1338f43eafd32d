"""Noting that a backup was made, in the database that goes on, so that whoever looks knows how old the newest is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.models import BackupMade
from portal.services.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedBackup:
    """``size`` in bytes; ``manifest_sha256`` names all that is in it."""

    began_at: datetime
    finished_at: datetime
    size: int
    manifest_sha256: str


def note_backup(session: Session, actor: Actor, *, backup: FinishedBackup) -> BackupMade:
    """A row and its event, as of when the backup was finished."""
    made = BackupMade(
        began_at=backup.began_at,
        finished_at=backup.finished_at,
        size=backup.size,
        manifest_sha256=backup.manifest_sha256,
    )
    session.add(made)
    session.flush()
    record(
        session,
        actor,
        "backup:made",
        now=backup.finished_at,
        backup_id=made.id,
        size=made.size,
        manifest_sha256=made.manifest_sha256,
    )
    return made
