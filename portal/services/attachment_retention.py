"""Files go when their time is over (rule P17), at the end of a plan that both signed, 90 days after another decision, or with the
consent; and not while a dispute or a complaint runs (rule C19).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.attachments import CONSENT, UNSENT_DAYS, kept_until
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES, ProposalStatus
from portal.domain.retention import Stays
from portal.models import Agreement, Attachment, Consent, Hold, Message, Proposal, ServiceCase, Thread
from portal.queries.legal_holds import is_held
from portal.services.record import record

BATCH = 200
_RUNNING = frozenset((*OPEN_STATUSES, *RUNNING_STATUSES))
_DISPUTES = (HoldKind.DISPUTE.value, HoldKind.COMPLAINT.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a run looks at things by. ``is_dry_run``: nothing is changed."""

    today: date
    zone: tzinfo
    now: datetime
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of a batch were over, whose, why the others stay, and the id to go on after; None at the end."""

    erased: int
    last_id: int | None
    borrower_ids: frozenset[int] = frozenset()
    stays: Counter[Stays] = field(default_factory=Counter)


def erase_due_attachments(session: Session, actor: Actor, *, after: int, sweep: Sweep) -> Swept:
    """One batch of the files that are still there: their last day is noted, and those past it are erased with their names."""
    rows = _batch(session, after, is_locked=not sweep.is_dry_run)
    due = [(row, reason) for row in rows if (reason := _reason(row, sweep)) is not None]
    if not sweep.is_dry_run:
        for row in rows:
            row.Attachment.kept_until = _last_day(row, sweep.zone)
        for row, reason in due:
            _erase(session, actor, row, reason, sweep.now)
    gone = {row.Attachment.id for row, _ in due}
    return Swept(
        len(due),
        rows[-1].Attachment.id if len(rows) == BATCH else None,
        frozenset(row.Thread.borrower_id for row, _ in due),
        Counter(_stays(row, sweep) for row in rows if row.Attachment.id not in gone),
    )


def _batch(session: Session, after: int, *, is_locked: bool) -> Sequence[Row[*tuple[Any, ...]]]:
    """Only looking takes no locks: a transaction that only reads could not."""
    is_signed = exists().where(Agreement.proposal_id == Proposal.id).label("is_signed")
    has_consent = exists().where(
        Consent.borrower_id == Thread.borrower_id, Consent.kind == CONSENT, Consent.withdrawn_at.is_(None)
    )
    is_disputed = exists().where(
        Hold.loan_id == Thread.loan_id, Hold.kind.in_(_DISPUTES), Hold.ended_at.is_(None)
    )
    asked = (
        select(
            Attachment,
            Thread,
            Message.number,
            Message.written_at,
            Proposal.status,
            func.coalesce(Proposal.terminated_at, Proposal.ended_at).label("ended_at"),
            ServiceCase.closed_at,
            is_signed,
            has_consent.label("has_consent"),
            is_disputed.label("is_disputed"),
            is_held(Thread.borrower_id).label("is_held"),
        )
        .join(Message, Message.id == Attachment.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .outerjoin(Proposal, Proposal.id == Thread.proposal_id)
        .outerjoin(ServiceCase, ServiceCase.id == Thread.case_id)
        .where(Attachment.id > after, Attachment.erased_at.is_(None))
        .order_by(Attachment.id)
        .limit(BATCH)
    )
    return session.execute(asked.with_for_update(of=Thread) if is_locked else asked).all()


def _last_day(row: Row[*tuple[Any, ...]], zone: tzinfo) -> date | None:
    ended_at = row.ended_at or row.closed_at
    is_over = ended_at is not None and row.status not in _RUNNING
    return kept_until(
        ended_on=ended_at.astimezone(zone).date() if is_over else None,
        is_signed=bool(row.is_signed),
        may_resume=row.status == ProposalStatus.BROKEN,
    )


def _reason(row: Row[*tuple[Any, ...]], sweep: Sweep) -> str | None:
    """Why it goes now; None where it stays."""
    last_day = _last_day(row, sweep.zone)
    if row.is_held:
        return None
    if row.number is None:
        return "not_sent" if row.written_at < sweep.now - timedelta(days=UNSENT_DAYS) else None
    if not row.has_consent and not row.is_signed:
        return "consent_withdrawn"
    if row.is_disputed:
        return None
    return "time_over" if last_day is not None and last_day < sweep.today else None


def _stays(row: Row[*tuple[Any, ...]], sweep: Sweep) -> Stays:
    """What keeps it, of what is not erased."""
    if row.is_held:
        return Stays.LEGAL_HOLD
    last_day = _last_day(row, sweep.zone)
    is_over = last_day is not None and last_day < sweep.today
    return Stays.DISPUTED if is_over and row.is_disputed else Stays.TOO_YOUNG


def _erase(session: Session, actor: Actor, row: Row[*tuple[Any, ...]], reason: str, now: datetime) -> None:
    attachment, thread = row.Attachment, row.Thread
    record(
        session,
        actor,
        "attachment:erased",
        now=now,
        borrower_id=thread.borrower_id,
        loan_id=thread.loan_id,
        proposal_id=thread.proposal_id,
        attachment_id=attachment.id,
        reason=reason,
    )
    if row.number is None:
        session.delete(attachment)
    else:
        attachment.data_key = attachment.name_sealed = attachment.body_sealed = None
        attachment.erased_at = now
