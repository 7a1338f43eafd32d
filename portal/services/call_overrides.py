"""Setting a rule aside for one call: asked for by whoever would call, agreed to by another, used once, within half an hour (rule P18)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.contact_overrides import (
    LASTS,
    LONGEST_REASON,
    OverrideReason,
    OverrideState,
    find_overridable,
    refuse_second,
    refuse_unexplained_override,
)
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.permissions import Actor, Permission, require
from portal.domain.phrases import refuse_forbidden
from portal.models import CallItem, CallOverride
from portal.queries.call_list import is_related
from portal.services.call_guard import ask_about_call
from portal.services.record import record
from portal.services.references import new_public_id


def ask_for_override(
    session: Session,
    actor: Actor,
    *,
    item: CallItem,
    reason: OverrideReason,
    explanation: str,
    key: str,
    now: datetime,
) -> CallOverride:
    """Ask a second person to set aside the one rule that says no. The one that is asked for already is given again.

    Raises:
        AccessRefused: ``permission_missing``.
        DomainError: ``override_reason_missing``, ``text_too_long``, ``forbidden_phrase``.
        Conflict: ``lease_needed``, ``override_not_possible``.

    """
    require(actor, Permission.CALL_OVERRIDE_ASK)
    if item.leased_by != actor.id or item.leased_until is None or item.leased_until <= now:
        raise Conflict("lease_needed")
    refuse_unexplained_override(explanation)
    kept = clean_text(explanation, field="explanation", most=LONGEST_REASON)
    refuse_forbidden(kept, field="explanation")
    _end_lapsed(session, item, actor, now)
    standing = _find_standing(session, item, actor)
    if standing is not None:
        return standing
    asked = ask_about_call(session, item, key=key, at=now, now=now)
    because = find_overridable(asked.verdict, asked.pack.overrides)
    if because is None:
        raise Conflict("override_not_possible")
    override = CallOverride(
        public_id=new_public_id(),
        loan_id=item.loan_id,
        borrower_id=item.borrower_id,
        rule=asked.verdict.stops[0].rule,
        because=because,
        reason=reason.value,
        explanation=kept,
        asked_by=actor.id,
        asked_at=now,
        expires_at=now + LASTS,
    )
    session.add(override)
    session.flush()
    _record(session, actor, override, "call:override_asked", now=now, reason=reason.value)
    return override


def answer_override(
    session: Session, actor: Actor, *, override: CallOverride, is_agreed: bool, now: datetime
) -> None:
    """The second person's yes or no; ``override`` locked. From a yes on there is half an hour.

    Raises:
        AccessRefused: ``permission_missing``, ``override_by_oneself``, ``related_case``.
        Conflict: ``override_over``, ``override_answered``.

    """
    require(actor, Permission.CALL_OVERRIDE)
    assert actor.id is not None
    if session.scalar(select(is_related(actor.id, override.borrower_id))):
        raise AccessRefused("related_case", rule="P18")
    refuse_second(
        asked_by=override.asked_by,
        staff_id=actor.id,
        state=override.state,
        expires_at=override.expires_at,
        now=now,
    )
    state = OverrideState.APPROVED if is_agreed else OverrideState.REFUSED
    override.state, override.second_id, override.answered_at = state.value, actor.id, now
    if is_agreed:
        override.expires_at = now + LASTS
    session.flush()
    _record(session, actor, override, "call:override_answered", now=now, state=state.value)


def use_override(session: Session, *, override: CallOverride, call_id: int) -> None:
    """Compare and set: used up by one call. Raises ``DomainError("override_used")``."""
    used = session.scalar(
        update(CallOverride)
        .where(CallOverride.id == override.id, CallOverride.state == OverrideState.APPROVED.value)
        .values(state=OverrideState.USED.value, used_call_id=call_id)
        .returning(CallOverride.id)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        raise DomainError("override_used")
    session.expire(override)


def _end_lapsed(session: Session, item: CallItem, actor: Actor, now: datetime) -> None:
    session.execute(
        update(CallOverride)
        .where(
            CallOverride.loan_id == item.loan_id,
            CallOverride.asked_by == actor.id,
            CallOverride.state.in_([OverrideState.ASKED.value, OverrideState.APPROVED.value]),
            CallOverride.expires_at <= now,
        )
        .values(state=OverrideState.LAPSED.value)
        .execution_options(synchronize_session=False)
    )


def _find_standing(session: Session, item: CallItem, actor: Actor) -> CallOverride | None:
    return session.scalar(
        select(CallOverride).where(
            CallOverride.loan_id == item.loan_id,
            CallOverride.asked_by == actor.id,
            CallOverride.state.in_([OverrideState.ASKED.value, OverrideState.APPROVED.value]),
        )
    )


def _record(
    session: Session, actor: Actor, override: CallOverride, name: str, *, now: datetime, **fields: str
) -> None:
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=override.borrower_id,
        loan_id=override.loan_id,
        proposal_id=None,
        override_id=override.id,
        rule=override.rule,
        **fields,
    )
