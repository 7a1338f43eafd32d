"""Moving a proposal: compare-and-set on status and row version. Every verb that moves one goes through here."""

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.domain.proposals import Act, ProposalStatus, Who, move_for
from portal.models import Proposal
from portal.services.record import record_about


def move_proposal(
    session: Session,
    proposal: Proposal,
    act: Act,
    who: Who,
    *,
    expected_row_version: int | None = None,
    **values: Any,
) -> ProposalStatus:
    """Take one line of the table and set ``values`` with it.

    ``expected_row_version`` is what the caller saw (a page that was open for a while); by default what was loaded.

    Raises:
        Conflict: ``move_not_possible`` where the table has no such line, ``proposal_moved`` where somebody was first.

    """
    to = move_for(ProposalStatus(proposal.status), act, who)
    seen = proposal.row_version if expected_row_version is None else expected_row_version
    done = session.execute(
        update(Proposal)
        .where(Proposal.id == proposal.id, Proposal.status == proposal.status, Proposal.row_version == seen)
        .values(status=to.value, row_version=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        raise Conflict("proposal_moved")
    session.refresh(proposal)
    return to


def keep_still(session: Session, proposal: Proposal, *, expected_row_version: int) -> None:
    """Compare and set without a move: a decision that is made but has not taken effect. Raises ``Conflict("proposal_moved")``."""
    done = session.execute(
        update(Proposal)
        .where(
            Proposal.id == proposal.id,
            Proposal.status == proposal.status,
            Proposal.row_version == expected_row_version,
        )
        .values(row_version=expected_row_version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        raise Conflict("proposal_moved")
    session.refresh(proposal)


def record_move_refusal(
    session: Session, actor: Actor, *, proposal: Proposal, step: str, error: DomainError, now: datetime
) -> None:
    """A refusal of a move is an event too; to be called after the refused act was rolled back. ``step`` names what was tried where the
    error does not name the act.
    """
    record_about(
        session,
        actor,
        proposal,
        "plan:move_refused",
        now=now,
        act=str(error.details.get("act", step)),
        status=proposal.status,
        code=error.code,
    )


def lock_proposal(session: Session, proposal_id: int) -> Proposal:
    """The proposal as it stands, held until the end of the transaction: for acts of the clock and of undoing, which saw no page."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def end_values(now: datetime) -> dict[str, Any]:
    """The columns of a proposal that is over."""
    return {"ended_at": now, "closes_at": None}
