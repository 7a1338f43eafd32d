"""A call: opened through the guard before the number shows, the three statements, and its end where nobody says what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallResult, Statement
from portal.domain.claims import LEASE
from portal.domain.contact_guard import Verdict
from portal.domain.contact_stops import Stop
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.masking import last_four
from portal.domain.permissions import SYSTEM, Actor, Permission, require
from portal.models import Borrower, Call, CallItem, CallOverride, CallRefusal, Contact, StaffMember
from portal.queries.call_list import is_related
from portal.queries.call_overrides import find_approved
from portal.queries.contacts import CALL_PURPOSE
from portal.services.call_guard import Asked, ask_about_call
from portal.services.call_list import let_rest, lock_borrower, renew_lease, rests_after
from portal.services.call_overrides import use_override
from portal.services.placements import refuse_unplaced
from portal.services.record import record

SCRIPT: Final = "call_script@2026-01"
"""The statements of rule C14 as the page words them; a change of the words is another version."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``call`` is None where the guard refused; ``verdict`` says which rule, and when it would be yes."""

    call: Call | None
    verdict: Verdict


def open_call(session: Session, actor: Actor, *, item: CallItem, key: str, now: datetime) -> Attempt:
    """Ask the guard and keep the attempt, before anybody sees the number. ``now`` in the borrower's zone; ``item`` locked.

    The borrower is locked: of two calls where one is left of the day's, one is opened. What was set aside by two people for this call is
    used up by it.

    Raises:
        AccessRefused: ``permission_missing``.
        Conflict: ``lease_needed``, ``placement_over``, ``not_on_list``, ``call_unfinished``, ``borrower_on_call``.

    """
    require(actor, Permission.CALL_MAKE)
    _refuse_without_lease(session, actor, item, now)
    lock_borrower(session, item.borrower_id)
    refuse_unplaced(session, actor, loan_id=item.loan_id, now=now)
    if not item.is_listed and not actor.is_agencys:
        raise Conflict("not_on_list")
    end_lapsed_calls(session, now=now)
    _refuse_unfinished(session, actor, item)
    override = find_approved(session, loan_id=item.loan_id, asked_by=actor.id, now=now)
    set_aside = override.because if override else None
    asked = ask_about_call(session, item, key=key, at=now, now=now, set_aside=set_aside)
    if not asked.verdict.is_allowed:
        _refuse(session, actor, item, asked.verdict.stops[0], now)
        let_rest(session, item, until=rests_after(asked.verdict, now))
        return Attempt(None, asked.verdict)
    contact = _dialling(session, actor, item, asked, override, now)
    call = _call(session, actor, item, contact, now)
    if override is not None:
        use_override(session, override=override, call_id=call.id)
    _record_opened(session, actor, item, contact, override, now)
    renew_lease(session, actor, item=item, now=now)
    return Attempt(call, asked.verdict)


def say(
    session: Session, actor: Actor, *, call: Call, statements: Collection[Statement], now: datetime
) -> None:
    """Note what was said (rule C14); each once, whatever is ticked again. ``now`` in the lender's zone.

    Raises ``statement_missing`` where nothing is ticked, ``Conflict("call_over")``, and ``Conflict("placement_over")`` where the loan has
    left the caller's agency.
    """
    _refuse_not_own(actor, call, now)
    refuse_unplaced(session, actor, loan_id=call.loan_id, now=now)
    if not statements:
        raise DomainError("statement_missing", field="statements", rule="C14")
    for statement in Statement:
        column = f"{statement.value}_said_at"
        if statement not in statements or getattr(call, column) is not None:
            continue
        setattr(call, column, now)
        record(
            session,
            actor,
            "call:said",
            now=now,
            borrower_id=call.borrower_id,
            loan_id=call.loan_id,
            contact_id=call.contact_id,
            statement=statement.value,
        )
    session.flush()


def end_lapsed_calls(session: Session, *, now: datetime) -> int:
    """Calls whose page was closed end as "not noted", and count as they did before; how many. Who made them is asked for the outcome."""
    ended = session.execute(
        update(Call)
        .where(Call.ended_at.is_(None), Call.lapses_at <= now)
        .values(ended_at=Call.lapses_at)
        .returning(Call.id, Call.contact_id, Call.borrower_id, Call.loan_id)
        .execution_options(synchronize_session=False)
    ).all()
    for _, contact_id, borrower_id, loan_id in ended:
        contact = session.get_one(Contact, contact_id)
        contact.result = CallResult.NOT_NOTED.value
        record(
            session,
            SYSTEM,
            "call:ended",
            now=now,
            borrower_id=borrower_id,
            loan_id=loan_id,
            contact_id=contact_id,
            purpose=CALL_PURPOSE,
            result=CallResult.NOT_NOTED.value,
            outcome=None,
        )
    session.flush()
    return len(ended)


def has_lapsed_calls(session: Session, *, now: datetime) -> bool:
    is_there = exists().where(Call.ended_at.is_(None), Call.lapses_at <= now)
    return bool(session.scalar(select(is_there)))


def _refuse_without_lease(session: Session, actor: Actor, item: CallItem, now: datetime) -> None:
    is_mine = item.leased_by == actor.id and item.leased_until is not None and item.leased_until > now
    if session.scalar(select(is_related(actor.id or 0, item.borrower_id))):
        raise AccessRefused("related_case", rule="P18")
    if not is_mine:
        raise Conflict("lease_needed")


def _refuse_unfinished(session: Session, actor: Actor, item: CallItem) -> None:
    """One call at a time, and the outcome of the last one first; a borrower is on one call at a time."""
    if session.scalar(select(exists().where(Call.staff_id == actor.id, Call.noted_at.is_(None)))):
        raise Conflict("call_unfinished")
    if session.scalar(select(exists().where(Call.borrower_id == item.borrower_id, Call.ended_at.is_(None)))):
        raise Conflict("borrower_on_call")


def _refuse_not_own(actor: Actor, call: Call, now: datetime) -> None:
    require(actor, Permission.CALL_MAKE)
    if call.staff_id != actor.id or call.ended_at is not None or call.lapses_at <= now:
        raise Conflict("call_over")


def _refuse(session: Session, actor: Actor, item: CallItem, stop: Stop, now: datetime) -> None:
    session.add(
        CallRefusal(loan_id=item.loan_id, staff_id=actor.id, rule=stop.rule, because=stop.because, at=now)
    )
    record(
        session,
        actor,
        "contact:refused",
        now=now,
        borrower_id=item.borrower_id,
        loan_id=item.loan_id,
        rule=stop.rule,
        purpose=CALL_PURPOSE,
    )


def _dialling(
    session: Session, actor: Actor, item: CallItem, asked: Asked, override: CallOverride | None, now: datetime
) -> Contact:
    decision = "let through: no rule says no"
    if override is not None:
        decision = f"let through: {override.because} set aside by two people"
    contact = Contact(
        borrower_id=item.borrower_id,
        loan_id=item.loan_id,
        purpose=CALL_PURPOSE,
        channel="phone",
        direction="out",
        number_hash=asked.number,
        number_last4=last_four(session.get_one(Borrower, item.borrower_id).mobile),
        template_version=SCRIPT,
        rule_decision=f"{decision} ({asked.pack.version})",
        result=CallResult.DIALLING.value,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _call(session: Session, actor: Actor, item: CallItem, contact: Contact, now: datetime) -> Call:
    call = Call(
        contact_id=contact.id,
        loan_id=item.loan_id,
        borrower_id=item.borrower_id,
        staff_id=actor.id,
        opened_at=now,
        lapses_at=now + LEASE,
    )
    session.add(call)
    item.last_called_at = now
    session.flush()
    return call


def _record_opened(
    session: Session,
    actor: Actor,
    item: CallItem,
    contact: Contact,
    override: CallOverride | None,
    now: datetime,
) -> None:
    record(
        session,
        actor,
        "call:opened",
        now=now,
        borrower_id=item.borrower_id,
        loan_id=item.loan_id,
        contact_id=contact.id,
        purpose=CALL_PURPOSE,
        override_id=override.id if override else None,
        **_by_agency(session, actor),
    )


def _by_agency(session: Session, actor: Actor) -> dict[str, Any]:
    """``events.BY_AGENCY``, of who works for one."""
    if not actor.is_agencys:
        return {}
    return {"agency_id": session.get_one(StaffMember, actor.id).agency_id}
