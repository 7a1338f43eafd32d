"""What an agreement in force fixed of a loan's penalty, and what the book charges beyond it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_packs import HOME_ZONE
from portal.domain.loans import InstallmentFacts
from portal.domain.plan_penalties import penalty_beyond
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.models import Agreement, Proposal, ProposalVersion
from portal.queries.loans import loan_facts

_KEPT: Final = frozenset(status.value for status in (*RUNNING_STATUSES, ProposalStatus.COMPLETED))


@dataclass(frozen=True, slots=True)
class FixedPenalty:
    """What the plan of ``proposal_id`` fixed: the facts ``signed`` with the first that it took the place of. ``until``: the day on which it
    was kept to its end; what falls due later was never part of it.
    """

    proposal_id: int
    signed: Mapping[str, Any]
    until: date | None

    def beyond(self, book: Sequence[InstallmentFacts]) -> int:
        until = self.until or date.max
        return penalty_beyond(self.signed, [row for row in book if row.due_on <= until])


def fixed_by_plan(session: Session, loan_ids: Collection[int]) -> Mapping[int, FixedPenalty]:
    """By loan, where its newest agreement is kept or was; in two reads.

    A plan that broke in between is left out: its agreement lets penalty run from the breach.
    """
    rows = session.execute(
        select(
            Proposal.id,
            Proposal.loan_id,
            Proposal.status,
            Proposal.replaces_id,
            Proposal.reinstated_on,
            Proposal.ended_at,
        )
        .join(Agreement, Agreement.proposal_id == Proposal.id)
        .where(Proposal.loan_id.in_(loan_ids))
        .order_by(Proposal.id)
    ).all()
    agreed = {row.id: row for row in rows}
    newest = {row.loan_id: row for row in rows}
    ways = {loan_id: list(_way(row, agreed)) for loan_id, row in newest.items() if row.status in _KEPT}
    kept = {loan_id: way for loan_id, way in ways.items() if all(row.reinstated_on is None for row in way)}
    signed = _signed(session, [way[-1].id for way in kept.values()])
    return {
        loan_id: FixedPenalty(way[0].id, signed[way[-1].id], _until(way[0])) for loan_id, way in kept.items()
    }


def penalty_beyond_plan(session: Session, loan_id: int) -> int:
    """By how much the book's penalty is above what the loan's plan fixed; 0 without such a plan."""
    found = fixed_by_plan(session, [loan_id]).get(loan_id)
    return 0 if found is None else found.beyond(loan_facts(session, loan_id).installments)


def _way(row: Any, agreed: Mapping[int, Any]) -> Iterator[Any]:
    """From a plan back to the first: a change is priced from what the plan before it left; only the first was priced from the book."""
    yield row
    while row.replaces_id is not None:
        row = agreed[row.replaces_id]
        yield row


def _until(row: Any) -> date | None:
    is_over = row.status == ProposalStatus.COMPLETED and row.ended_at is not None
    return row.ended_at.astimezone(HOME_ZONE).date() if is_over else None


def _signed(session: Session, proposal_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    if not proposal_ids:
        return {}
    versions = session.scalars(
        select(ProposalVersion)
        .join(
            Agreement,
            (Agreement.proposal_id == ProposalVersion.proposal_id)
            & (Agreement.version_number == ProposalVersion.number),
        )
        .where(Agreement.proposal_id.in_(proposal_ids))
    )
    return {version.proposal_id: version.content["facts"] for version in versions}
