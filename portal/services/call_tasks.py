"""What is promised in a call, the internal team's or a support call: a payment by a day, or that we call back. One of a kind a loan."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.domain.call_outcomes import TaskKind, TaskState, check_promise
from portal.domain.money import parse_minor
from portal.domain.permissions import Actor
from portal.models import CallTask, Loan
from portal.queries.calls import open_tasks, owed_today
from portal.services.call_promises import close_task, place_by_tasks
from portal.services.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedIn:
    """Where it was said: one of the two calls, and the loan that it is about. ``now`` in the lender's zone."""

    loan: Loan
    now: datetime
    call_id: int | None = None
    support_call_id: int | None = None


def promise_payment(
    session: Session, actor: Actor, *, told: PromisedIn, amount: str, due_on: date | None
) -> CallTask:
    """They pay a sum by a day. ``amount`` as it was typed, in the loan's currency.

    Raises:
        DomainError: what is wrong with the sum, and what ``check_promise`` says.

    """
    minor = parse_minor(amount, told.loan.currency, field="amount")
    today = told.now.date()
    owed = owed_today(session, told.loan.id, on=today)
    promise = check_promise(minor, due_on, owed_minor=owed, today=today)
    until = datetime.combine(promise.due_on + timedelta(days=1), time(), tzinfo=told.now.tzinfo)
    task = _task(told, TaskKind.PROMISE, due_at=until, due_on=promise.due_on, amount_minor=minor)
    return _put(session, actor, task, told, said=promise.due_on.isoformat())


def promise_call_back(session: Session, actor: Actor, *, told: PromisedIn, at: datetime) -> CallTask:
    """We call at a time; that it is allowed then was asked before."""
    local = at.astimezone(told.now.tzinfo)
    task = _task(told, TaskKind.CALL_BACK, due_at=at, due_on=local.date())
    return _put(session, actor, task, told, said=at.isoformat())


def _task(
    told: PromisedIn, kind: TaskKind, *, due_at: datetime, due_on: date, amount_minor: int | None = None
) -> CallTask:
    return CallTask(
        call_id=told.call_id,
        support_call_id=told.support_call_id,
        loan_id=told.loan.id,
        borrower_id=told.loan.borrower_id,
        kind=kind.value,
        due_at=due_at,
        due_on=due_on,
        amount_minor=amount_minor,
        currency=told.loan.currency,
        made_at=told.now,
        made_on=told.now.date(),
    )


def _put(session: Session, actor: Actor, task: CallTask, told: PromisedIn, *, said: str) -> CallTask:
    """In the place of an open one of its kind, whoever noted that."""
    for open_one in open_tasks(session, task.loan_id):
        if open_one.kind == task.kind:
            close_task(session, actor, task=open_one, state=TaskState.REPLACED, now=told.now)
    session.add(task)
    session.flush()
    place_by_tasks(session, task.loan_id)
    record(
        session,
        actor,
        "call:promised",
        now=told.now,
        borrower_id=task.borrower_id,
        loan_id=task.loan_id,
        task_id=task.id,
        kind=task.kind,
        due_on=said,
        amount_minor=task.amount_minor,
        currency=task.currency,
    )
    return task
