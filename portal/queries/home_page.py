"""A borrower's first page in one read: the same standings as ``borrower_home.standings_of`` tells, from rows instead of entities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Date, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES
from portal.models import Creditor, DelinquencyPause, Hold, Installment, Loan, Proposal, Thread
from portal.models import LoanStanding as Counted
from portal.queries.borrower_home import LoanStanding, earlier_by_loan, overdue_first, present_by_loan
from portal.queries.gathering import Gathering
from portal.queries.handling import handled_by
from portal.queries.holds import answer_promised, running_by_loan, runs_on
from portal.queries.loans import facts_from, installments_by_loan, pauses_by_loan
from portal.queries.running_plans import running_plans

_BORROWER: Final = bindparam("borrower_id", type_=BigInteger)
_THEIR_LOANS: Final = select(Loan.id).where(Loan.borrower_id == _BORROWER)
_RUNNING: Final = frozenset(status.value for status in RUNNING_STATUSES)

_HOME: Final = Gathering(
    loans=select(*Loan.__table__.c).where(Loan.borrower_id == _BORROWER),
    installments=select(*Installment.__table__.c).where(Installment.loan_id.in_(_THEIR_LOANS)),
    pauses=select(DelinquencyPause.loan_id, DelinquencyPause.starts_on, DelinquencyPause.ends_on).where(
        DelinquencyPause.loan_id.in_(_THEIR_LOANS)
    ),
    creditors=select(Creditor.name, Creditor.phone, Creditor.assignment_notice_on).where(
        Creditor.name.in_(select(Loan.creditor).where(Loan.borrower_id == _BORROWER))
    ),
    holds=select(
        Hold.loan_id, Hold.kind, Hold.started_at, Hold.ends_on, answer_promised().label("answer_by"), Hold.id
    )
    .join(Loan, Loan.id == Hold.loan_id)
    .where(Loan.borrower_id == _BORROWER, runs_on(bindparam("on", type_=Date))),
    proposals=select(
        Proposal.id,
        Proposal.loan_id,
        Proposal.public_id,
        Proposal.status,
        Proposal.submitted_at,
        Proposal.promised_by,
        Proposal.closes_at,
    ).where(
        Proposal.borrower_id == _BORROWER,
        or_(
            Proposal.submitted_at.is_not(None), *(Proposal.status == status.value for status in OPEN_STATUSES)
        ),
    ),
    counted=select(
        Counted.loan_id,
        Counted.stage,
        Counted.stage_basis,
        Counted.stage_since,
        Counted.next_stage,
        Counted.next_stage_on,
        Counted.next_notice_on,
    ).where(Counted.loan_id.in_(_THEIR_LOANS)),
    unread=select(func.count().label("threads")).where(
        Thread.borrower_id == _BORROWER, Thread.last_from_staff > Thread.read_by_borrower
    ),
)


@dataclass(frozen=True, slots=True)
class HomePage:
    """``standings`` as ``standings_of`` has them; loans, creditors and proposals are rows with the columns that pages show, and facts come
    without payments. ``unread``: threads with something from staff that was not shown yet.
    """

    standings: Sequence[LoanStanding]
    unread: int


def home_page_of(session: Session, borrower_id: int, *, on: date) -> HomePage:
    """All of it in one round trip; plans in force take some more."""
    found = _HOME.ask(session, borrower_id=borrower_id, on=on)
    return HomePage(overdue_first(_standings(session, found, on)), found["unread"][0].threads)


def _standings(session: Session, found: Mapping[str, Sequence[Any]], on: date) -> Sequence[LoanStanding]:
    installments = installments_by_loan(sorted(found["installments"]))
    pauses = pauses_by_loan(sorted(found["pauses"], key=attrgetter("starts_on")))
    creditors = {row.name: row for row in found["creditors"]}
    holds = running_by_loan(row[:-1] for row in sorted(found["holds"], key=attrgetter("started_at", "id")))
    present, earlier = present_by_loan(found["proposals"]), earlier_by_loan(found["proposals"])
    counted = {row.loan_id: row for row in found["counted"]}
    running = _running(session, found["proposals"], on)
    standings = []
    for loan in sorted(found["loans"], key=attrgetter("disbursed_on", "id")):
        facts = facts_from(loan, installments[loan.id], (), pauses[loan.id])
        standings.append(
            LoanStanding(
                loan=loan,
                facts=facts,
                arrears=arrears_of(facts, on=on),
                creditor=creditors.get(loan.creditor),
                holds=holds.get(loan.id, ()),
                proposal=present.get(loan.id),
                running=running.get(loan.id),
                earlier=earlier[loan.id],
                handled=handled_by(loan, counted.get(loan.id)),
            )
        )
    return standings


def _running(session: Session, proposals: Sequence[Any], on: date) -> Mapping[int, Any]:
    loan_ids = [row.loan_id for row in proposals if row.status in _RUNNING]
    return running_plans(session, loan_ids, on=on) if loan_ids else {}
