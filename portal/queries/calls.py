"""Calls of the internal team and of agencies: what is open, what was noted, what was promised, and the day's figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, aliased

from portal.domain.arrears import arrears_of
from portal.domain.call_outcomes import CallResult, TaskKind
from portal.domain.errors import NotFound
from portal.models import (
    Call,
    CallItem,
    CallRefusal,
    CallTask,
    Contact,
    Loan,
    Payment,
    Representative,
    ServiceCase,
    StaffMember,
)
from portal.queries.loans import loan_facts


@dataclass(frozen=True, slots=True)
class UnfinishedCall:
    """A call without an outcome: of whom (masked by pages), by whom, since when. ``is_over``: its time has run out."""

    call_id: int
    public_id: str
    loan_ref: str
    staff_number: str
    opened_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class CallerLine:
    """One caller's calls of a day, by result; what is still open counts as dialling."""

    staff_number: str
    by_result: Mapping[str, int]

    @property
    def attempts(self) -> int:
        return sum(self.by_result.values())

    def count_of(self, *results: CallResult) -> int:
        return sum(self.by_result.get(result, 0) for result in results)


def get_call_item(
    session: Session, public_id: str, *, within: ColumnElement[bool] | None = None, is_locked: bool = False
) -> CallItem:
    """A loan of the list, also one that is no longer on it; raises ``NotFound``, also for one that is not ``within`` what somebody sees."""
    wanted = select(CallItem).where(CallItem.public_id == public_id)
    if within is not None:
        wanted = wanted.where(within)
    found = session.scalar(
        wanted.with_for_update().execution_options(populate_existing=True) if is_locked else wanted
    )
    if found is None:
        raise NotFound("not_found")
    return found


def find_open_call(session: Session, *, loan_id: int, staff_id: int, now: datetime) -> Call | None:
    """The call that this person is on, about this loan."""
    return session.scalar(
        select(Call).where(
            Call.loan_id == loan_id, Call.staff_id == staff_id, Call.ended_at.is_(None), Call.lapses_at > now
        )
    )


def find_not_noted(session: Session, *, loan_id: int, staff_id: int) -> Call | None:
    """The newest call of this person about this loan whose outcome is missing, whether its time has run out or not."""
    return session.scalars(
        select(Call)
        .where(Call.loan_id == loan_id, Call.staff_id == staff_id, Call.noted_at.is_(None))
        .order_by(Call.id.desc())
        .limit(1)
    ).one_or_none()


def unfinished_calls(
    session: Session, *, now: datetime, staff_id: int | None = None, most: int = 50
) -> Sequence[UnfinishedCall]:
    """The oldest first, of one person or of all."""
    wanted = (
        select(Call, CallItem.public_id, Loan.loan_ref, StaffMember.number)
        .join(CallItem, CallItem.loan_id == Call.loan_id)
        .join(Loan, Loan.id == Call.loan_id)
        .join(StaffMember, StaffMember.id == Call.staff_id)
        .where(Call.noted_at.is_(None))
        .order_by(Call.id)
        .limit(most)
    )
    if staff_id is not None:
        wanted = wanted.where(Call.staff_id == staff_id)
    return [
        UnfinishedCall(
            call_id=call.id,
            public_id=public_id,
            loan_ref=loan_ref,
            staff_number=number,
            opened_at=call.opened_at,
            is_over=call.ended_at is not None or call.lapses_at <= now,
        )
        for call, public_id, loan_ref, number in session.execute(wanted)
    ]


def find_noted(session: Session, *, loan_id: int, staff_id: int, since: datetime) -> Call | None:
    """This person's newest call about this loan, where its outcome was noted a moment ago."""
    return session.scalars(
        select(Call)
        .where(Call.loan_id == loan_id, Call.staff_id == staff_id, Call.noted_at > since)
        .order_by(Call.id.desc())
        .limit(1)
    ).one_or_none()


def find_last_noted(session: Session, *, loan_id: int, staff_id: int) -> Call | None:
    """This person's newest call about this loan of which the outcome was noted."""
    return session.scalars(
        select(Call)
        .where(Call.loan_id == loan_id, Call.staff_id == staff_id, Call.noted_at.is_not(None))
        .order_by(Call.id.desc())
        .limit(1)
    ).one_or_none()


def words_of_call(session: Session, call: Call) -> Sequence[str]:
    """What was noted of it in words: the note, and what of it became a case or named who speaks for the borrower."""
    cases = session.scalars(
        select(ServiceCase)
        .where(ServiceCase.borrower_id == call.borrower_id, ServiceCase.opened_by == call.staff_id)
        .where(ServiceCase.opened_at == call.noted_at)
        .order_by(ServiceCase.id)
    ).all()
    spoken = session.scalars(
        select(Representative).where(Representative.case_id.in_([case.id for case in cases]))
    ).all()
    named = [text for each in spoken for text in (each.name, each.contact)]
    return [text for text in (call.note, *(case.body for case in cases), *named) if text]


def tasks_made_in(session: Session, call_id: int) -> Sequence[CallTask]:
    return session.scalars(select(CallTask).where(CallTask.call_id == call_id).order_by(CallTask.id)).all()


def open_tasks(session: Session, loan_id: int) -> Sequence[CallTask]:
    """The earliest first."""
    return session.scalars(
        select(CallTask)
        .where(CallTask.loan_id == loan_id, CallTask.state == "open")
        .order_by(CallTask.due_at, CallTask.id)
    ).all()


def tasks_of(session: Session, loan_id: int, *, most: int = 5) -> Sequence[CallTask]:
    """The newest first."""
    return session.scalars(
        select(CallTask).where(CallTask.loan_id == loan_id).order_by(CallTask.id.desc()).limit(most)
    ).all()


def promises_to_settle(session: Session, *, after: int, limit: int) -> Sequence[CallTask]:
    """Open promises by id, from ``after`` on."""
    return session.scalars(
        select(CallTask)
        .where(CallTask.kind == TaskKind.PROMISE.value, CallTask.state == "open", CallTask.id > after)
        .order_by(CallTask.id)
        .limit(limit)
    ).all()


def paid_between(session: Session, loan_id: int, first: date, last: date) -> int:
    """What the book shows as paid from one day to another, both included; minor units."""
    total = session.scalar(
        select(func.coalesce(func.sum(Payment.amount_minor), 0)).where(
            Payment.loan_id == loan_id,
            Payment.paid_on >= first,
            Payment.paid_on <= last,
            Payment.is_reversed.is_(False),
        )
    )
    return int(total or 0)


def owed_today(session: Session, loan_id: int, *, on: date) -> int:
    """What is overdue on a day, penalty included; minor units."""
    return arrears_of(loan_facts(session, loan_id), on=on).total


def earlier_calls(
    session: Session, loan_id: int, *, agency_of: int | None = None, most: int = 5
) -> Sequence[tuple[Call, Contact, str]]:
    """The newest calls about a loan, each with its contact and the caller's number. ``agency_of``: somebody of an agency asks, who sees
    those of its staff alone.
    """
    own = aliased(StaffMember)
    of_asker = select(own.agency_id).where(own.id == agency_of).scalar_subquery()
    is_theirs = true() if agency_of is None else StaffMember.agency_id == of_asker
    rows = session.execute(
        select(Call, Contact, StaffMember.number)
        .join(Contact, Contact.id == Call.contact_id)
        .join(StaffMember, StaffMember.id == Call.staff_id)
        .where(Call.loan_id == loan_id, is_theirs)
        .order_by(Call.id.desc())
        .limit(most)
    )
    return [(call, contact, number) for call, contact, number in rows]


def calls_by_caller(session: Session, *, since: datetime, until: datetime) -> Sequence[CallerLine]:
    """Calls opened in a span, exactly, by staff number."""
    rows = session.execute(
        select(StaffMember.number, Contact.result, func.count())
        .select_from(Call)
        .join(Contact, Contact.id == Call.contact_id)
        .join(StaffMember, StaffMember.id == Call.staff_id)
        .where(Call.opened_at >= since, Call.opened_at < until)
        .group_by(StaffMember.number, Contact.result)
        .order_by(StaffMember.number)
    )
    found: dict[str, Counter[str]] = {}
    for number, result, count in rows:
        found.setdefault(number, Counter())[result] = count
    return [CallerLine(number, counted) for number, counted in found.items()]


def count_calls(session: Session, *, since: datetime, until: datetime) -> tuple[int, int]:
    """Of a span: the calls that were opened, and those that a rule refused."""
    made = select(func.count()).where(Call.opened_at >= since, Call.opened_at < until)
    refused = select(func.count()).where(CallRefusal.at >= since, CallRefusal.at < until)
    return session.scalars(made).one(), session.scalars(refused).one()


def refusals_by_rule(session: Session, *, since: datetime, until: datetime) -> Sequence[tuple[str, str, int]]:
    """Rule, what in it said no, and how often, the most frequent first."""
    counted = func.count()
    rows = session.execute(
        select(CallRefusal.rule, CallRefusal.because, counted)
        .where(CallRefusal.at >= since, CallRefusal.at < until)
        .group_by(CallRefusal.rule, CallRefusal.because)
        .order_by(counted.desc(), CallRefusal.rule, CallRefusal.because)
    )
    return [(rule, because, count) for rule, because, count in rows]
