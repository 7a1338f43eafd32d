"""That a backup was made: how old the newest is, and how large, whoever looks."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.models import BackupMade, Event
from portal.queries.operations import newest_backup
from portal.services.backups import FinishedBackup, note_backup
from tests.people import NOW
from tests.told_events import told

SHA256 = "c4" * 32
DONE = FinishedBackup(
    began_at=NOW, finished_at=NOW + timedelta(minutes=7), size=5_000_000_000, manifest_sha256=SHA256
)
"""More than four gigabytes."""


def test_a_backup_is_known_by_when_it_began_how_large_it_is_and_what_is_in_it(session: Session) -> None:
    made_id = note_backup(session, SYSTEM, backup=DONE).id
    session.expire_all()
    made = session.get_one(BackupMade, made_id)
    assert (made.began_at, made.finished_at) == (DONE.began_at, DONE.finished_at)
    assert (made.size, made.manifest_sha256) == (DONE.size, SHA256)


def test_it_is_on_record_as_of_when_it_was_finished(session: Session) -> None:
    made = note_backup(session, SYSTEM, backup=DONE)
    said = {"backup_id": made.id, "size": DONE.size, "manifest_sha256": SHA256}
    assert told(session, "backup:made") == [(None, said)]
    event = session.scalars(select(Event).where(Event.name == "backup:made")).one()
    assert (event.at, event.actor_kind) == (DONE.finished_at, "system")


def test_the_newest_is_the_one_that_began_last(session: Session) -> None:
    """One that took all night holds less of the day than one that began after it and was done before."""
    short = FinishedBackup(
        began_at=NOW + timedelta(minutes=1),
        finished_at=NOW + timedelta(minutes=2),
        size=2,
        manifest_sha256="d5" * 32,
    )
    wanted = note_backup(session, SYSTEM, backup=short)
    note_backup(session, SYSTEM, backup=DONE)
    assert newest_backup(session) is wanted
