"""Holds set and ended by staff: with what shows it and why; where ending one could do harm, by two (docs/decisions/0178)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.contact_packs import DEFAULT_PACK, pack_on
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.holds import RULES, EndReason, HoldKind, refuse_ending, refuse_setting, term_of
from portal.domain.permissions import Actor, Permission, require
from portal.models import Hold, Loan
from portal.queries.cases import owns_case_of
from portal.queries.holds import open_case_behind
from portal.queries.threads import is_related
from portal.services.holds import NamedHold, end_hold, is_over, record_hold, start_hold
from portal.services.record import record

LONGEST_NOTE = 200
BY_HAND = "set by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWish:
    """``note``: what was seen or said, for colleagues. ``ends_on``: the last day, where it is to have one."""

    kind: HoldKind
    evidence: str
    note: str
    ends_on: date | None = None


def set_hold(
    session: Session, actor: Actor, *, loan: Loan, wish: HoldWish, today: date, now: datetime
) -> int:
    """Stop contact on a loan by hand; the hold's id. The same again, by the same person, is the one that runs.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``hold_not_by_hand``.
        NotFound: for who sees only their own cases and has none of this borrower's.
        DomainError: ``evidence_missing``, ``note_missing``, ``text_too_long``, and those of ``term_of``.
        Conflict: ``hold_runs_already``.

    """
    _require(session, actor, loan.borrower_id, Permission.HOLD_SET)
    refuse_setting(wish.kind, actor.roles, wish.evidence)
    note = _note_of(wish)
    moratorium = pack_on(DEFAULT_PACK, today).moratorium_ends(today)
    term = term_of(wish.kind, today=today, ends_on=wish.ends_on, moratorium_ends=moratorium)
    running = _running(session, loan.id, wish.kind)
    if running is not None and is_over(running.ends_on, today):
        end_hold(session, actor, loan_id=loan.id, kind=wish.kind, reason="time_over", now=now)
    hold_id = start_hold(
        session,
        actor,
        loan_id=loan.id,
        kind=wish.kind,
        reason=BY_HAND,
        note=note,
        now=now,
        term=term,
        evidence=wish.evidence,
    )
    if hold_id is not None:
        return hold_id
    running = _running(session, loan.id, wish.kind)
    is_same = running is not None and (running.started_by, running.note, running.evidence) == (
        actor.id,
        note,
        wish.evidence,
    )
    if running is None or not is_same:
        raise Conflict("hold_runs_already")
    return running.id


def end_hold_by_hand(session: Session, actor: Actor, *, hold: Hold, reason: EndReason, now: datetime) -> bool:
    """End a hold, or ask a second person to where its rule takes two. True where it has ended; asked twice is asked once.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``hold_not_by_hand``.
        Conflict: ``hold_over``, ``hold_of_open_case``, ``hold_end_asked_already``.

    """
    _refuse(session, actor, hold)
    if open_case_behind(session, hold) is not None:
        raise Conflict("hold_of_open_case")
    if RULES[HoldKind(hold.kind)].takes_two:
        _ask_second(session, actor, hold, reason, now)
        return False
    kind = HoldKind(hold.kind)
    if not end_hold(session, actor, loan_id=hold.loan_id, kind=kind, reason=reason.value, now=now):
        _refuse_over(session, actor, hold)
    return True


def confirm_hold_end(session: Session, actor: Actor, *, hold: Hold, now: datetime) -> None:
    """The second person ends it. Once more by the same person is nothing.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``hold_not_by_hand``, ``hold_end_needs_another``.
        Conflict: ``hold_over`` (also where it was taken back).

    """
    _refuse(session, actor, hold)
    if hold.ended_at is None and hold.end_asked_by == actor.id:
        raise AccessRefused("hold_end_needs_another", rule="P18")
    ended = session.scalar(
        update(Hold)
        .where(
            Hold.id == hold.id,
            Hold.ended_at.is_(None),
            Hold.end_asked_by.is_not(None),
            Hold.end_asked_by != actor.id,
        )
        .values(ended_at=now, end_reason=Hold.end_asked_reason, ended_by=actor.id)
        .returning(Hold.end_reason)
    )
    if ended is None:
        _refuse_over(session, actor, hold)
        return
    _record(session, actor, hold, "hold:ended", now=now, reason=ended)


def refuse_hold_end(session: Session, actor: Actor, *, hold: Hold, now: datetime) -> bool:
    """The second person does not agree, or the first takes it back: the hold goes on. False where nothing was asked.

    Raises ``AccessRefused``: ``permission_missing``, ``related_case``, ``hold_not_by_hand``.
    """
    _refuse(session, actor, hold)
    kept = session.scalar(
        update(Hold)
        .where(Hold.id == hold.id, Hold.ended_at.is_(None), Hold.end_asked_by.is_not(None))
        .values(end_asked_by=None, end_asked_at=None, end_asked_reason=None)
        .returning(Hold.id)
    )
    if kept is None:
        return False
    _record(session, actor, hold, "hold:end_refused", now=now)
    return True


def record_hold_refusal(
    session: Session, actor: Actor, *, loan: Loan, act: str, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record(
        session,
        actor,
        "hold:act_refused",
        now=now,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        act=act,
        code=error.code,
    )


def get_loan_to_hold(session: Session, actor: Actor, *, public_id: str) -> Loan:
    """A loan for who sees its pauses; ``NotFound`` also for who sees only their own cases and has none of its borrower's."""
    loan = session.scalar(select(Loan).where(Loan.public_id == public_id))
    if loan is None:
        raise NotFound("not_found")
    _require(session, actor, loan.borrower_id, Permission.HOLD_SEE)
    return loan


def look_at_holds(session: Session, actor: Actor, *, loan: Loan, now: datetime) -> None:
    """A look that the borrower can read about."""
    record(
        session,
        actor,
        "hold:looked_at",
        now=now,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        proposal_id=None,
        reason="holds_page",
    )


def get_hold(session: Session, loan_id: int, hold_id: int) -> Hold:
    """A loan's hold as it stands now; ``NotFound`` where the loan has none of this id."""
    found = session.scalar(
        select(Hold)
        .where(Hold.id == hold_id, Hold.loan_id == loan_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found")
    return found


def _ask_second(session: Session, actor: Actor, hold: Hold, reason: EndReason, now: datetime) -> None:
    asked = session.scalar(
        update(Hold)
        .where(Hold.id == hold.id, Hold.ended_at.is_(None), Hold.end_asked_by.is_(None))
        .values(end_asked_by=actor.id, end_asked_at=now, end_asked_reason=reason.value)
        .returning(Hold.id)
    )
    if asked is not None:
        _record(session, actor, hold, "hold:end_asked", now=now, reason=reason.value)
        return
    session.refresh(hold)
    if hold.ended_at is not None:
        raise Conflict("hold_over")
    if hold.end_asked_by != actor.id:
        raise Conflict("hold_end_asked_already")


def _refuse_over(session: Session, actor: Actor, hold: Hold) -> None:
    """Raises ``Conflict("hold_over")``, but for who ended it: a second click."""
    session.refresh(hold)
    if hold.ended_by != actor.id:
        raise Conflict("hold_over")


def _refuse(session: Session, actor: Actor, hold: Hold) -> None:
    borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.id == hold.loan_id)).one()
    _require(session, actor, borrower_id, Permission.HOLD_END)
    refuse_ending(HoldKind(hold.kind), actor.roles)


def _require(session: Session, actor: Actor, borrower_id: int, permission: Permission) -> None:
    require(actor, permission)
    assert actor.id is not None
    if is_related(session, actor.id, borrower_id):
        raise AccessRefused("related_case", rule="P18")
    if not _has_to_know(session, actor, borrower_id):
        raise NotFound("not_found")


def may_see_holds(session: Session, actor: Actor, *, borrower_id: int) -> bool:
    """Whether ``get_loan_to_hold`` gives them this borrower's loans: for pages that lead there."""
    if not actor.may(Permission.HOLD_SEE) or actor.id is None or is_related(session, actor.id, borrower_id):
        return False
    return _has_to_know(session, actor, borrower_id)


def _has_to_know(session: Session, actor: Actor, borrower_id: int) -> bool:
    assert actor.id is not None
    return actor.may(Permission.SERVICE_SEE_ALL) or owns_case_of(session, actor.id, borrower_id)


def _note_of(wish: HoldWish) -> str:
    try:
        return clean_text(wish.note, field="note", most=LONGEST_NOTE)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError("note_missing", field="note") from error
        raise


def _running(session: Session, loan_id: int, kind: HoldKind) -> Hold | None:
    return session.scalar(
        select(Hold)
        .where(Hold.loan_id == loan_id, Hold.kind == kind.value, Hold.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _record(session: Session, actor: Actor, hold: Hold, name: str, *, now: datetime, **fields: str) -> None:
    record_hold(session, actor, NamedHold(hold.id, hold.loan_id, hold.kind), name, now=now, **fields)
