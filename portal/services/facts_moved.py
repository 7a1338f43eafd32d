"""When the facts of a loan move under an open proposal: nobody decides terms that nobody signed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN_STATUSES, Act, ProposalStatus, Who
from portal.models import Loan, Proposal, ProposalVersion
from portal.queries.prepared import Prepared, given, table_of
from portal.services.moves import move_proposal
from portal.services.overtaking import overtake_decision
from portal.services.record import record

RESIGN_WITHIN = timedelta(days=7)
_LOANS: Final = table_of(Loan)
_LOCKING: Final = Prepared(select(_LOANS.c.facts_version).where(_LOANS.c.id == given("id")).with_for_update())
_WAITING = [s.value for s in OPEN_STATUSES if s not in {ProposalStatus.DRAFT, ProposalStatus.NEEDS_RESIGN}]


def flag_moved_facts(session: Session, actor: Actor, *, loan_id: int, now: datetime) -> bool:
    """Move a waiting proposal of this loan to ``needs_resign``: claim released, hold kept. False where none waits.

    The caller has raised the loan's ``facts_version`` in the same transaction.
    """
    proposal = session.scalar(
        select(Proposal)
        .where(Proposal.loan_id == loan_id, Proposal.status.in_(_WAITING))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if proposal is None:
        return False
    move_proposal(session, proposal, Act.FACTS_MOVED, Who.BOOK, closes_at=now + RESIGN_WITHIN)
    overtake_decision(session, actor, proposal=proposal, by="facts_moved", now=now)
    record(
        session,
        actor,
        "plan:facts_moved",
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=loan_id,
        proposal_id=proposal.id,
        version_number=proposal.version_number,
        facts_version=session.scalar(select(Loan.facts_version).where(Loan.id == loan_id)),
    )
    return True


def lock_loan(session: Session, loan: Loan) -> None:
    """An import that changes this loan waits from here on; where one came in since it was read: ``Conflict("facts_moved")``."""
    if session.get_bind().dialect.name == "sqlite":
        # Who writes there is the only one who does.
        return
    session.flush()
    current = _LOCKING.row(session, id=loan.id)
    if current is None or current.facts_version != loan.facts_version:
        raise Conflict("facts_moved")


def refuse_moved_facts(session: Session, version: ProposalVersion, loan_id: int) -> None:
    """Raises ``Conflict("facts_moved")`` where the loan is no longer what the version was priced from."""
    current = session.scalar(select(Loan.facts_version).where(Loan.id == loan_id))
    if current != version.facts_version:
        raise Conflict("facts_moved")
