"""What follows from a support call, done by the verbs that do it elsewhere: holds, cases, promises, the draft to sign."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import TaskKind, TaskState, check_call_back
from portal.domain.caller_cases import Matter
from portal.domain.contact_hours import is_quiet
from portal.domain.contact_packs import DEFAULT_PACK, pack_on
from portal.domain.errors import DomainError
from portal.domain.free_text import clean_text
from portal.domain.permissions import Actor
from portal.domain.support_calls import Direction, Level
from portal.domain.support_wrap_ups import (
    HOLDS,
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
from portal.queries.situations import situation_for
from portal.queries.support_desk import finished_draft_of
from portal.services.call_promises import close_task, place_by_tasks
from portal.services.call_tasks import PromisedIn, promise_call_back, promise_payment
from portal.services.caller_cases import Told, open_for_caller
from portal.services.holds import hold_as_told
from portal.services.record import record
from portal.services.references import new_public_id
from portal.services.support_calls import OnSupportCall, record_on_call
from portal.services.support_drafts import hand_draft_over

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


def _promise(of: Wrapping) -> None:
    promise_payment(of.session, of.actor, told=_told(of), amount=of.said.amount, due_on=of.said.due_on)


def _call_back(of: Wrapping) -> None:
    """Answering somebody who asked to be called is no collection; still not at night (rule C01)."""
    at = check_call_back(of.said.call_back_at, now=of.now)
    if is_quiet(at.astimezone(of.zone), pack_on(DEFAULT_PACK, at.date())):
        raise DomainError("support_call_back_at_night", field="call_back_at", rule="C01")
    promise_call_back(of.session, of.actor, told=_told(of), at=at)


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


FOLLOW_UPS: Final[Mapping[Follow, Callable[[Wrapping], None]]] = {
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


def _told(of: Wrapping) -> PromisedIn:
    return PromisedIn(support_call_id=of.call.id, loan=_loan(of), now=of.now)


def settle_call_backs(of: Wrapping) -> None:
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
