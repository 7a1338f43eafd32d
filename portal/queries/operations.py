"""How the installation is doing: what waits, who works, what was backed up, whether anything may be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from portal.models import BackupMade, CalendarVersion, OutboxItem, ReadOnlySpell, WorkerBeat
from portal.queries.prepared import Prepared, table_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one kind that is due and not done: how much, and when the oldest of it was due."""

    count: int
    since: datetime

    def seconds(self, now: datetime) -> int:
        return max(0, round((now - self.since).total_seconds()))


_SPELLS: Final = table_of(ReadOnlySpell)
_SPELL: Final = Prepared(select(_SPELLS.c.id).where(_SPELLS.c.ended_at.is_(None)))


def waiting_work(session: Session, now: datetime) -> Mapping[str, Waiting]:
    """What is due now, by kind; what is put off to a later time is not waiting."""
    rows = session.execute(
        select(OutboxItem.kind, func.count(), func.min(OutboxItem.due_at))
        .where(OutboxItem.state == "open", OutboxItem.due_at <= now)
        .group_by(OutboxItem.kind)
    )
    return {kind: Waiting(count, since) for kind, count, since in rows}


@dataclass(frozen=True, slots=True)
class Failing:
    """Work of one kind that goes wrong in one way, again and again: how much."""

    kind: str
    error: str
    count: int


def failing_work(session: Session, *, tries: int) -> Sequence[Failing]:
    """What is open and was begun so often. Between two tries it waits for nobody, so ``waiting_work`` does not have it."""
    error = func.coalesce(OutboxItem.last_error, "")
    rows = session.execute(
        select(OutboxItem.kind, error, func.count())
        .where(OutboxItem.state == "open", OutboxItem.attempts >= tries)
        .group_by(OutboxItem.kind, error)
        .order_by(OutboxItem.kind, error)
    )
    return [Failing(kind, why, count) for kind, why, count in rows]


def given_up_work(session: Session, since: datetime) -> int:
    """Pieces of work that were given up, of those made since then."""
    return (
        session.scalar(select(func.count()).where(OutboxItem.state == "dead", OutboxItem.made_at >= since))
        or 0
    )


def worker_beats(session: Session) -> Sequence[WorkerBeat]:
    """Who was seen last comes first."""
    return session.scalars(select(WorkerBeat).order_by(WorkerBeat.seen_at.desc())).all()


def newest_backup(session: Session) -> BackupMade | None:
    return session.scalar(select(BackupMade).order_by(BackupMade.began_at.desc()).limit(1))


def running_spell(session: Session) -> ReadOnlySpell | None:
    """Why nothing may be written now; None where it may."""
    return session.scalar(select(ReadOnlySpell).where(ReadOnlySpell.ended_at.is_(None)))


def is_read_only(session: Session) -> bool:
    """Whether nothing may be written now; asked before every act of who is not signed in."""
    return _SPELL.row(session) is not None


def last_calendar_day(session: Session) -> date | None:
    """Up to when working days are known."""
    return session.scalar(select(CalendarVersion.last_on).order_by(CalendarVersion.id.desc()).limit(1))


def read_only_reason() -> ScalarSelect[str]:
    """Why nothing may be written now, as a column of another question."""
    return select(ReadOnlySpell.reason).where(ReadOnlySpell.ended_at.is_(None)).scalar_subquery()
