"""What is kept of each class, what of it may go on a day, and why the rest stays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, null, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.domain.holds import HoldKind
from portal.domain.loans import LoanStatus
from portal.domain.own_record import OF_KIND, RecordKind
from portal.domain.retention import RETENTIONS, DataClass, Retention, Stays
from portal.models import (
    Base,
    Borrower,
    Call,
    CallOverride,
    CaseDecision,
    Contact,
    CorrectionRequest,
    Decision,
    Event,
    Hold,
    KnownDevice,
    LegalHold,
    Loan,
    Message,
    OneTimeCode,
    Payment,
    Proposal,
    Question,
    RateCount,
    RecordLeaf,
    RetentionRun,
    SavedBudget,
    ServiceCase,
    SupportCall,
    SupportEscalation,
    SupportReading,
    SupportWrapUp,
    Thread,
    TypedDraft,
    VisitorComplaint,
    WebSession,
)
from portal.queries.legal_holds import is_held
from portal.queries.open_matters import has_open_case, has_plan, has_work_in_hand

_DISPUTES: Final = (HoldKind.DISPUTE.value, HoldKind.COMPLAINT.value)
LOOKS: Final = OF_KIND[RecordKind.LOOK] - {"evidence:made"}
"""Events that tell of looks. What was handed out as evidence is no look: its hash goes with the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one table that belong to a class. ``began`` is an instant or a day; ``emptied`` what its columns are set to, none where
    the row goes; ``is_there``: something of it is left.
    """

    model: type[Base]
    began: Any
    borrower: Any = field(default_factory=null)
    emptied: Mapping[str, object] = field(default_factory=dict)
    is_there: ColumnElement[bool] = field(default_factory=true)


def _emptying(model: type[Base], began: Any, borrower: Any, *columns: str) -> Rows:
    """Texts become "", what may be missing becomes missing."""
    table = model.__table__.c
    emptied: dict[str, object] = {name: None if table[name].nullable else "" for name in columns}
    there = [
        table[name].is_not(None) if value is None else table[name] != "" for name, value in emptied.items()
    ]
    return Rows(model=model, began=began, borrower=borrower, emptied=emptied, is_there=or_(*there))


def _of(column: Any, owner: Any, key: Any) -> Any:
    """The borrower that another table knows. Said outright to which row it belongs: within a condition within a condition it would be to
    any.
    """
    return select(owner).where(key == column).correlate(column.class_).scalar_subquery()


_BY_CALL: Final = (
    select(func.coalesce(SupportCall.borrower_id, Contact.borrower_id))
    .join_from(SupportCall, Contact, Contact.id == SupportCall.contact_id)
)  # fmt: skip


def _of_call(call_id: Any) -> Any:
    return _BY_CALL.where(SupportCall.id == call_id).correlate(call_id.class_).scalar_subquery()


def contact_is_there() -> ColumnElement[bool]:
    """Something that it says of a person is left, by itself or in what callers wrote down about it."""
    note = exists().where(Call.contact_id == Contact.id, Call.note_sealed.is_not(None))
    wrap_up = exists().where(
        SupportCall.contact_id == Contact.id,
        SupportWrapUp.call_id == SupportCall.id,
        SupportWrapUp.note_sealed.is_not(None),
    )
    return or_(Contact.number_hash != "", Contact.text != "", note, wrap_up)


def settled_at() -> Any:
    """The day on which a borrower's last loan was settled: the later of its last payment and the first book that showed it closed.

    A loan may be closed years after its last payment: the term begins rather too late than too early.
    """
    paid = (
        select(func.max(Payment.paid_on))
        .where(Payment.loan_id == Loan.id, Payment.is_reversed.is_(False), Payment.amount_minor > 0)
        .correlate(Loan)
        .scalar_subquery()
    )
    closed = func.coalesce(Loan.closed_since, Loan.as_of)
    return (
        select(func.max(case((paid > closed, paid), else_=closed)))
        .where(Loan.borrower_id == Borrower.id)
        .correlate(Borrower)
        .scalar_subquery()
    )


ROWS: Final[Mapping[DataClass, Sequence[Rows]]] = {
    DataClass.TYPED_DRAFTS: (
        Rows(model=TypedDraft, began=TypedDraft.saved_at, borrower=TypedDraft.borrower_id),
    ),
    DataClass.CODES: (Rows(model=OneTimeCode, began=OneTimeCode.expires_at),),
    DataClass.SESSIONS: (
        Rows(
            model=WebSession,
            began=WebSession.expires_at,
            borrower=case((WebSession.audience == "borrower", WebSession.person_id)),
        ),
    ),
    DataClass.DEVICES: (
        Rows(
            model=KnownDevice,
            began=KnownDevice.verified_at,
            borrower=KnownDevice.borrower_id,
        ),
    ),
    DataClass.TRIES: (Rows(model=RateCount, began=RateCount.window_started_at),),
    DataClass.FIGURES: (
        Rows(
            model=SavedBudget,
            began=SavedBudget.saved_at,
            borrower=SavedBudget.borrower_id,
        ),
    ),
    DataClass.CONTACTS: (
        Rows(
            model=Contact,
            began=Contact.at,
            borrower=Contact.borrower_id,
            emptied={"number_hash": "", "number_last4": "", "text": "", "sent_from": ""},
            is_there=contact_is_there(),
        ),
    ),
    DataClass.SUPPORT_CALLS: (
        _emptying(
            SupportCall,
            SupportCall.opened_at,
            func.coalesce(
                SupportCall.borrower_id,
                _of(SupportCall.contact_id, Contact.borrower_id, Contact.id),
            ),
            "pairing_seed",
            "pairing_hash",
            "sought_borrower_id",
        ),
        _emptying(
            SupportEscalation,
            SupportEscalation.made_at,
            _of_call(SupportEscalation.call_id),
            "explanation_sealed",
            "answer_sealed",
        ),
        _emptying(
            SupportReading,
            SupportReading.drawn_at,
            _of_call(SupportReading.call_id),
            "remark_sealed",
        ),
        _emptying(
            CallOverride,
            CallOverride.asked_at,
            CallOverride.borrower_id,
            "explanation_sealed",
        ),
    ),
    DataClass.CONVERSATIONS: (
        _emptying(
            Message,
            Message.written_at,
            _of(Message.thread_id, Thread.borrower_id, Thread.id),
            "body_sealed",
        ),
        _emptying(
            ServiceCase,
            ServiceCase.opened_at,
            ServiceCase.borrower_id,
            "body_sealed",
        ),
        _emptying(
            CaseDecision,
            CaseDecision.decided_at,
            _of(CaseDecision.case_id, ServiceCase.borrower_id, ServiceCase.id),
            "words_sealed",
        ),
        _emptying(
            CorrectionRequest,
            CorrectionRequest.asked_at,
            _of(CorrectionRequest.case_id, ServiceCase.borrower_id, ServiceCase.id),
            "is_wrong_sealed",
            "should_be_sealed",
            "answer_words_sealed",
        ),
        _emptying(
            Question,
            Question.asked_at,
            _of(Question.proposal_id, Proposal.borrower_id, Proposal.id),
            "reply_sealed",
        ),
        _emptying(
            Decision,
            Decision.decided_at,
            Decision.maker_borrower_id,
            "reason_text_sealed",
            "would_accept_sealed",
            "second_note_sealed",
        ),
    ),
    DataClass.VISITORS: (
        _emptying(
            VisitorComplaint,
            VisitorComplaint.closed_at,
            null(),
            "body_sealed",
            "reply_to_sealed",
            "answer_sealed",
        ),
    ),
    DataClass.LOOKS: (
        Rows(
            model=Event,
            began=Event.at,
            borrower=Event.borrower_id,
            emptied={"name": "erased"},
            is_there=and_(
                Event.name.in_(sorted(LOOKS)),
                Event.borrower_id.is_not(None),
                exists().where(RecordLeaf.event_id == Event.id),
            ),
        ),
    ),
    DataClass.PERSONS: (
        Rows(
            model=Borrower,
            began=settled_at(),
            borrower=Borrower.id,
            emptied={"data_key": None},
            is_there=Borrower.data_key.is_not(None),
        ),
    ),
}  # fmt: skip
"""Where each class lies. Files are gone through one by one (``services/attachment_retention.py``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Of one class: rows that would go and whom they are about, and why the rest stays."""

    data: DataClass
    rows: int = 0
    persons: int = 0
    stays: Mapping[Stays, int] = field(default_factory=dict)


def owes(borrower: Any) -> ColumnElement[bool]:
    """Whether any of the borrower's loans is not settled. Nobody, where nobody is known."""
    loan = aliased(Loan)
    return exists().where(loan.borrower_id == borrower, loan.status != LoanStatus.CLOSED.value)


def is_disputed(borrower: Any) -> ColumnElement[bool]:
    """Whether a dispute or a complaint of the borrower runs (rule C19)."""
    loan = aliased(Loan)
    return exists().where(
        Hold.loan_id == loan.id,
        loan.borrower_id == borrower,
        Hold.kind.in_(_DISPUTES),
        Hold.ended_at.is_(None),
    )


def is_old(rows: Rows, retention: Retention, on: date, zone: tzinfo) -> ColumnElement[bool]:
    """Its term is over. What has not begun has no term."""
    older: ColumnElement[bool] = rows.began < _border(rows, retention.cutoff(on), zone)
    return older


def is_due(rows: Rows, retention: Retention, on: date, zone: tzinfo) -> ColumnElement[bool]:
    """It may go."""
    kept = [condition(rows) for condition in _keeping(retention).values()]
    return and_(rows.is_there, is_old(rows, retention, on, zone), *(not_(each) for each in kept))


def count_kept(session: Session, retention: Retention, *, on: date, zone: tzinfo) -> Counted:
    """Of all tables of the class but files."""
    total = Counted(data=retention.data)
    for rows in ROWS[retention.data]:
        total = _sum(total, _count(session, rows, retention, on, zone))
    return total


def what_keeps(
    session: Session, borrower_id: int, *, on: date, zone: tzinfo, apart_from: int | None = None
) -> tuple[Stays, ...]:
    """All that stands against erasing a borrower; nothing where all is over (rules C17, C19). ``apart_from``: the id of a case that is
    taken for closed.
    """
    retention, rows = RETENTIONS[DataClass.PERSONS], ROWS[DataClass.PERSONS][0]
    conditions = {reason: condition(rows) for reason, condition in _keeping(retention).items()}
    conditions[Stays.OPEN_CASE] = has_open_case(Borrower.id, apart_from=apart_from)
    conditions[Stays.TOO_YOUNG] = not_(func.coalesce(is_old(rows, retention, on, zone), False))
    found = session.execute(
        select(*conditions.values()).select_from(Borrower).where(Borrower.id == borrower_id)
    ).one()
    return tuple(reason for reason, stands in zip(conditions, found, strict=True) if stands)


def newest_retention_run(session: Session) -> RetentionRun | None:
    return session.scalar(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(1))


def _count(session: Session, rows: Rows, retention: Retention, on: date, zone: tzinfo) -> Counted:
    """One question a table: each row falls under the first reason that keeps it, or under none."""
    old = is_old(rows, retention, on, zone)
    keeping = _keeping(retention)
    why = case(
        (not_(func.coalesce(old, False)), Stays.TOO_YOUNG.value),
        *((condition(rows), reason.value) for reason, condition in keeping.items()),
        else_="",
    )
    found = (
        select(why.label("why"), rows.borrower.label("borrower"))
        .select_from(rows.model)
        .where(rows.is_there)
        .subquery()
    )
    counted = session.execute(
        select(found.c.why, func.count(), func.count(found.c.borrower.distinct())).group_by(found.c.why)
    ).all()
    stays = {Stays(row[0]): row[1] for row in counted if row[0]}
    due = next(((row[1], row[2]) for row in counted if not row[0]), (0, 0))
    return Counted(data=retention.data, rows=due[0], persons=due[1], stays=stays)


def _keeping(retention: Retention) -> Mapping[Stays, Callable[[Rows], ColumnElement[bool]]]:
    """What keeps a row that is old enough, the strongest first."""
    keeping: dict[Stays, Callable[[Rows], ColumnElement[bool]]] = {Stays.LEGAL_HOLD: _is_held}
    if retention.after_settlement:
        keeping[Stays.DISPUTED] = lambda rows: is_disputed(rows.borrower)
        keeping[Stays.OWES] = lambda rows: owes(rows.borrower)
    if retention.once_all_is_done:
        keeping[Stays.OPEN_CASE] = lambda rows: has_open_case(rows.borrower)
        keeping[Stays.OPEN_PLAN] = lambda rows: has_plan(rows.borrower)
        keeping[Stays.WORK_IN_HAND] = lambda rows: has_work_in_hand(rows.borrower)
    return keeping


def _is_held(rows: Rows) -> ColumnElement[bool]:
    """A code belongs to everybody who has its number."""
    if rows.model is OneTimeCode:
        return exists().where(
            LegalHold.borrower_id == Borrower.id,
            Borrower.mobile_index == OneTimeCode.mobile_index,
            LegalHold.ended_at.is_(None),
        )
    return is_held(rows.borrower)


def _sum(total: Counted, more: Counted) -> Counted:
    """Persons of several tables are the same ones: the largest number is told, not their sum."""
    reasons = {*total.stays, *more.stays}
    return Counted(
        data=total.data,
        rows=total.rows + more.rows,
        persons=max(total.persons, more.persons),
        stays={each: total.stays.get(each, 0) + more.stays.get(each, 0) for each in reasons},
    )


def _border(rows: Rows, cutoff: date, zone: tzinfo) -> date | datetime:
    """A day where days are kept, the start of that day in the lender's zone where instants are."""
    return cutoff if rows.model is Borrower else datetime.combine(cutoff, time(), tzinfo=zone)
