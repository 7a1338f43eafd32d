"""From what limitation periods are found, for many loans at once (rules L01, L03)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.limitation import Cause, Interruption
from portal.models import Creditor, Event, Installment, Loan, LoanStanding, Payment
from portal.queries.standings import Loans

_LOANS: Final = cast("Table", Loan.__table__)
_STANDINGS: Final = cast("Table", LoanStanding.__table__)
_ACTS: Final = ("limitation:interrupted", "loan:assigned", "loan:assignment_told")


@dataclass(frozen=True, slots=True)
class LimitationBasis:
    """From what a loan's limitation period is found anew. ``acts`` are those after the last due date, and all that were recorded."""

    loan_id: int
    facts_version: int
    newest_event: int
    last_due_on: date
    acts: Sequence[Interruption]


def stale_limitations(
    session: Session, loans: Loans, *, zone: tzinfo, checked_until: date
) -> Sequence[LimitationBasis]:
    """Of the loans whose facts moved, that an act was recorded of, or whose last day a calendar reaches by now."""
    rows = session.execute(_stale(loans, checked_until)).all()
    if not rows:
        return ()
    acts = recorded_acts(session, loans, zone)
    for loan_id, paid_on in session.execute(_late_payments(loans)):
        acts[loan_id].append(Interruption(paid_on, Cause.PART_PAYMENT))
    for loan_id, noticed_on in session.execute(_assignment_notices(loans)):
        assert noticed_on is not None
        acts[loan_id].append(Interruption(noticed_on, Cause.ASSIGNMENT_NOTICE))
    due = dict(session.execute(_last_due(loans)).all())
    return [
        LimitationBasis(
            row.loan_id,
            row.facts_version,
            row.newest or 0,
            due.get(row.loan_id, row.disbursed_on),
            acts.get(row.loan_id, ()),
        )
        for row in rows
    ]


def _stale(loans: Loans, checked_until: date) -> Select[Any]:
    newest = (
        select(Event.loan_id, func.max(Event.id).label("newest"))
        .where(Event.name == "limitation:interrupted", loans.holds(Event.loan_id))
        .group_by(Event.loan_id)
        .subquery()
    )
    standing = _STANDINGS.c
    return (
        select(standing.loan_id, _LOANS.c.facts_version, _LOANS.c.disbursed_on, newest.c.newest)
        .join_from(_STANDINGS, _LOANS, _LOANS.c.id == standing.loan_id)
        .outerjoin(newest, newest.c.loan_id == standing.loan_id)
        .where(
            loans.holds(standing.loan_id),
            loans.is_near(_LOANS.c.id),
            or_(
                standing.limitation_facts != _LOANS.c.facts_version,
                newest.c.newest > standing.limitation_event,
                and_(standing.limitation_is_checked.is_(False), standing.limitation_ends_on <= checked_until),
            ),
        )
        .order_by(standing.loan_id)
    )


def _last_due(loans: Loans) -> Select[int, date]:
    return (
        select(Installment.loan_id, func.max(Installment.due_on))
        .where(loans.holds(Installment.loan_id))
        .group_by(Installment.loan_id)
    )


def _late_payments(loans: Loans) -> Select[int, date]:
    """Payments after the last due date: the others came before the period began to run."""
    due = _last_due(loans).subquery()
    last = list(due.c)[1]
    return (
        select(Payment.loan_id, Payment.paid_on)
        .join(due, due.c.loan_id == Payment.loan_id)
        .where(
            loans.holds(Payment.loan_id),
            Payment.is_reversed.is_(False),
            Payment.amount_minor > 0,
            Payment.paid_on > last,
        )
    )


def assignment_notice() -> ColumnElement[date | None]:
    """Over ``loan`` and its ``creditor``: the day on which the borrower was told of the assignment, of a loan that there was by then.

    Of one that a book handed on its own day counts: a notice to the creditor's borrowers of before was not about it.
    """
    of_all = case((Creditor.assignment_notice_on >= Loan.disbursed_on, Creditor.assignment_notice_on))
    return case((Loan.assigned_on.is_not(None), Loan.assignment_told_on), else_=of_all)


def _assignment_notices(loans: Loans) -> Select[int, date | None]:
    return (
        select(Loan.id, assignment_notice())
        .join(Creditor, Creditor.name == Loan.creditor)
        .where(loans.holds(_LOANS.c.id), assignment_notice().is_not(None))
    )


def is_act() -> ColumnElement[bool]:
    """Over ``event``: what ``act_of`` makes an act of."""
    return or_(*(Event.name == name for name in _ACTS))


def act_of(at: datetime, fields: Mapping[str, Any], zone: tzinfo) -> Interruption | None:
    """The act that an event tells of, notices of earlier assignments included; None of a loan that was handed on untold."""
    if "cause" in fields:
        return Interruption(at.astimezone(zone).date(), Cause(fields["cause"]))
    if not fields["told_on"]:
        return None
    return Interruption(date.fromisoformat(fields["told_on"]), Cause.ASSIGNMENT_NOTICE)


def recorded_acts(session: Session, loans: Loans, zone: tzinfo) -> defaultdict[int, list[Interruption]]:
    found: defaultdict[int, list[Interruption]] = defaultdict(list)
    rows = session.execute(
        select(Event.loan_id, Event.at, Event.fields).where(is_act(), loans.holds(Event.loan_id))
    )
    for loan_id, at, fields in rows:
        act = act_of(at, fields, zone)
        if act is not None:
            found[loan_id].append(act)
    return found
