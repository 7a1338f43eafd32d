"""Calls that are read again, and answers to what agents handed on."""

from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.permissions import Actor, Permission, require
from portal.domain.phrases import refuse_forbidden
from portal.domain.support_supervision import Verdict
from portal.models import SupportCall, SupportEscalation, SupportReading
from portal.queries.support_calls import is_related_to
from portal.services.support_calls import record_on_call

LONGEST_REMARK: Final = 500


def open_reading(session: Session, actor: Actor, *, call: SupportCall, now: datetime) -> None:
    """A supervisor or an auditor looks at a drawn call: the borrower reads of it. Raises ``AccessRefused`` as ``read_again``."""
    _refuse_reader(session, actor, call, Permission.SUPPORT_WATCH)
    record_on_call(session, actor, call, "support:reading_opened", now=now)


def read_again(
    session: Session, actor: Actor, *, call: SupportCall, verdict: str, remark: str, now: datetime
) -> None:
    """What a supervisor says of a drawn call, once; nobody reads their own.

    Raises:
        AccessRefused: ``permission_missing``, ``reading_own_call``, ``related_case``.
        NotFound: where the call was not drawn.
        DomainError: ``verdict_missing``, ``remark_missing`` where something is to be better, ``text_too_long``, ``forbidden_phrase``.
        Conflict: ``read_already``, ``support_call_on``.

    """
    _refuse_reader(session, actor, call, Permission.SUPPORT_SUPERVISE)
    if call.ended_at is None and call.expires_at > now:
        raise Conflict("support_call_on")
    chosen = next((each for each in Verdict if each.value == verdict), None)
    if chosen is None:
        raise DomainError("verdict_missing", field="verdict")
    if chosen is not Verdict.GOOD and not remark.strip():
        raise DomainError("remark_missing", field="remark")
    kept = clean_text(remark, field="remark", most=LONGEST_REMARK) if remark.strip() else ""
    refuse_forbidden(kept, field="remark")
    reading = session.get(SupportReading, call.id)
    if reading is None:
        raise NotFound("not_found")
    done = session.scalar(
        update(SupportReading)
        .where(SupportReading.call_id == call.id, SupportReading.read_at.is_(None))
        .values(read_by=actor.id, read_at=now, verdict=chosen.value, **reading.changed(remark=kept))
        .returning(SupportReading.call_id)
        .execution_options(synchronize_session="fetch")
    )
    if done is None:
        raise Conflict("read_already")
    record_on_call(session, actor, call, "support:read_again", now=now, verdict=chosen.value)


def answer_escalation(
    session: Session, actor: Actor, *, escalation: SupportEscalation, answer: str, now: datetime
) -> None:
    """What is to be done about it, once, by somebody else than who handed it on.

    Raises ``AccessRefused``: ``permission_missing``, ``escalation_own``, ``related_case``; ``text_missing``;
    ``Conflict("escalation_answered")``.
    """
    require(actor, Permission.SUPPORT_SUPERVISE)
    if escalation.made_by == actor.id:
        raise AccessRefused("escalation_own", rule="P18")
    _refuse_related(session, actor, session.get_one(SupportCall, escalation.call_id))
    kept = clean_text(answer, field="answer", most=LONGEST_REMARK)
    refuse_forbidden(kept, field="answer")
    done = session.scalar(
        update(SupportEscalation)
        .where(SupportEscalation.id == escalation.id, SupportEscalation.answered_at.is_(None))
        .values(answered_by=actor.id, answered_at=now, **escalation.changed(answer=kept))
        .returning(SupportEscalation.call_id)
        .execution_options(synchronize_session="fetch")
    )
    if done is None:
        raise Conflict("escalation_answered")
    call = session.get_one(SupportCall, done)
    record_on_call(session, actor, call, "support:escalation_answered", now=now, escalation_id=escalation.id)


def _refuse_reader(session: Session, actor: Actor, call: SupportCall, permission: Permission) -> None:
    require(actor, permission)
    if call.staff_id == actor.id:
        raise AccessRefused("reading_own_call", rule="P18")
    _refuse_related(session, actor, call)


def _refuse_related(session: Session, actor: Actor, call: SupportCall) -> None:
    borrower_id = call.borrower_id or call.sought_borrower_id
    assert actor.id is not None
    if borrower_id is not None and is_related_to(session, staff_id=actor.id, borrower_id=borrower_id):
        raise AccessRefused("related_case", rule="P18")
