"""Whether what a message would tell of is still so: a reminder of what was paid meanwhile is worse than none."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.loans import LoanStatus
from portal.domain.occasions import Occasion
from portal.domain.proposals import ProposalStatus
from portal.models import Creditor, Loan, Proposal, SupportDraft
from portal.queries.assignments import awaits_notice, untold_of
from portal.queries.loans import loan_facts
from portal.queries.proposals import find_agreement
from portal.queries.running_plans import find_running_plan, plan_under

KEEPS: Final = timedelta(days=7)
"""For how long a message may be put off; after that it tells of another day."""
_LONG_KEEPS: Final = timedelta(days=30)
_NOTICES: Final = frozenset(
    {
        Occasion.PLAN_BROKEN,
        Occasion.PLAN_COMPLETED,
        Occasion.AGENCY_NOTICE,
        Occasion.CREDITOR_CHANGED,
        Occasion.CASE_DECIDED,
    }
)


def why_over(
    session: Session, occasion: Occasion, *, loan_id: int, on: date, fields: Mapping[str, str], today: date
) -> str | None:
    """Why a message of the day ``on`` is not sent any more; None where it may go. ``fields`` as they were asked for."""
    if today > on + (_LONG_KEEPS if occasion in _NOTICES else KEEPS):
        return "too_late"
    if occasion is Occasion.AGENCY_NOTICE:
        return _why_no_agency(session, loan_id, fields.get("agency"))
    check = _CHECKS.get(occasion)
    return None if check is None else check(session, loan_id, fields.get("day"), today)


def _why_not_overdue(session: Session, loan_id: int, _day: str | None, today: date) -> str | None:
    facts = loan_facts(session, loan_id)
    is_overdue = facts.status is not LoanStatus.CLOSED and arrears_of(facts, on=today).is_overdue
    return None if is_overdue else "nothing_overdue"


def _why_not_due(session: Session, loan_id: int, day: str | None, today: date) -> str | None:
    """The payment of ``day`` is still to come, and open."""
    running = find_running_plan(session, loan_id, on=today)
    if running is None:
        return "plan_moved_on"
    is_open = any(day in {None, row.row.due_on.isoformat()} for row in running.progress.unmet)
    return _why_past(session, loan_id, day, today) if is_open else "paid_already"


def _why_not_missed(session: Session, loan_id: int, _day: str | None, today: date) -> str | None:
    running = find_running_plan(session, loan_id, on=today)
    return None if running is not None and running.progress.late else "nothing_missed"


def _why_not_broken(session: Session, loan_id: int, _day: str | None, today: date) -> str | None:
    wanted = select(Proposal).where(Proposal.loan_id == loan_id, Proposal.submitted_at.is_not(None))
    newest = session.scalar(wanted.order_by(Proposal.id.desc()).limit(1))
    if newest is None or newest.status != ProposalStatus.BROKEN:
        return "plan_moved_on"
    agreement = find_agreement(session, newest.id)
    assert agreement is not None
    return "paid_already" if plan_under(session, agreement, on=today).progress.is_complete else None


def _why_no_agency(session: Session, loan_id: int, agency: str | None) -> str | None:
    """Nobody else collects for who may claim nothing yet, nor for whom the creditor of today has not engaged."""
    engaged = select(Creditor.agency).join(Loan, Loan.creditor == Creditor.name).where(Loan.id == loan_id)
    if session.scalar(engaged) != agency:
        return "agency_changed"
    return "C21" if untold_of(session, [loan_id]) else None


def _why_told(session: Session, loan_id: int, _day: str | None, _today: date) -> str | None:
    """It leads to the notices of all of the borrower's loans: as long as one of them waits, it is of use."""
    loan = session.get_one(Loan, loan_id)
    waits = (Loan.borrower_id == loan.borrower_id, Loan.status != LoanStatus.CLOSED.value, awaits_notice())
    if session.scalar(select(Loan.id).where(*waits).limit(1)) is not None:
        return None
    if loan.assigned_on is None:
        return "creditor_back"
    return "nothing_owed" if loan.assignment_told_on is None else "read_already"


def _why_not_drafted(session: Session, loan_id: int, _day: str | None, _today: date) -> str | None:
    """It was sent, thrown away, or is being worked on again."""
    waits = (
        select(SupportDraft.proposal_id)
        .join(Proposal, Proposal.id == SupportDraft.proposal_id)
        .where(
            Proposal.loan_id == loan_id,
            Proposal.status == ProposalStatus.DRAFT.value,
            SupportDraft.handed_over_at.is_not(None),
        )
    )
    return None if session.scalar(waits.limit(1)) is not None else "plan_moved_on"


def _why_past(_session: Session, _loan_id: int, day: str | None, today: date) -> str | None:
    return "too_late" if day is not None and day < today.isoformat() else None


_CHECKS: Final[Mapping[Occasion, Callable[[Session, int, str | None, date], str | None]]] = {
    Occasion.OVERDUE_REMINDER: _why_not_overdue,
    Occasion.DEMAND: _why_not_overdue,
    Occasion.PLAN_DUE_SOON: _why_not_due,
    Occasion.PLAN_MISSED: _why_not_missed,
    Occasion.PLAN_BROKEN: _why_not_broken,
    Occasion.CREDITOR_CHANGED: _why_told,
    Occasion.CALL_BACK: _why_past,
    Occasion.PLAN_DRAFTED: _why_not_drafted,
}
