"""Noting what became of a call, with all that follows from it: results that the guard counts, promises, holds, cases, a stopped number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.call_notes import LONGEST_NOTE, checked_note
from portal.domain.call_outcomes import (
    GOES_ON,
    HOLDS,
    NEEDS_NO_TICKS,
    NEXT_CALLS,
    STOPS_NUMBER,
    CallOutcome,
    TaskKind,
    TaskState,
    check_call_back,
    rest_after,
    result_of,
)
from portal.domain.cases import TOPICS, CaseKind, CaseTopic
from portal.domain.errors import Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor, Permission, require
from portal.domain.phrases import refuse_forbidden
from portal.models import Borrower, Call, CallItem, Contact, Loan, ServiceCase
from portal.queries.calls import open_tasks
from portal.queries.contacts import CALL_PURPOSE
from portal.services.call_guard import ask_about_call, at_call_back
from portal.services.call_list import lock_borrower
from portal.services.call_promises import close_task, place_by_tasks
from portal.services.call_tasks import PromisedIn, promise_call_back, promise_payment
from portal.services.cases import open_case_for
from portal.services.holds import hold_as_told
from portal.services.placements import refuse_gone_on, refuse_unplaced
from portal.services.record import record
from portal.services.representatives import note_representative
from portal.services.stopped_numbers import Day, stop_number

_NOT_REACHED: Final = frozenset({CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.NOT_KNOWN})
CASES: Final[Mapping[CallOutcome, tuple[CaseKind, CaseTopic]]] = {
    CallOutcome.DECEASED: (CaseKind.TALK, CaseTopic.DETAILS_CHANGED),
    CallOutcome.MINOR: (CaseKind.TALK, CaseTopic.DETAILS_CHANGED),
}
"""Work for colleagues that an outcome opens, beside the hold; what a dispute and a representative need is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was typed about a call; texts as they came. ``keeps_note``: the warning about the note was read."""

    outcome: CallOutcome
    note: str = ""
    keeps_note: bool = False
    amount: str = ""
    due_on: date | None = None
    call_back_at: datetime | None = None
    topic: str = ""
    told: str = ""
    """What the borrower disputes: they can read it."""
    speaker_kind: str = "helper"
    speaker_name: str = ""
    speaker_contact: str = ""
    """Who speaks for the borrower, lawyer or helper, as far as it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noting:
    """One noting: the call, its place on the list, what was said, and what is needed to follow it up. ``now`` in the lender's zone."""

    session: Session
    actor: Actor
    call: Call
    item: CallItem
    said: Said
    key: str
    now: datetime

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo

    @property
    def today(self) -> date:
        return self.now.date()


def note_outcome(
    session: Session, actor: Actor, *, call: Call, item: CallItem, said: Said, key: str, now: datetime
) -> None:
    """Close a call of one's own, once; also one whose time ran out. ``item`` locked.

    Raises:
        AccessRefused: ``permission_missing``.
        Conflict: ``call_over`` where it was noted already or is somebody else's.
        DomainError: ``statements_missing``; of the note ``text_too_long``, ``forbidden_phrase``, ``note_sensitive``; of a promise, a
            call back, a dispute what is missing in it; ``call_back_not_allowed`` with the rule; ``placement_over`` of what would go on with
            a loan that has left the caller's agency.

    """
    require(actor, Permission.CALL_MAKE)
    lock_borrower(session, item.borrower_id)
    session.refresh(call)
    if call.staff_id != actor.id or call.noted_at is not None:
        raise Conflict("call_over")
    if said.outcome not in NEEDS_NO_TICKS and not call.is_explained:
        raise DomainError("statements_missing", field="outcome", rule="C14")
    noting = Noting(session=session, actor=actor, call=call, item=item, said=said, key=key, now=now)
    if said.outcome in GOES_ON:
        refuse_gone_on(session, actor, loan_id=item.loan_id, now=now)
    note = checked_note(said.note, keeps=said.keeps_note)
    _FOLLOWS.get(said.outcome, _nothing)(noting)
    _close(noting, note)
    _put_back(noting)


def hold_after_call(session: Session, actor: Actor, *, loan_id: int, kind: HoldKind, now: datetime) -> None:
    """Pause contact on a loan, on the word of whoever was spoken with. Raises ``AccessRefused``. ``now`` in the lender's zone."""
    require(actor, Permission.CALL_MAKE)
    hold_as_told(session, actor, loan_id=loan_id, kind=kind, reason="said in a call", now=now)


def set_next_call(session: Session, actor: Actor, *, item: CallItem, days: int, now: datetime) -> date:
    """Nobody calls before the morning of that day; which day. Twice is as once. Raises ``next_call_unknown`` for other than the offered
    days, ``placement_over``.
    """
    require(actor, Permission.CALL_MAKE)
    refuse_unplaced(session, actor, loan_id=item.loan_id, now=now)
    if days not in NEXT_CALLS:
        raise DomainError("next_call_unknown", field="days")
    on = now.date() + timedelta(days=days)
    until = datetime.combine(on, time(), tzinfo=now.tzinfo)
    if item.rests_until == until:
        return on
    item.rests_until = until
    session.flush()
    record(
        session,
        actor,
        "call:set_for",
        now=now,
        borrower_id=item.borrower_id,
        loan_id=item.loan_id,
        on=on.isoformat(),
    )
    return on


def _nothing(_noting: Noting) -> None:
    """Nothing but the result follows."""


def _promise(noting: Noting) -> None:
    said = noting.said
    promise_payment(noting.session, noting.actor, told=_told(noting), amount=said.amount, due_on=said.due_on)


def _call_back(noting: Noting) -> None:
    """The guard is asked about the promised time: what it would refuse is not promised."""
    at = check_call_back(noting.said.call_back_at, now=noting.now)
    asked = ask_about_call(noting.session, noting.item, key=noting.key, at=noting.now, now=noting.now)
    verdict = at_call_back(asked, noting.item, at)
    if not verdict.is_allowed:
        stop = verdict.stops[0]
        raise DomainError("call_back_not_allowed", field="call_back_at", rule=stop.rule, because=stop.because)
    promise_call_back(noting.session, noting.actor, told=_told(noting), at=at)


def _held(noting: Noting) -> None:
    """About the person: all of their loans."""
    own = select(Loan.id).where(Loan.borrower_id == noting.item.borrower_id).order_by(Loan.id)
    for loan_id in noting.session.scalars(own).all():
        hold_after_call(
            noting.session,
            noting.actor,
            loan_id=loan_id,
            kind=HOLDS[noting.said.outcome],
            now=noting.now,
        )
    if noting.said.outcome is CallOutcome.REPRESENTED:
        _represented(noting)
    elif noting.said.outcome in CASES:
        case_kind, topic = CASES[noting.said.outcome]
        _open_case(noting, case_kind, topic, "")


def _represented(noting: Noting) -> None:
    """With who it is on record: staff verify, and the borrower can end it on their own page."""
    said = noting.said
    if said.speaker_kind not in TOPICS[CaseKind.REPRESENTED]:
        raise DomainError("representative_kind_missing", field="speaker_kind")
    told = "\n".join(each for each in (said.speaker_name.strip(), said.speaker_contact.strip()) if each)
    case = _open_case(noting, CaseKind.REPRESENTED, CaseTopic(said.speaker_kind), told)
    note_representative(
        noting.session,
        noting.actor,
        case=case,
        kind=said.speaker_kind,
        name=said.speaker_name,
        contact=said.speaker_contact,
        now=noting.now,
    )


def _dispute(noting: Noting) -> None:
    """About this loan: a case as if the borrower had written it, and its hold."""
    said = noting.said
    if said.topic not in TOPICS[CaseKind.DISPUTE]:
        raise DomainError("topic_missing", field="topic")
    told = clean_text(said.told, field="told", most=LONGEST_NOTE)
    refuse_forbidden(told, field="told")
    _open_case(noting, CaseKind.DISPUTE, CaseTopic(said.topic), told)


def _stop_number(noting: Noting) -> None:
    mobile = noting.session.get_one(Borrower, noting.item.borrower_id).mobile
    day = Day(today=noting.today, zone=noting.zone)
    stop_number(noting.session, noting.actor, mobile=mobile, key=noting.key, day=day, now=noting.now)


_FOLLOWS: Final[Mapping[CallOutcome, Callable[[Noting], None]]] = {
    CallOutcome.PROMISE: _promise,
    CallOutcome.CALL_BACK: _call_back,
    CallOutcome.DISPUTE: _dispute,
    **{outcome: _held for outcome in HOLDS if outcome is not CallOutcome.DISPUTE},
    **dict.fromkeys(STOPS_NUMBER, _stop_number),
}


def _open_case(noting: Noting, kind: CaseKind, topic: CaseTopic, body: str) -> ServiceCase:
    return open_case_for(
        noting.session,
        noting.actor,
        borrower_id=noting.item.borrower_id,
        loan_id=noting.item.loan_id,
        kind=kind,
        topic=topic,
        body=body,
        today=noting.today,
        zone=noting.zone,
        now=noting.now,
    )


def _told(noting: Noting) -> PromisedIn:
    loan = noting.session.get_one(Loan, noting.item.loan_id)
    return PromisedIn(call_id=noting.call.id, loan=loan, now=noting.now)


def _close(noting: Noting, note: str) -> None:
    call, result = noting.call, result_of(noting.said.outcome)
    noting.session.get_one(Contact, call.contact_id).result = result.value
    call.outcome, call.note, call.noted_at = noting.said.outcome.value, note, noting.now
    call.ended_at = call.ended_at or noting.now
    noting.session.flush()
    record(
        noting.session,
        noting.actor,
        "call:ended",
        now=noting.now,
        borrower_id=call.borrower_id,
        loan_id=call.loan_id,
        contact_id=call.contact_id,
        purpose=CALL_PURPOSE,
        result=result.value,
        outcome=call.outcome,
    )


def _put_back(noting: Noting) -> None:
    """We called, as promised; the loan rests, is given back, and comes up when what is still promised is due."""
    item, outcome = noting.item, noting.said.outcome
    for task in open_tasks(noting.session, item.loan_id):
        is_due = task.kind == TaskKind.CALL_BACK and task.call_id != noting.call.id
        if is_due and task.due_at <= noting.now + timedelta(hours=1):
            close_task(noting.session, noting.actor, task=task, state=TaskState.DONE, now=noting.now)
    noting.session.refresh(item)
    item.leased_by, item.leased_until = None, None
    item.rests_until = noting.now + rest_after(outcome) if outcome in _NOT_REACHED else _tomorrow(noting)
    noting.session.flush()
    place_by_tasks(noting.session, item.loan_id)
    noting.session.refresh(item)
    if item.promised_at is not None:
        item.rests_until = min(item.rests_until, item.promised_at)
        noting.session.flush()


def _tomorrow(noting: Noting) -> datetime:
    """The morning of the day that the rest ends on."""
    on = (noting.now + rest_after(noting.said.outcome)).date()
    return datetime.combine(on, time(), tzinfo=noting.zone)
