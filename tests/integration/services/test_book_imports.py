"""Runs of the import: one that was killed half-way is taken up again, and what came of each is on record."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.models import BookImport, Event
from portal.services.book_imports import finish_import, note_progress, start_import
from tests.people import NOW
from tests.told_events import told

FOLDER, OTHER = "a" * 64, "b" * 64
COUNTS = {"loans": 3, "installments": 36, "payments": 20, "rejected": 1, "unchanged": 2, "payments_apart": 4}
"""As a run counts: more than the record tells."""
LATER = NOW + timedelta(minutes=10)


def runs(session: Session) -> list[BookImport]:
    session.expire_all()
    return list(session.scalars(select(BookImport).order_by(BookImport.id)))


def test_a_run_begins_with_nothing_done(session: Session) -> None:
    import_id = start_import(session, folder_digest=FOLDER, now=NOW)
    [run] = runs(session)
    assert (run.id, run.folder_digest, run.started_at) == (import_id, FOLDER, NOW)
    assert (run.finished_at, run.progress) == (None, {})


def test_a_run_over_the_same_files_is_taken_up_where_it_was_killed(session: Session) -> None:
    other = start_import(session, folder_digest=OTHER, now=NOW)
    killed = start_import(session, folder_digest=FOLDER, now=NOW)
    note_progress(session, import_id=killed, counts={"loans": 1})
    assert start_import(session, folder_digest=FOLDER, now=LATER) == killed
    assert [(run.id, run.started_at, run.progress) for run in runs(session)] == [
        (other, NOW, {}),
        (killed, NOW, {"loans": 1}),
    ]


def test_how_far_it_came_is_the_last_that_was_noted_of_this_run(session: Session) -> None:
    first, second = (start_import(session, folder_digest=each, now=NOW) for each in (FOLDER, OTHER))
    for loans in (1, 2):
        note_progress(session, import_id=second, counts={"loans": loans})
    assert [(run.id, run.progress) for run in runs(session)] == [(first, {}), (second, {"loans": 2})]


def test_what_came_of_a_run_is_kept_and_on_record(session: Session) -> None:
    other, import_id = (start_import(session, folder_digest=each, now=NOW) for each in (OTHER, FOLDER))
    finish_import(session, SYSTEM, import_id=import_id, counts=COUNTS, now=LATER)
    assert [(run.id, run.finished_at, run.progress) for run in runs(session)] == [
        (other, None, {}),
        (import_id, LATER, COUNTS),
    ]
    said = {name: count for name, count in COUNTS.items() if name != "payments_apart"}
    assert told(session, "book:imported") == [(None, {"import_id": import_id, **said})]
    event = session.scalars(select(Event).where(Event.name == "book:imported")).one()
    assert (event.at, event.actor_kind, event.actor_id) == (LATER, "system", None)


def test_the_same_files_again_are_another_run_once_the_first_is_done(session: Session) -> None:
    first = start_import(session, folder_digest=FOLDER, now=NOW)
    finish_import(session, SYSTEM, import_id=first, counts=COUNTS, now=NOW)
    again = start_import(session, folder_digest=FOLDER, now=LATER)
    assert [(run.id, run.started_at) for run in runs(session)] == [(first, NOW), (again, LATER)]
