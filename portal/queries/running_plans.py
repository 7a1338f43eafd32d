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
from portal.models import Agreement, Loan, Proposal, ProposalVersion
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
    heard_on: date | None = None,
) -> PlanProgress:
    """The plan of a proposal's version after the payments that it was priced without.

    ``is_book_trusted``: what the book does not show was not paid, however old the book is. ``heard_on`` as for ``progress_of``.
    """
    booked = [Payment(ref, paid_on, amount) for ref, paid_on, amount in facts.payments if amount > 0]
    return progress_of(
        plan_of(version),
        received_under(version.content["facts"]["payments"], booked),
        on=on,
        known_until=None if is_book_trusted else facts.as_of,
        is_settled=facts.status is LoanStatus.CLOSED or all(row.is_met for row in facts.installments),
        reinstated_on=proposal.reinstated_on,
        heard_on=heard_on,
    )


def running_plans(
    session: Session, loan_ids: Collection[int], *, on: date, facts: Mapping[int, LoanFacts] | None = None
) -> Mapping[int, RunningPlan]:
    """The plan in force of each loan that has one, by loan."""
    found = _with_agreement(session, Proposal.loan_id.in_(loan_ids), Proposal.status.in_(_RUNNING))
    if not found:
        return {}
    facts = facts or facts_of_loans(session, [each.agreement.loan_id for each in found])
    return {each.agreement.loan_id: _running(each, facts[each.agreement.loan_id], on) for each in found}


def find_running_plan(session: Session, loan_id: int, *, on: date) -> RunningPlan | None:
    return running_plans(session, [loan_id], on=on).get(loan_id)


def plan_under(session: Session, agreement: Agreement, *, on: date) -> RunningPlan:
    """The plan of an agreement, in force or over, as far as it was paid."""
    found = _with_agreement(session, Proposal.id == agreement.proposal_id)[0]
    facts = facts_of_loans(session, [agreement.loan_id])
    return _running(found, facts[agreement.loan_id], on)


def left_by_plan(session: Session, proposal_id: int, book: LoanFacts, *, on: date) -> LoanFacts:
    """The loan as the plan of a proposal leaves it (see ``facts_under_plan``)."""
    found = _with_agreement(session, Proposal.id == proposal_id)[0]
    content = found.version.content
    return facts_under_plan(
        book,
        plan_of(found.version),
        progress_under(found.proposal, found.version, book, on=on, heard_on=found.heard_on(on)),
        paid_before=paid_before(content["facts"]["installments"]),
        top_pct=policy_named(session, content["policy_version"]).step_up_top_pct,
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
    found = _with_agreement(session, Proposal.id.in_(proposal_ids), Proposal.status.in_(WATCHED))
    facts = facts_of_loans(session, [each.agreement.loan_id for each in found])
    return [
        _running(each, facts[each.agreement.loan_id], on, is_book_trusted=is_book_trusted) for each in found
    ]


def loans_with_watched_plan(session: Session, loan_ids: Collection[int]) -> Collection[int]:
    return set(
        session.scalars(
            select(Proposal.loan_id).where(Proposal.loan_id.in_(loan_ids), Proposal.status.in_(WATCHED))
        )
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan with the agreement about it, and since when its loan has another creditor and its borrower knows (rule C21)."""

    proposal: Proposal
    agreement: Agreement
    version: ProposalVersion
    assigned_on: date | None
    told_on: date | None

    def heard_on(self, on: date) -> date | None:
        return None if self.assigned_on is None else self.told_on or on


def _with_agreement(session: Session, *conditions: object) -> Sequence[_Found]:
    rows = session.execute(
        select(Proposal, Agreement, ProposalVersion, Loan.assigned_on, Loan.assignment_told_on)
        .join(Agreement, Agreement.proposal_id == Proposal.id)
        .join(Loan, Loan.id == Proposal.loan_id)
        .join(
            ProposalVersion,
            (ProposalVersion.proposal_id == Proposal.id)
            & (ProposalVersion.number == Agreement.version_number),
        )
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Proposal.id)
    )
    return [_Found(*row) for row in rows]


def _running(found: _Found, facts: LoanFacts, on: date, *, is_book_trusted: bool = False) -> RunningPlan:
    return RunningPlan(
        proposal=found.proposal,
        version=found.version,
        agreement=found.agreement,
        plan=plan_of(found.version),
        progress=progress_under(
            found.proposal,
            found.version,
            facts,
            on=on,
            is_book_trusted=is_book_trusted,
            heard_on=found.heard_on(on),
        ),
    )
