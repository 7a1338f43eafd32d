"""Around support calls: what is still to be noted, what is due, what was handed on, drawn, revealed, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import TaskKind, TaskState
from portal.domain.errors import Conflict, NotFound
from portal.domain.journey import next_question
from portal.domain.proposals import ProposalStatus
from portal.domain.support_calls import Direction, Level, Reason
from portal.domain.support_supervision import DAYS_LOOKED_AT, CallFigures
from portal.models import (
    Borrower,
    CallTask,
    Event,
    Loan,
    Proposal,
    ServiceCase,
    StaffMember,
    StaffRelation,
    SupportCall,
    SupportDraft,
    SupportEscalation,
    SupportReading,
    SupportReveal,
    SupportWrapUp,
)


@dataclass(frozen=True, slots=True)
class DueTask:
    """What was promised in a support call; ``staff_number`` of who noted it."""

    task: CallTask
    borrower: Borrower
    loan: Loan
    staff_number: str


@dataclass(frozen=True, slots=True)
class ShownEscalation:
    escalation: SupportEscalation
    call: SupportCall
    made_by: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class ShownReading:
    reading: SupportReading
    call: SupportCall
    staff_number: str
    read_by: str


@dataclass(frozen=True, slots=True)
class KeptInCall:
    """A support call's wrap-up, with what followed from it in words and figures."""

    wrap_up: SupportWrapUp
    case: ServiceCase | None
    escalation: SupportEscalation | None
    tasks: Sequence[CallTask]


def find_wrap_up(session: Session, call_id: int) -> SupportWrapUp | None:
    return session.get(SupportWrapUp, call_id)


def find_kept_in_call(session: Session, call_id: int) -> KeptInCall | None:
    """What was noted of a support call; None where nothing was."""
    wrap_up = find_wrap_up(session, call_id)
    if wrap_up is None:
        return None
    return KeptInCall(
        wrap_up=wrap_up,
        case=session.get(ServiceCase, wrap_up.case_id) if wrap_up.case_id is not None else None,
        escalation=session.scalar(select(SupportEscalation).where(SupportEscalation.call_id == call_id)),
        tasks=session.scalars(
            select(CallTask).where(CallTask.support_call_id == call_id).order_by(CallTask.id)
        ).all(),
    )


def find_unwrapped(session: Session, staff_id: int, *, now: datetime) -> SupportCall | None:
    """The agent's oldest call that is over and of which nothing was noted."""
    is_over = or_(SupportCall.ended_at.is_not(None), SupportCall.expires_at <= now)
    return session.scalar(
        select(SupportCall)
        .where(
            SupportCall.staff_id == staff_id,
            is_over,
            ~exists().where(SupportWrapUp.call_id == SupportCall.id),
        )
        .order_by(SupportCall.id)
        .limit(1)
    )


def finished_draft_of(session: Session, *, call_id: int, loan_id: int) -> Proposal | None:
    """The draft that was prepared in this call about this loan, where all its questions are answered."""
    found = session.scalar(
        select(Proposal)
        .join(SupportDraft, SupportDraft.proposal_id == Proposal.id)
        .where(
            SupportDraft.call_id == call_id,
            Proposal.loan_id == loan_id,
            Proposal.status == ProposalStatus.DRAFT.value,
        )
    )
    return found if found is not None and next_question(found.answers) is None else None


def borrowers_of_day(session: Session, staff_id: int, *, now: datetime) -> int:
    """Distinct borrowers that an agent looked for or helped on the day of ``now``, in its zone."""
    begin = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    who = func.coalesce(SupportCall.borrower_id, SupportCall.sought_borrower_id)
    wanted = select(func.count(who.distinct())).where(
        SupportCall.staff_id == staff_id, SupportCall.opened_at >= begin
    )
    return session.scalar(wanted) or 0


def due_tasks(session: Session, *, staff_id: int, until: datetime, most: int = 50) -> Sequence[DueTask]:
    """Open promises of support calls that are due by then, the earliest first; without those of one's own and of people close (P18)."""
    wanted = (
        select(CallTask, Borrower, Loan, StaffMember.number)
        .join(SupportCall, SupportCall.id == CallTask.support_call_id)
        .join(Borrower, Borrower.id == CallTask.borrower_id)
        .join(Loan, Loan.id == CallTask.loan_id)
        .join(StaffMember, StaffMember.id == SupportCall.staff_id)
        .where(
            CallTask.state == TaskState.OPEN.value,
            CallTask.due_at <= until,
            CallTask.borrower_id.not_in(_related(staff_id)),
        )
        .order_by(CallTask.due_at, CallTask.id)
        .limit(most)
    )
    return [DueTask(task, borrower, loan, number) for task, borrower, loan, number in session.execute(wanted)]


def is_call_back_due(session: Session, call: SupportCall, *, now: datetime) -> bool:
    """Whether this call goes out to whom a call back was promised that is due within the hour."""
    if call.direction != Direction.OUT or call.reason != Reason.CALL_BACK or not call.sought_borrower_id:
        return False
    is_there = exists().where(
        CallTask.borrower_id == call.sought_borrower_id,
        CallTask.kind == TaskKind.CALL_BACK.value,
        CallTask.state == TaskState.OPEN.value,
        CallTask.due_at <= now + timedelta(hours=1),
    )
    return bool(session.scalar(select(is_there)))


def get_support_task(session: Session, task_id: int) -> CallTask:
    """One that was promised in a support call, locked; raises ``Conflict("support_task_over")`` where there is none."""
    found = session.scalar(
        select(CallTask)
        .where(CallTask.id == task_id, CallTask.support_call_id.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Conflict("support_task_over")
    return found


def find_reveal(session: Session, *, call_id: int, field: str, now: datetime) -> SupportReveal | None:
    """The one that still shows this field."""
    return session.scalar(
        select(SupportReveal)
        .where(SupportReveal.call_id == call_id, SupportReveal.field == field, SupportReveal.until > now)
        .order_by(SupportReveal.until.desc())
        .limit(1)
    )


def escalations(
    session: Session, *, staff_id: int, is_open: bool, most: int = 50
) -> Sequence[ShownEscalation]:
    """Open ones by deadline, or those answered last; without those of one's own and of people close (P18)."""
    made, answered = StaffMember.__table__.alias("made"), StaffMember.__table__.alias("answered")
    row = SupportEscalation
    order = (row.deadline_at, row.id) if is_open else (row.answered_at.desc(), row.id.desc())
    wanted = (
        select(row, SupportCall, made.c.number, answered.c.number)
        .join(SupportCall, SupportCall.id == row.call_id)
        .join(made, made.c.id == row.made_by)
        .outerjoin(answered, answered.c.id == row.answered_by)
        .where(row.answered_at.is_(None) if is_open else row.answered_at.is_not(None), _not_close(staff_id))
        .order_by(*order)
        .limit(most)
    )
    return [
        ShownEscalation(escalation, call, by, answerer or "")
        for escalation, call, by, answerer in session.execute(wanted)
    ]


def get_escalation(session: Session, public_id: str) -> SupportEscalation:
    """Raises ``NotFound``."""
    found = session.scalar(select(SupportEscalation).where(SupportEscalation.public_id == public_id))
    if found is None:
        raise NotFound("not_found")
    return found


def readings(
    session: Session, *, staff_id: int, is_open: bool, now: datetime, most: int = 50
) -> Sequence[ShownReading]:
    """Drawn calls that are over: those to be read, the oldest first, or those read last; without those of people close (P18)."""
    row, reader = SupportReading, StaffMember.__table__.alias("reader")
    is_over = or_(SupportCall.ended_at.is_not(None), SupportCall.expires_at <= now)
    order = (row.call_id,) if is_open else (row.read_at.desc(), row.call_id.desc())
    wanted = (
        select(row, SupportCall, StaffMember.number, reader.c.number)
        .join(SupportCall, SupportCall.id == row.call_id)
        .join(StaffMember, StaffMember.id == SupportCall.staff_id)
        .outerjoin(reader, reader.c.id == row.read_by)
        .where(is_over, row.read_at.is_(None) if is_open else row.read_at.is_not(None), _not_close(staff_id))
        .order_by(*order)
        .limit(most)
    )
    return [
        ShownReading(reading, call, number, by or "") for reading, call, number, by in session.execute(wanted)
    ]


def get_reading(session: Session, public_id: str) -> ShownReading:
    """A drawn call by its address; raises ``NotFound`` for one that was not drawn."""
    reader = StaffMember.__table__.alias("reader")
    found = session.execute(
        select(SupportReading, SupportCall, StaffMember.number, reader.c.number)
        .join(SupportCall, SupportCall.id == SupportReading.call_id)
        .join(StaffMember, StaffMember.id == SupportCall.staff_id)
        .outerjoin(reader, reader.c.id == SupportReading.read_by)
        .where(SupportCall.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("not_found")
    reading, call, number, by = found
    return ShownReading(reading, call, number, by or "")


def events_of_call(session: Session, call: SupportCall) -> Sequence[Event]:
    """All that the record holds of one call, in its order."""
    borrower_id = call.borrower_id or call.sought_borrower_id
    wanted = select(Event).where(Event.at >= call.opened_at)
    wanted = wanted.where(
        Event.borrower_id == borrower_id
        if borrower_id
        else Event.borrower_id.is_(None) & (Event.actor_id == call.staff_id)
    )
    return [
        event
        for event in session.scalars(wanted.order_by(Event.id))
        if event.fields.get("support_call_id") == call.id
    ]


def figures_of_calls(session: Session, *, now: datetime) -> Sequence[CallFigures]:
    """Every support call of the last days, with what is counted of it."""
    since = now - timedelta(days=DAYS_LOOKED_AT)
    call = SupportCall
    columns = (call.id, call.level, call.sought_by, call.identity_said_at, call.opened_at, call.ended_at)
    who = func.coalesce(call.borrower_id, call.sought_borrower_id).label("who")
    rows = session.execute(
        select(*columns, call.expires_at, who, StaffMember.number)
        .join(StaffMember, StaffMember.id == call.staff_id)
        .where(call.opened_at >= since)
        .order_by(call.id)
    )
    reveals, refused = _reveals_since(session, since), _refused_since(session, since)
    return [
        CallFigures(
            staff_number=row.number,
            borrower_id=row.who,
            level=Level(row.level),
            is_sought=row.sought_by != "nothing",
            is_explained=row.identity_said_at is not None,
            opened_at=row.opened_at,
            ended_at=row.ended_at or (row.expires_at if row.expires_at <= now else None),
            reveals=reveals.get(row.id, 0),
            refused_acts=refused.get(row.id, 0),
        )
        for row in rows.all()
    ]


def _related(staff_id: int) -> Select[int]:
    return select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)


def _not_close(staff_id: int) -> ColumnElement[bool]:
    """Calls about nobody whom this person is close to."""
    who = func.coalesce(SupportCall.borrower_id, SupportCall.sought_borrower_id)
    return or_(who.is_(None), who.not_in(_related(staff_id)))


def _reveals_since(session: Session, since: datetime) -> Mapping[int, int]:
    wanted = (
        select(SupportReveal.call_id, func.count())
        .join(SupportCall, SupportCall.id == SupportReveal.call_id)
        .where(SupportCall.opened_at >= since)
        .group_by(SupportReveal.call_id)
    )
    return {call_id: count for call_id, count in session.execute(wanted)}  # noqa: C416 - rows are no pairs to the type checker


def _refused_since(session: Session, since: datetime) -> Mapping[int, int]:
    """From the record of whom the calls were about: what was refused changes nothing else."""
    who = func.coalesce(SupportCall.borrower_id, SupportCall.sought_borrower_id)
    borrowers = select(who).where(SupportCall.opened_at >= since, who.is_not(None))
    wanted = select(Event.fields).where(
        Event.borrower_id.in_(borrowers), Event.name == "support:act_refused", Event.at >= since
    )
    counts: dict[int, int] = {}
    for fields in session.scalars(wanted):
        call_id = fields.get("support_call_id")
        if call_id is not None:
            counts[call_id] = counts.get(call_id, 0) + 1
    return counts
