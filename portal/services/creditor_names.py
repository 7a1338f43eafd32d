"""A creditor that takes another name: the same one, so nothing is handed on (rule C21), but no offer is decided under the old name."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.book_values import plain_text
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor
from portal.domain.proposals import OPEN_STATUSES
from portal.models import Loan, Proposal
from portal.queries.creditors import find_creditor
from portal.services.bulk_rows import lock_the_book
from portal.services.facts_moved import flag_moved_facts
from portal.services.record import record


def rename_creditor(session: Session, actor: Actor, *, name: str, new_name: str, now: datetime) -> int:
    """Call the creditor and its loans by ``new_name``; how many waiting offers have to be signed anew under it.

    Agreements stay as they were signed, and accounts keep their holder's name: a bank confirms another one.

    Raises ``creditor_unknown``, ``creditor_known`` where another one is called that already, and for what no agreement could print or is
    too long ``value_missing``, ``text_broken`` and ``text_longer_than``.
    """
    plain_text(new_name, column="creditor", longest=200)
    lock_the_book(session)
    creditor = find_creditor(session, name)
    if creditor is None:
        raise DomainError("creditor_unknown", field="creditor", name=name)
    if find_creditor(session, new_name) is not None:
        raise DomainError("creditor_known", field="creditor", name=new_name)
    creditor.name = new_name
    session.flush()
    moved = _raise_facts(session, name)
    for column in (Loan.creditor, Loan.former_creditor):
        session.execute(
            update(Loan).where(column == name).values({column: new_name}),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()
    record(session, actor, "creditor:renamed", now=now, creditor_id=creditor.id)
    return sum(flag_moved_facts(session, actor, loan_id=loan_id, now=now) for loan_id in moved)


def _raise_facts(session: Session, name: str) -> list[int]:
    """Ids of the creditor's loans with an open proposal, drafts included: each is priced and signed anew."""
    open_ones = select(Proposal.loan_id).where(
        Proposal.status.in_([status.value for status in OPEN_STATUSES])
    )
    raised = session.scalars(
        update(Loan)
        .where(Loan.creditor == name, Loan.id.in_(open_ones))
        .values(facts_version=Loan.facts_version + 1)
        .returning(Loan.id),
        execution_options={"synchronize_session": False},
    )
    return sorted(raised)
