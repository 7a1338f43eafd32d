"""Wrapping a support call up: what came of it, and all that follows. Nobody starts another before.

What follows is done by the verbs that do it elsewhere: holds, cases, promises, and the draft that the borrower alone signs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.call_notes import LONGEST_NOTE, SensitiveNoteError, found_in
from portal.domain.call_outcomes import TaskKind, TaskState, check_call_back, check_promise
from portal.domain.caller_cases import Matter
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.money import parse_minor
from portal.domain.permissions import Actor, Permission, require
from portal.domain.phrases import refuse_forbidden
from portal.domain.support_calls import Direction, EndedBy, Level
from portal.domain.support_wrap_ups import (
    HOLDS,
    NEEDS,
    WITHOUT_PROOF,
    EscalationReason,
    Flag,
    Follow,
    SupportOutcome,
    checked_recording,
    escalation_deadline,
)
from portal.models import (
    Borrower,
    CallTask,
    Loan,
    ServiceCase,
    SupportCall,
    SupportEscalation,
    SupportWrapUp,
)
from portal.queries.calls import open_tasks, owed_today
from portal.queries.policies import policy_on
from portal.queries.situations import situation_for
from portal.queries.support_desk import find_wrap_up, finished_draft_of
from portal.services.call_promises import close_task, place_by_tasks
from portal.services.caller_cases import Told, open_for_caller
from portal.services.holds import hold_as_told
from portal.services.record import record
from portal.services.references import new_public_id
from portal.services.support_calls import OnSupportCall, actor_on, end_support_call, record_on_call
from portal.services.support_drafts import hand_draft_over
from portal.services.support_starts import note_ceiling

LONGEST_EXPLANATION: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """What was typed about a call; texts as they came. Only what belongs to one of ``follows`` is read.

    ``loan_id``: the public id of the loan it is about. ``keeps_note``: the warning about the texts was read.
    """

    outcome: SupportOutcome
    follows: frozenset[Follow] = frozenset()
    note: str = ""
    keeps_note: bool = False
    loan_id: str = ""
    amount: str = ""
    due_on: date | None = None
    call_back_at: datetime | None = None
    recording: str = ""
    flag: str = ""
    about: str = ""
    """What is taken down: ``matter:topic``."""
    text: str = ""
    form_key: str = ""
    escalation: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """One wrapping-up, and what is needed to follow it up. ``now`` in the lender's zone; ``actor`` is on the call."""

    session: Session
    actor: Actor
    call: SupportCall
    said: WrapUp
    row: SupportWrapUp
    arrived: Callable[[ServiceCase], str]
    now: datetime

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo

    @property
    def today(self) -> date:
        return self.now.date()


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
            _FOLLOWS[follow](wrapping)
    _settle_call_backs(wrapping)
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


def miss_call_back(session: Session, actor: Actor, *, task: CallTask, now: datetime) -> datetime:
    """We called as promised and did not reach them: again in two hours, tomorrow morning where that is too late today. ``now`` local."""
    require(actor, Permission.SUPPORT_CALL)
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
    note = clean_text(said.note, field="note", most=LONGEST_NOTE) if said.note.strip() else ""
    texts = {"note": note}
    if Follow.ESCALATE in said.follows:
        texts["explanation"] = said.explanation
    for field, text in texts.items():
        refuse_forbidden(text, field=field)
        found = found_in(text)
        if found and not said.keeps_note:
            raise SensitiveNoteError(found, field=field)
    return note


def _add(session: Session, call: SupportCall, said: WrapUp, note: str, now: datetime) -> SupportWrapUp:
    """Of two windows one notes it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = session.scalar(
        insert(SupportWrapUp)
        .values(call_id=call.id, outcome=said.outcome.value, note=note, recording_reference="", made_at=now)
        .on_conflict_do_nothing(index_elements=["call_id"])
        .returning(SupportWrapUp.call_id)
    )
    if added is None:
        raise Conflict("support_wrapped_up")
    row = find_wrap_up(session, call.id)
    assert row is not None
    return row


def _promise(of: Wrapping) -> None:
    loan = _loan(of)
    minor = parse_minor(of.said.amount, loan.currency, field="amount")
    owed = owed_today(of.session, loan.id, on=of.today)
    promise = check_promise(minor, of.said.due_on, owed_minor=owed, today=of.today)
    until = datetime.combine(promise.due_on + timedelta(days=1), time(), tzinfo=of.zone)
    _add_task(of, loan, TaskKind.PROMISE, due_at=until, due_on=promise.due_on, amount_minor=minor)


def _call_back(of: Wrapping) -> None:
    """Answering somebody who asked to be called is no collection; still not at night (rule C01)."""
    at = check_call_back(of.said.call_back_at, now=of.now)
    if not 8 <= at.astimezone(of.zone).hour < 22:
        raise DomainError("support_call_back_at_night", field="call_back_at", rule="C01")
    _add_task(of, _loan(of), TaskKind.CALL_BACK, due_at=at, due_on=at.astimezone(of.zone).date())


def _agreed_aloud(of: Wrapping) -> None:
    """What was said and recorded becomes a draft to sign: nothing stands before the borrower has signed it (信用卡办法 art. 70)."""
    of.row.recording_reference = checked_recording(of.said.recording)
    loan = _loan(of)
    proposal = finished_draft_of(of.session, call_id=of.call.id, loan_id=loan.id)
    if proposal is None:
        raise DomainError("oral_needs_draft", field="recording")
    on = OnSupportCall(of.call, of.actor)
    situation = situation_for(of.session, proposal, on=of.today)
    hand_draft_over(of.session, on, proposal=proposal, situation=situation, now=of.now)
    of.row.oral_proposal_id = proposal.id
    record(
        of.session,
        of.actor,
        "support:agreed_aloud",
        now=of.now,
        borrower_id=proposal.borrower_id,
        loan_id=loan.id,
        proposal_id=proposal.id,
        recording_reference=of.row.recording_reference,
    )


def _flagged(of: Wrapping) -> None:
    """About the person, so about all of their loans.

    Told of a death by somebody without proof, the page says the same whether the number leads to a borrower or not.
    """
    try:
        flag = Flag(of.said.flag)
    except ValueError:
        raise DomainError("support_flag_missing", field="flag") from None
    borrower_id = of.call.borrower_id or of.call.sought_borrower_id
    if borrower_id is None:
        return
    for loan_id in of.session.scalars(
        select(Loan.id).where(Loan.borrower_id == borrower_id).order_by(Loan.id)
    ).all():
        hold_as_told(
            of.session,
            of.actor,
            loan_id=loan_id,
            kind=HOLDS[flag],
            reason="said in a support call",
            now=of.now,
        )
    if flag is Flag.VULNERABLE:
        of.session.execute(update(Borrower).where(Borrower.id == borrower_id).values(is_vulnerable=True))
    record_on_call(of.session, of.actor, of.call, "support:flagged", now=of.now, flag=flag.value)


def _case(of: Wrapping) -> None:
    """Their own case, in their words, as wherever staff take something down."""
    matter, _, topic = of.said.about.partition(":")
    if matter not in set(Matter):
        raise DomainError("topic_missing", field="about")
    assert of.call.borrower_id is not None
    told = Told(
        form_key=of.said.form_key,
        matter=Matter(matter),
        topic=topic,
        text=of.said.text,
        loan=_loan(of) if of.said.loan_id else None,
    )
    case = open_for_caller(
        of.session,
        of.actor,
        borrower=of.session.get_one(Borrower, of.call.borrower_id),
        told=told,
        arrived=of.arrived,
        today=of.today,
        zone=of.zone,
        now=of.now,
    )
    of.row.case_id = case.id


def _escalate(of: Wrapping) -> None:
    try:
        reason = EscalationReason(of.said.escalation)
    except ValueError:
        raise DomainError("escalation_reason_missing", field="escalation") from None
    explanation = clean_text(of.said.explanation, field="explanation", most=LONGEST_EXPLANATION)
    assert of.actor.id is not None
    escalation = SupportEscalation(
        public_id=new_public_id(),
        call_id=of.call.id,
        reason=reason.value,
        explanation=explanation,
        deadline_at=escalation_deadline(reason, of.now),
        made_by=of.actor.id,
        made_at=of.now,
    )
    of.session.add(escalation)
    of.session.flush()
    record_on_call(
        of.session,
        of.actor,
        of.call,
        "support:escalated",
        now=of.now,
        escalation_id=escalation.id,
        reason=reason.value,
        deadline_at=escalation.deadline_at.isoformat(),
    )


_FOLLOWS: Final[Mapping[Follow, Callable[[Wrapping], None]]] = {
    Follow.PROMISE: _promise,
    Follow.CALL_BACK: _call_back,
    Follow.ORAL: _agreed_aloud,
    Follow.HOLD: _flagged,
    Follow.CASE: _case,
    Follow.ESCALATE: _escalate,
}


def _loan(of: Wrapping) -> Loan:
    """One of the borrower's on the line; raises ``support_loan_missing`` for every other."""
    found = of.session.scalar(
        select(Loan).where(Loan.public_id == of.said.loan_id, Loan.borrower_id == of.call.borrower_id)
    )
    if found is None:
        raise DomainError("support_loan_missing", field="loan")
    return found


def _add_task(
    of: Wrapping,
    loan: Loan,
    kind: TaskKind,
    *,
    due_at: datetime,
    due_on: date,
    amount_minor: int | None = None,
) -> None:
    """A new promise takes the place of an open one of its kind, whoever noted that."""
    for task in open_tasks(of.session, loan.id):
        if task.kind == kind:
            close_task(of.session, of.actor, task=task, state=TaskState.REPLACED, now=of.now)
    task = CallTask(
        support_call_id=of.call.id,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        kind=kind.value,
        due_at=due_at,
        due_on=due_on,
        amount_minor=amount_minor,
        currency=loan.currency,
        made_at=of.now,
        made_on=of.today,
    )
    of.session.add(task)
    of.session.flush()
    place_by_tasks(of.session, loan.id)
    record(
        of.session,
        of.actor,
        "call:promised",
        now=of.now,
        borrower_id=task.borrower_id,
        loan_id=task.loan_id,
        task_id=task.id,
        kind=kind.value,
        due_on=(due_at.isoformat() if kind is TaskKind.CALL_BACK else due_on.isoformat()),
        amount_minor=amount_minor,
        currency=task.currency,
    )


def _settle_call_backs(of: Wrapping) -> None:
    """We spoke with them, as promised: what was due until in an hour is done."""
    borrower_id = of.call.borrower_id
    is_reached = of.said.outcome is not SupportOutcome.NOT_REACHED and (
        of.call.direction == Direction.OUT or of.call.level != Level.NONE
    )
    if borrower_id is None or not is_reached:
        return
    due = of.session.scalars(
        select(CallTask).where(
            CallTask.borrower_id == borrower_id,
            CallTask.kind == TaskKind.CALL_BACK.value,
            CallTask.state == TaskState.OPEN.value,
            CallTask.due_at <= of.now + timedelta(hours=1),
        )
    ).all()
    for task in due:
        if task.support_call_id != of.call.id:
            close_task(of.session, of.actor, task=task, state=TaskState.DONE, now=of.now)
            place_by_tasks(of.session, task.loan_id)
