"""Runs of the import: what was read and what came of it, kept as it goes so that a killed run can be seen."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.models import BookImport
from portal.queries.imports import find_unfinished_import
from portal.services.record import record

Counts = Mapping[str, int]


def start_import(session: Session, *, folder_digest: str, now: datetime) -> int:
    """The id of this run; a run over the same files that was killed half-way is taken up again."""
    unfinished = find_unfinished_import(session, folder_digest)
    if unfinished is not None:
        return unfinished.id
    started = BookImport(folder_digest=folder_digest, started_at=now, finished_at=None, progress={})
    session.add(started)
    session.flush()
    return started.id


def note_progress(session: Session, *, import_id: int, counts: Counts) -> None:
    """In the transaction that wrote what is counted."""
    session.execute(update(BookImport).where(BookImport.id == import_id).values(progress=dict(counts)))


def finish_import(session: Session, actor: Actor, *, import_id: int, counts: Counts, now: datetime) -> None:
    """Close the run and record it. ``counts`` has at least loans, installments, payments, rejected and unchanged."""
    session.execute(
        update(BookImport).where(BookImport.id == import_id).values(progress=dict(counts), finished_at=now)
    )
    told = {name: counts[name] for name in ("loans", "installments", "payments", "rejected", "unchanged")}
    record(session, actor, "book:imported", now=now, import_id=import_id, **told)
