"""Moving a proposal: compare-and-set on status and row version. Every verb that moves one goes through here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.domain.proposals import Act, ProposalStatus, Who, move_for
from portal.models import Loan, Proposal
from portal.queries.prepared import Prepared, given, table_of
from portal.services.record import record_about

_PROPOSALS: Final = table_of(Proposal)


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
    return move_through(session, proposal, [(act, who)], expected_row_version=expected_row_version, **values)


def move_through(
    session: Session,
    proposal: Proposal,
    lines: Sequence[tuple[Act, Who]],
    *,
    expected_row_version: int | None = None,
    **values: Any,
) -> ProposalStatus:
    """Several lines one after the other, compared and set as one: nobody sees the statuses in between. Each counts in the row version.

    Raises as ``move_proposal``.
    """
    to = ProposalStatus(proposal.status)
    for act, who in lines:
        to = move_for(to, act, who)
    seen = proposal.row_version if expected_row_version is None else expected_row_version
    _compare_and_set(
        session, proposal, seen, {"status": to.value, "row_version": seen + len(lines), **values}
    )
    return to


def keep_still(session: Session, proposal: Proposal, *, expected_row_version: int) -> None:
    """Compare and set without a move: a decision that is made but has not taken effect. Raises ``Conflict("proposal_moved")``."""
    _compare_and_set(session, proposal, expected_row_version, {"row_version": expected_row_version + 1})


def _compare_and_set(session: Session, proposal: Proposal, seen: int, values: Mapping[str, Any]) -> None:
    """``proposal`` is afterwards as its row is: what was set comes back with the same statement."""
    session.flush()
    sent = {f"new_{name}": value for name, value in values.items()}
    found = _setting(tuple(values)).row(session, id=proposal.id, status=proposal.status, seen=seen, **sent)
    if found is None:
        raise Conflict("proposal_moved")
    for column in _PROPOSALS.c:
        set_committed_value(proposal, column.key, getattr(found, column.key))


@lru_cache(maxsize=64)
def _setting(names: tuple[str, ...]) -> Prepared:
    columns = _PROPOSALS.c
    return Prepared(
        update(_PROPOSALS)
        .where(
            columns.id == given("id"),
            columns.status == given("status"),
            columns.row_version == given("seen"),
        )
        .values({name: given(f"new_{name}", columns[name].type) for name in names})
        .returning(*columns)
    )


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
    """The proposal as it stands, held until the end of the transaction: for acts of the clock and of undoing, which saw no page.

    After its loan, as imports, signatures and decisions do: what takes effect is written beside the loan too.
    """
    its_loan = select(Proposal.loan_id).where(Proposal.id == proposal_id).scalar_subquery()
    session.execute(select(Loan.id).where(Loan.id == its_loan).with_for_update())
    return session.scalars(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def end_values(now: datetime) -> dict[str, Any]:
    """The columns of a proposal that is over."""
    return {"ended_at": now, "closes_at": None}
