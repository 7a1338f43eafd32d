"""What of a borrower is not done with: whoever asked for something, or has a plan, is not erased in the middle of it."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, select, true, union_all
from sqlalchemy.orm import aliased

from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES
from portal.models import (
    Agreement,
    Decision,
    Loan,
    NumberChange,
    OutboxItem,
    Proposal,
    ProposalVersion,
    ServiceCase,
    Thread,
)

_NOT_OVER: Final = [status.value for status in (*OPEN_STATUSES, *RUNNING_STATUSES)]


def has_open_case(borrower: Any, *, apart_from: int | None = None) -> ColumnElement[bool]:
    """Any kind of case, a second look and a wish about data included. ``apart_from``: the id of one that does not count."""
    asked = aliased(ServiceCase)
    another = true() if apart_from is None else asked.id != apart_from
    return exists().where(asked.borrower_id == borrower, asked.status == "open", another)


def has_plan(borrower: Any) -> ColumnElement[bool]:
    """Being made, being decided or in force."""
    proposal = aliased(Proposal)
    return exists().where(proposal.borrower_id == borrower, proposal.status.in_(_NOT_OVER))


def has_work_in_hand(borrower: Any) -> ColumnElement[bool]:
    """Something of theirs is still to be sent, sealed or carried out.

    All who wait are found once and not once a row: there may be thousands of each.
    """
    found: ColumnElement[bool] = borrower.in_(select(_waiting().subquery().c.borrower_id))
    return found


def _waiting() -> Any:
    """Borrowers of open pieces of work, by whatever of theirs a piece names."""
    loan, thread, agreement = aliased(Loan), aliased(Thread), aliased(Agreement)
    change, version, decision = aliased(NumberChange), aliased(ProposalVersion), aliased(Decision)
    of_version, of_decision = aliased(Proposal), aliased(Proposal)
    named = OutboxItem.payload["borrower_id"].as_integer().label("borrower_id")
    return union_all(
        select(named).where(OutboxItem.state == "open", named.is_not(None)),
        _named("loan_id", loan, loan.borrower_id),
        _named("thread_id", thread, thread.borrower_id),
        _named("agreement_id", agreement, agreement.borrower_id),
        _named("change_id", change, change.borrower_id),
        _named("version_id", version, of_version.borrower_id).join(
            of_version, of_version.id == version.proposal_id
        ),
        _named("decision_id", decision, of_decision.borrower_id).join(
            of_decision, of_decision.id == decision.proposal_id
        ),
    )


def _named(name: str, thing: Any, borrower_id: Any) -> Select[Any]:
    return (
        select(borrower_id.label("borrower_id"))
        .join_from(OutboxItem, thing, thing.id == OutboxItem.payload[name].as_integer())
        .where(OutboxItem.state == "open")
    )
