"""How the installation is run: workers that are alive, backups that were made, and times in which nothing may be written."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, BigId, primary_key

_RUNS = text("ended_at IS NULL")
_UNFINISHED = text("finished_at IS NULL")


class WorkerBeat(Base):
    """One worker process: when it was last seen at work. Its row goes when it stops by itself."""

    __tablename__ = "worker_beat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    """Machine and process, ``host:pid``."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    jobs: Mapped[int] = mapped_column(BigId, default=0)
    """Pieces of work that it did since it started."""


class BackupMade(Base):
    """A backup that was written whole. It is made of what stood in the database at ``began_at``, so its own row is not in it."""

    __tablename__ = "backup_made"

    id: Mapped[int] = primary_key()
    began_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime]
    size: Mapped[int] = mapped_column(BigId)
    """Bytes of all its files."""
    manifest_sha256: Mapped[str] = mapped_column(String(64))


class ReadOnlySpell(Base):
    """A time in which nobody may change anything and workers take no work; at most one goes on."""

    __tablename__ = "read_only_spell"
    __table_args__ = (
        Index(
            "uq_read_only_spell_running", text("(1)"), unique=True, sqlite_where=_RUNS, postgresql_where=_RUNS
        ),
    )

    id: Mapped[int] = primary_key()
    reason: Mapped[str] = mapped_column(String(200))
    """What staff read on every page of the desk."""
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RetentionRun(Base):
    """One run over what may not be kept any longer. One that was stopped is gone on with by the next; at most one is not finished."""

    __tablename__ = "retention_run"
    __table_args__ = (
        Index(
            "uq_retention_run_running",
            text("(1)"),
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )

    id: Mapped[int] = primary_key()
    business_date: Mapped[date]
    counts: Mapped[dict[str, Any]]
    """Rows that went, by class."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
