"""What was promised in calls: kept or not, as the payments in the book tell, and from when on it is to be looked after."""

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import Promise, TaskKind, TaskState, promise_state
from portal.domain.permissions import SYSTEM, Actor
from portal.models import CallItem, CallTask, Loan
from portal.queries.calls import open_tasks, paid_between, promises_to_settle
from portal.services.record import record

_AT_A_TIME: Final = 200


def settle_promise(session: Session, actor: Actor, *, task: CallTask, now: datetime) -> TaskState:
    """Close a promise whose outcome the payments tell; a broken one comes first on the list. ``now`` in the lender's zone."""
    loan = session.get_one(Loan, task.loan_id)
    state = promise_state(
        Promise(task.amount_minor or 0, task.due_on),
        paid_minor=paid_between(session, task.loan_id, task.made_on, task.due_on),
        today=now.date(),
        known_until=loan.as_of,
    )
    if state is TaskState.OPEN:
        return state
    close_task(session, actor, task=task, state=state, now=now)
    if state is TaskState.KEPT:
        place_by_tasks(session, task.loan_id)
    return state


def settle_promises(
    session: Session, actor: Actor, *, after: int, now: datetime
) -> tuple[Counter[TaskState], int | None]:
    """Some open promises by id, from ``after`` on: what they came to, and the last one looked at (None: none is left)."""
    tasks = promises_to_settle(session, after=after, limit=_AT_A_TIME)
    states = Counter(settle_promise(session, actor, task=task, now=now) for task in tasks)
    return states, tasks[-1].id if tasks else None


def is_promise_known(session: Session, *, item: CallItem, now: datetime) -> bool:
    """Settle the promises of one loan before somebody calls; whether one was not kept. False where it was, or the book is not there yet."""
    states = [
        settle_promise(session, SYSTEM, task=task, now=now)
        for task in open_tasks(session, item.loan_id)
        if task.kind == TaskKind.PROMISE
    ]
    session.refresh(item)
    return item.promised_at is not None and TaskState.OPEN not in states


def close_task(session: Session, actor: Actor, *, task: CallTask, state: TaskState, now: datetime) -> None:
    task.state, task.ended_at = state.value, now
    session.flush()
    record(
        session,
        actor,
        "call:promise_ended",
        now=now,
        borrower_id=task.borrower_id,
        loan_id=task.loan_id,
        task_id=task.id,
        kind=task.kind,
        state=state.value,
    )


def place_by_tasks(session: Session, loan_id: int) -> None:
    """The loan comes up when the earliest of what is still promised is due; nothing promised, in the list's own order."""
    first = next(iter(open_tasks(session, loan_id)), None)
    session.execute(
        update(CallItem)
        .where(CallItem.loan_id == loan_id)
        .values(promised_at=first.due_at if first else None, promised_kind=first.kind if first else None)
        .execution_options(synchronize_session=False)
    )
