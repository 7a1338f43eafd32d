"""What the demo asks of its own database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.proposals import ProposalStatus
from portal.models import Borrower, Event, Loan, Proposal, StaffMember
from portal.queries.borrower_home import LoanStanding, standings_of

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A borrower, and what there is to see: ``late_days`` of the oldest overdue loan, the newest proposal, running holds."""

    borrower: Borrower
    loans: int
    closed: int
    late_days: int
    stage: Stage | None
    status: ProposalStatus | None
    holds: Sequence[HoldKind]


def is_seeded(session: Session) -> bool:
    """Whether the demo was put in to its end."""
    return session.scalar(select(Event.id).where(Event.name == "demo:seeded").limit(1)) is not None


def has_people(session: Session) -> bool:
    return any(
        session.scalar(select(column).limit(1)) is not None for column in (Borrower.id, StaffMember.id)
    )


def count_demo(session: Session) -> dict[str, int]:
    """Borrowers, loans and proposals."""
    ids = {"borrowers": Borrower.id, "loans": Loan.id, "proposals": Proposal.id}
    return {name: session.scalar(select(func.count(column))) or 0 for name, column in ids.items()}


def demo_staff(session: Session) -> Sequence[StaffMember]:
    """Staff who may sign in."""
    return session.scalars(
        select(StaffMember).where(StaffMember.disabled_at.is_(None)).order_by(StaffMember.number)
    ).all()


def demo_borrowers(session: Session, *, limit: int = MOST_SHOWN) -> Sequence[Borrower]:
    """In the order in which the book brought them."""
    return session.scalars(select(Borrower).order_by(Borrower.id).limit(limit)).all()


def demo_accounts(session: Session, *, on: date) -> Sequence[DemoAccount]:
    """Some reads for each borrower: for the demo's few dozen."""
    borrowers = demo_borrowers(session)
    newest = _newest_statuses(session, [borrower.id for borrower in borrowers])
    return [
        _account(borrower, standings_of(session, borrower.id, on=on), newest.get(borrower.id))
        for borrower in borrowers
    ]


def _account(
    borrower: Borrower, standings: Sequence[LoanStanding], status: ProposalStatus | None
) -> DemoAccount:
    worst = max(standings, key=lambda standing: standing.arrears.days_past_due, default=None)
    return DemoAccount(
        borrower=borrower,
        loans=len(standings),
        closed=sum(standing.is_closed for standing in standings),
        late_days=worst.arrears.days_past_due if worst else 0,
        stage=worst.stage if worst else None,
        status=status,
        holds=[hold.kind for standing in standings for hold in standing.holds],
    )


def _newest_statuses(session: Session, borrower_ids: Sequence[int]) -> dict[int, ProposalStatus]:
    rows = session.execute(
        select(Proposal.borrower_id, Proposal.status)
        .where(Proposal.borrower_id.in_(borrower_ids))
        .order_by(Proposal.id)
    )
    return {borrower_id: ProposalStatus(status) for borrower_id, status in rows}
