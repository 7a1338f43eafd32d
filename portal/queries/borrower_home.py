"""What a borrower's first page tells: each loan on a day, with its holds, its proposal or plan, and who the creditor is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.loans import Components, InstallmentFacts, LoanFacts, LoanStatus, Stage, outstanding_of
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES, ProposalStatus
from portal.domain.stages import NextStep
from portal.models import Creditor, Loan, Proposal
from portal.queries.handling import Handled, handled_by
from portal.queries.holds import RunningHold, holds_of_loans
from portal.queries.loans import facts_of_loans, loans_of
from portal.queries.running_plans import RunningPlan, running_plans
from portal.queries.standings import standings_by_loan

_BORROWERS_TURN = frozenset(
    {ProposalStatus.COUNTERED, ProposalStatus.INFO_REQUESTED, ProposalStatus.NEEDS_RESIGN}
)


_PRESENT = [status.value for status in (*OPEN_STATUSES, *RUNNING_STATUSES)]


@dataclass(frozen=True, kw_only=True)
class LoanStanding:
    """One loan on one day. ``proposal`` is the one that is open, or else in force; ``running`` the plan in force, which leads on every
    page, the book's figure beside it; ``earlier`` the other proposals that were sent, newest first.
    """

    loan: Loan
    facts: LoanFacts
    arrears: Arrears
    creditor: Creditor | None
    holds: Sequence[RunningHold]
    proposal: Proposal | None
    running: RunningPlan | None
    earlier: Sequence[Proposal]
    handled: Handled | None = None

    @cached_property
    def remaining(self) -> Components:
        """All that is still to be paid by the book, with the penalty that grew since."""
        return outstanding_of(self.facts.installments) + Components(penalty=self.arrears.accrued_penalty)

    @property
    def is_closed(self) -> bool:
        return self.facts.status is LoanStatus.CLOSED or self.remaining.total == 0

    @property
    def is_replaced(self) -> bool:
        """A plan in force has new dates for everything: the book's installments, and their days, hold no longer."""
        return self.running is not None and not self.running.plan.request.kind.goes_beside

    @cached_property
    def next_installment(self) -> InstallmentFacts | None:
        """The first that is not overdue and not met."""
        late = {row.number for row in self.arrears.installments}
        return next(
            (row for row in self.facts.installments if row.number not in late and not row.is_met), None
        )

    @property
    def stage(self) -> Stage | None:
        """Who handles it; None where nobody but the lender does."""
        return self.handled.stage if self.handled else None

    @property
    def next_step(self) -> NextStep | None:
        """What is decided by now; a hold puts it off, and it is not told meanwhile."""
        is_put_off = self.holds or self.awaits_notice
        return self.handled.next_step if self.handled and not is_put_off else None

    @property
    def awaits_notice(self) -> bool:
        """It was handed on, and its borrower has not confirmed the notice: nothing is claimed (rule C21)."""
        return self.loan.assigned_on is not None and self.loan.assignment_told_on is None

    @property
    def change(self) -> Proposal | None:
        """An open proposal beside a plan in force: the change that was asked for."""
        return self.proposal if self.proposal and self.running and self.is_open else None

    @property
    def is_open(self) -> bool:
        """The present proposal is not decided yet."""
        return self.proposal_status in OPEN_STATUSES

    @property
    def waits_for_borrower(self) -> bool:
        """The borrower has to answer, sign again or refuse by ``proposal.closes_at``."""
        return (
            self.proposal is not None
            and self.proposal.closes_at is not None
            and self.proposal_status in _BORROWERS_TURN
        )

    @property
    def proposal_status(self) -> ProposalStatus | None:
        return ProposalStatus(self.proposal.status) if self.proposal else None


def standings_of(session: Session, borrower_id: int, *, on: date) -> Sequence[LoanStanding]:
    """Every loan of a borrower: overdue ones first, closed ones last, else the oldest first."""
    return overdue_first(_standings(session, loans_of(session, borrower_id), on=on))


def overdue_first(standings: Iterable[LoanStanding]) -> Sequence[LoanStanding]:
    """Closed ones last, else in the order given."""
    return sorted(standings, key=lambda s: (s.is_closed, not s.arrears.is_overdue))


def standing_of(session: Session, loan: Loan, *, on: date) -> LoanStanding:
    """One loan that was loaded through its owner."""
    return _standings(session, [loan], on=on)[0]


def _standings(session: Session, loans: Sequence[Loan], *, on: date) -> list[LoanStanding]:
    ids = [loan.id for loan in loans]
    facts = facts_of_loans(session, ids)
    creditors = _creditors(session, {loan.creditor for loan in loans})
    holds = holds_of_loans(session, ids, on=on)
    proposals = _present_proposals(session, ids)
    counted = standings_by_loan(session, ids)
    running = running_plans(session, ids, on=on, facts=facts)
    earlier = _earlier_proposals(session, ids)
    return [
        LoanStanding(
            loan=loan,
            facts=facts[loan.id],
            arrears=arrears_of(facts[loan.id], on=on),
            creditor=creditors.get(loan.creditor),
            holds=holds.get(loan.id, ()),
            proposal=proposals.get(loan.id),
            running=running.get(loan.id),
            earlier=earlier[loan.id],
            handled=handled_by(loan, counted.get(loan.id)),
        )
        for loan in loans
    ]


def _creditors(session: Session, names: Collection[str]) -> Mapping[str, Creditor]:
    return {row.name: row for row in session.scalars(select(Creditor).where(Creditor.name.in_(names)))}


def _present_proposals(session: Session, loan_ids: Sequence[int]) -> Mapping[int, Proposal]:
    rows = session.scalars(
        select(Proposal).where(Proposal.loan_id.in_(loan_ids), Proposal.status.in_(_PRESENT))
    )
    return present_by_loan(rows)


def present_by_loan(rows: Iterable[Proposal]) -> Mapping[int, Proposal]:
    """Open or in force; where both are there (a change was asked for), the open one."""
    present = [row for row in rows if row.status in _PRESENT]
    return {row.loan_id: row for row in sorted(present, key=lambda row: row.status in OPEN_STATUSES)}


def _earlier_proposals(session: Session, loan_ids: Sequence[int]) -> Mapping[int, list[Proposal]]:
    rows = session.scalars(
        select(Proposal).where(
            Proposal.loan_id.in_(loan_ids),
            Proposal.status.not_in(_PRESENT),
            Proposal.submitted_at.is_not(None),
        )
    )
    return earlier_by_loan(rows)


def earlier_by_loan(rows: Iterable[Proposal]) -> Mapping[int, list[Proposal]]:
    """Those that were signed once and are over, the newest first: their reasons and documents stay within reach."""
    found: defaultdict[int, list[Proposal]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id, reverse=True):
        if row.status not in _PRESENT and row.submitted_at is not None:
            found[row.loan_id].append(row)
    return found
