"""Legal holds: one starts one, two end it; while it runs nothing about the borrower is deleted (rule C19)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.legal_holds import LONGEST_NOTE, LegalHoldEnd, LegalHoldReason
from portal.domain.permissions import Actor, Permission, require
from portal.models import LegalHold, Loan
from portal.queries.threads import is_related
from portal.services.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldWish:
    """``of_loan``: the matter is about this loan; else about all that the borrower has. Either way all of it is kept."""

    reason: LegalHoldReason
    note: str
    of_loan: bool


def start_legal_hold(
    session: Session, actor: Actor, *, loan: Loan, wish: LegalHoldWish, now: datetime
) -> int:
    """The hold's id; the same again, by the same person, is the one that runs.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``.
        DomainError: ``matter_missing``, ``text_too_long``.
        Conflict: ``legal_hold_runs_already``.

    """
    _require(session, actor, loan.borrower_id)
    note = _note_of(wish.note)
    loan_id = loan.id if wish.of_loan else None
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    hold_id = session.scalar(
        insert(LegalHold)
        .values(
            LegalHold.insertable(
                {
                    "borrower_id": loan.borrower_id,
                    "loan_id": loan_id,
                    "reason": wish.reason.value,
                    "note": note,
                    "started_by": actor.id,
                    "started_at": now,
                }
            )
        )
        .on_conflict_do_nothing()
        .returning(LegalHold.id)
    )
    if hold_id is None:
        return _same(session, actor, loan.borrower_id, loan_id, wish.reason, note)
    hold = session.get_one(LegalHold, hold_id)
    _record(session, actor, hold, "legal_hold:started", now, reason=hold.reason)
    return hold.id


def end_legal_hold(
    session: Session, actor: Actor, *, hold: LegalHold, reason: LegalHoldEnd | None, now: datetime
) -> bool:
    """Ask for its end, or agree to what a colleague asked for; ``reason`` goes with the asking. True where it has ended.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``.
        DomainError: ``reason_missing`` for the first.
        Conflict: ``legal_hold_over``.

    """
    _require(session, actor, hold.borrower_id)
    session.refresh(hold, with_for_update=True)
    if hold.ended_at is not None:
        return _refuse_over(hold, actor)
    if hold.end_asked_by == actor.id:
        return False
    if hold.end_asked_by is None:
        if reason is None:
            raise DomainError("reason_missing", field="reason")
        hold.end_asked_by, hold.end_asked_at, hold.end_reason = actor.id, now, reason.value
        session.flush()
        _record(session, actor, hold, "legal_hold:end_asked", now, reason=reason.value)
        return False
    hold.ended_by, hold.ended_at = actor.id, now
    session.flush()
    _record(session, actor, hold, "legal_hold:ended", now, reason=hold.end_reason)
    return True


def keep_legal_hold(session: Session, actor: Actor, *, hold: LegalHold, now: datetime) -> None:
    """Its end is not agreed to, or taken back; where nobody asked nothing changes. Raises ``AccessRefused``."""
    _require(session, actor, hold.borrower_id)
    session.refresh(hold, with_for_update=True)
    if hold.ended_at is not None or hold.end_asked_by is None:
        return
    hold.end_asked_by = hold.end_asked_at = hold.end_reason = None
    session.flush()
    _record(session, actor, hold, "legal_hold:end_refused", now)


def get_legal_hold(session: Session, borrower_id: int, hold_id: int) -> LegalHold:
    """Raises ``NotFound`` where this borrower has none of this id."""
    found = session.scalar(
        select(LegalHold).where(LegalHold.id == hold_id, LegalHold.borrower_id == borrower_id)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def _refuse_over(hold: LegalHold, actor: Actor) -> bool:
    """A second click of whoever ended it is nothing."""
    if hold.ended_by != actor.id:
        raise Conflict("legal_hold_over")
    return True


def _same(
    session: Session,
    actor: Actor,
    borrower_id: int,
    loan_id: int | None,
    reason: LegalHoldReason,
    note: str,
) -> int:
    running = session.scalar(
        select(LegalHold).where(
            LegalHold.borrower_id == borrower_id,
            LegalHold.loan_id.is_not_distinct_from(loan_id),
            LegalHold.ended_at.is_(None),
        )
    )
    if running is None or (running.started_by, running.reason, running.note) != (
        actor.id,
        reason.value,
        note,
    ):
        raise Conflict("legal_hold_runs_already")
    return running.id


def _require(session: Session, actor: Actor, borrower_id: int) -> None:
    require(actor, Permission.LEGAL_HOLD)
    assert actor.id is not None
    if is_related(session, actor.id, borrower_id):
        raise AccessRefused("related_case", rule="P18")


def _note_of(note: str) -> str:
    try:
        return clean_text(note, field="matter", most=LONGEST_NOTE)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError("matter_missing", field="matter") from error
        raise


def _record(session: Session, actor: Actor, hold: LegalHold, name: str, now: datetime, **fields: Any) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=hold.borrower_id,
        loan_id=hold.loan_id,
        hold_id=hold.id,
        **fields,
    )
