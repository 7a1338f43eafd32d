"""Wrapping a support call up: what came of it, and all that follows. Nobody starts another before."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.call_notes import checked_note
from portal.domain.call_outcomes import TaskKind, TaskState
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.permissions import Actor, Permission, require
from portal.domain.support_calls import EndedBy, Level
from portal.domain.support_wrap_ups import (
    NEEDS,
    WITHOUT_PROOF,
    Follow,
    result_of,
)
from portal.models import (
    CallTask,
    ServiceCase,
    SupportCall,
    SupportWrapUp,
)
from portal.queries.policies import policy_on
from portal.queries.support_desk import find_wrap_up
from portal.services.call_promises import place_by_tasks
from portal.services.record import record
from portal.services.staff_relations import refuse_close
from portal.services.support_calls import actor_on, end_support_call, note_result, record_on_call
from portal.services.support_follow_ups import FOLLOW_UPS, Wrapping, WrapUp, settle_call_backs
from portal.services.support_starts import note_ceiling


def wrap_up_call(
    session: Session,
    actor: Actor,
    *,
    call: SupportCall,
    said: WrapUp,
    arrived: Callable[[ServiceCase], str],
    now: datetime,
) -> SupportWrapUp:
    """End the agent's own call where it still runs, and note what came of it, once. ``now`` in the lender's zone.

    ``arrived``: what the borrower is told of a case that was taken down.

    Raises:
        AccessRefused: ``permission_missing``.
        NotFound: for a colleague's call.
        Conflict: ``support_wrapped_up`` where it was noted already.
        DomainError: ``support_follow_missing``, ``support_needs_proof``, ``support_loan_missing``; of the note ``text_too_long``,
            ``forbidden_phrase``, ``SensitiveNoteError``; of what follows what is missing in it.

    """
    require(actor, Permission.SUPPORT_CALL)
    if call.staff_id != actor.id:
        raise NotFound("not_found")
    _refuse_incomplete(call, said)
    note = _checked_texts(said)
    end_support_call(session, actor, call=call, by=EndedBy.AGENT, now=now)
    note_result(session, call, result_of(said.outcome, is_proven=call.entered_at is not None))
    row = _add(session, call, said, note, now)
    wrapping = Wrapping(
        session=session,
        actor=actor_on(actor, call),
        call=call,
        said=said,
        row=row,
        arrived=arrived,
        now=now,
    )
    for follow in Follow:
        if follow in said.follows:
            FOLLOW_UPS[follow](wrapping)
    settle_call_backs(wrapping)
    if call.sought_borrower_id is None and call.borrower_id is not None:
        note_ceiling(session, actor, rules=policy_on(session, now.date()).support, now=now)
    session.flush()
    record_on_call(
        session,
        actor,
        call,
        "support:wrapped_up",
        now=now,
        outcome=said.outcome.value,
        follows=sorted(follow.value for follow in said.follows),
    )
    return row


def miss_call_back(
    session: Session, actor: Actor, *, task: CallTask, seen: datetime, now: datetime
) -> datetime:
    """We called as promised and did not reach them: again in two hours, tomorrow morning where that is too late today. ``now`` local.

    ``seen``: when it was due on the page; what was put off since is put off once.
    """
    require(actor, Permission.SUPPORT_CALL)
    refuse_close(session, actor, borrower_id=task.borrower_id)
    if task.state == TaskState.OPEN and task.due_at != seen:
        return task.due_at
    if task.state != TaskState.OPEN or task.kind != TaskKind.CALL_BACK:
        raise Conflict("support_task_over")
    again = now + timedelta(hours=2)
    if again.hour >= 20 or again.date() != now.date():
        again = datetime.combine(now.date() + timedelta(days=1), time(9), tzinfo=now.tzinfo)
    task.due_at, task.due_on = again, again.date()
    session.flush()
    place_by_tasks(session, task.loan_id)
    record(
        session,
        actor,
        "support:call_back_missed",
        now=now,
        borrower_id=task.borrower_id,
        loan_id=task.loan_id,
        task_id=task.id,
    )
    return again


def _refuse_incomplete(call: SupportCall, said: WrapUp) -> None:
    needed = NEEDS.get(said.outcome)
    if needed is not None and needed not in said.follows:
        raise DomainError("support_follow_missing", field="follows")
    without_proof = {Follow.ESCALATE}
    if said.flag in WITHOUT_PROOF:
        without_proof.add(Follow.HOLD)
    if said.follows - without_proof and not Level(call.level).reaches(Level.PROVEN):
        raise DomainError("support_needs_proof", field="follows", rule="D04")


def _checked_texts(said: WrapUp) -> str:
    """The note; what stands in any text of the desk is read for what does not belong there."""
    note = checked_note(said.note, keeps=said.keeps_note)
    if Follow.ESCALATE in said.follows:
        checked_note(said.explanation, keeps=said.keeps_note, field="explanation")
    return note


def _add(session: Session, call: SupportCall, said: WrapUp, note: str, now: datetime) -> SupportWrapUp:
    """Of two windows one notes it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "call_id": call.id,
        "outcome": said.outcome.value,
        "note": note,
        "recording_reference": "",
        "made_at": now,
    }
    added = session.scalar(
        insert(SupportWrapUp)
        .values(SupportWrapUp.insertable(values))
        .on_conflict_do_nothing(index_elements=["call_id"])
        .returning(SupportWrapUp.call_id)
    )
    if added is None:
        raise Conflict("support_wrapped_up")
    row = find_wrap_up(session, call.id)
    assert row is not None
    return row
