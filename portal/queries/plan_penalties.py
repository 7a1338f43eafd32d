"""What an agreement in force fixed of a loan's penalty, and what the book charges beyond it."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.plan_penalties import penalty_beyond
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.models import Agreement, Proposal, ProposalVersion
from portal.queries.loans import loan_facts

_KEPT = [status.value for status in (*RUNNING_STATUSES, ProposalStatus.COMPLETED)]


def fixed_by_plan(session: Session, loan_ids: Collection[int]) -> Mapping[int, tuple[int, Mapping[str, Any]]]:
    """By loan: the proposal of its plan that is kept or was, and the facts that were signed with the first one that it took the place of.

    Of several the newest. A plan that broke in between is left out: its agreement lets penalty run from the breach.
    """
    rows = session.execute(
        select(Proposal.loan_id, Proposal.id)
        .where(Proposal.loan_id.in_(loan_ids), Proposal.status.in_(_KEPT), Proposal.reinstated_on.is_(None))
        .order_by(Proposal.id)
    )
    newest = {row.loan_id: row.id for row in rows}
    return {loan_id: (proposal_id, _signed(session, proposal_id)) for loan_id, proposal_id in newest.items()}


def penalty_beyond_plan(session: Session, loan_id: int) -> int:
    """By how much the book's penalty is above what the loan's plan fixed; 0 without such a plan."""
    found = fixed_by_plan(session, [loan_id]).get(loan_id)
    return 0 if found is None else penalty_beyond(found[1], loan_facts(session, loan_id).installments)


def _signed(session: Session, proposal_id: int) -> Mapping[str, Any]:
    """A change is priced from what the plan before it left; only the first was priced from the book."""
    proposal = session.get_one(Proposal, proposal_id)
    while proposal.replaces_id is not None:
        proposal = session.get_one(Proposal, proposal.replaces_id)
    version = session.scalars(
        select(ProposalVersion)
        .join(
            Agreement,
            (Agreement.proposal_id == ProposalVersion.proposal_id)
            & (Agreement.version_number == ProposalVersion.number),
        )
        .where(Agreement.proposal_id == proposal.id)
    ).one()
    facts: Mapping[str, Any] = version.content["facts"]
    return facts
