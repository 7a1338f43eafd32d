"""Plans in force, with what was received under them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.allocation import Payment
from portal.domain.loans import LoanFacts, LoanStatus
from portal.domain.plan_changes import facts_under_plan, paid_before
from portal.domain.plan_progress import PlanProgress, progress_of, received_under
from portal.domain.plans import Plan
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.models import Agreement, Proposal, ProposalVersion
from portal.queries.loans import facts_of_loans
from portal.queries.plans import plan_of
from portal.queries.policies import policy_named

WATCHED = (ProposalStatus.ACTIVE.value, ProposalStatus.MISSED.value)
"""In force and sealed: what the day and the book move."""
_RUNNING = [status.value for status in RUNNING_STATUSES]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlan:
    """A plan with its agreement and where it stands on a day. In force, unless it was asked for by its agreement."""

    proposal: Proposal
    version: ProposalVersion
    agreement: Agreement
    plan: Plan
    progress: PlanProgress

    @property
    def status(self) -> ProposalStatus:
        return ProposalStatus(self.proposal.status)


def progress_under(
    proposal: Proposal,
    version: ProposalVersion,
    facts: LoanFacts,
    *,
    on: date,
    is_book_trusted: bool = False,
) -> PlanProgress:
    """The plan of a proposal's version after the payments that it was priced without.

    ``is_book_trusted``: what the book does not show was not paid, however old the book is.
    """
    booked = [Payment(ref, paid_on, amount) for ref, paid_on, amount in facts.payments if amount > 0]
    return progress_of(
        plan_of(version),
        received_under(version.content["facts"]["payments"], booked),
        on=on,
        known_until=None if is_book_trusted else facts.as_of,
        is_settled=facts.status is LoanStatus.CLOSED or all(row.is_met for row in facts.installments),
        reinstated_on=proposal.reinstated_on,
    )


def running_plans(
    session: Session, loan_ids: Collection[int], *, on: date, facts: Mapping[int, LoanFacts] | None = None
) -> Mapping[int, RunningPlan]:
    """The plan in force of each loan that has one, by loan."""
    rows = _with_agreement(session, Proposal.loan_id.in_(loan_ids), Proposal.status.in_(_RUNNING))
    if not rows:
        return {}
    facts = facts or facts_of_loans(session, [agreement.loan_id for _, agreement, _ in rows])
    return {
        agreement.loan_id: _running(proposal, agreement, version, facts[agreement.loan_id], on)
        for proposal, agreement, version in rows
    }


def find_running_plan(session: Session, loan_id: int, *, on: date) -> RunningPlan | None:
    return running_plans(session, [loan_id], on=on).get(loan_id)


def plan_under(session: Session, agreement: Agreement, *, on: date) -> RunningPlan:
    """The plan of an agreement, in force or over, as far as it was paid."""
    rows = _with_agreement(session, Proposal.id == agreement.proposal_id)
    proposal, agreement, version = rows[0]
    facts = facts_of_loans(session, [agreement.loan_id])
    return _running(proposal, agreement, version, facts[agreement.loan_id], on)


def left_by_plan(session: Session, proposal_id: int, book: LoanFacts, *, on: date) -> LoanFacts:
    """The loan as the plan of a proposal leaves it (see ``facts_under_plan``)."""
    proposal, _, version = _with_agreement(session, Proposal.id == proposal_id)[0]
    return facts_under_plan(
        book,
        plan_of(version),
        progress_under(proposal, version, book, on=on),
        paid_before=paid_before(version.content["facts"]["installments"]),
        top_pct=policy_named(session, version.content["policy_version"]).step_up_top_pct,
    )


def watched_ids(session: Session, *, after: int, limit: int) -> Sequence[int]:
    """Proposals that the day may move, by id, from ``after`` on."""
    return session.scalars(
        select(Proposal.id)
        .where(Proposal.status.in_(WATCHED), Proposal.id > after)
        .order_by(Proposal.id)
        .limit(limit)
    ).all()


def watched_plans(
    session: Session, proposal_ids: Collection[int], *, on: date, is_book_trusted: bool = False
) -> Sequence[RunningPlan]:
    rows = _with_agreement(session, Proposal.id.in_(proposal_ids), Proposal.status.in_(WATCHED))
    facts = facts_of_loans(session, [agreement.loan_id for _, agreement, _ in rows])
    return [
        _running(proposal, agreement, version, facts[agreement.loan_id], on, is_book_trusted=is_book_trusted)
        for proposal, agreement, version in rows
    ]


def loans_with_watched_plan(session: Session, loan_ids: Collection[int]) -> Collection[int]:
    return set(
        session.scalars(
            select(Proposal.loan_id).where(Proposal.loan_id.in_(loan_ids), Proposal.status.in_(WATCHED))
        )
    )


def _with_agreement(
    session: Session, *conditions: object
) -> Sequence[tuple[Proposal, Agreement, ProposalVersion]]:
    rows = session.execute(
        select(Proposal, Agreement, ProposalVersion)
        .join(Agreement, Agreement.proposal_id == Proposal.id)
        .join(
            ProposalVersion,
            (ProposalVersion.proposal_id == Proposal.id)
            & (ProposalVersion.number == Agreement.version_number),
        )
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Proposal.id)
    )
    return [(proposal, agreement, version) for proposal, agreement, version in rows]


def _running(
    proposal: Proposal,
    agreement: Agreement,
    version: ProposalVersion,
    facts: LoanFacts,
    on: date,
    *,
    is_book_trusted: bool = False,
) -> RunningPlan:
    return RunningPlan(
        proposal=proposal,
        version=version,
        agreement=agreement,
        plan=plan_of(version),
        progress=progress_under(proposal, version, facts, on=on, is_book_trusted=is_book_trusted),
    )
