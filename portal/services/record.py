"""The record: every change and every look leaves an event in the same transaction."""

from datetime import datetime
from secrets import token_bytes

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.events import check_event
from portal.domain.permissions import Actor
from portal.domain.record_leaves import SALT_BYTES
from portal.models import Event, Proposal


def record(
    session: Session,
    actor: Actor,
    name: str,
    *,
    now: datetime,
    borrower_id: int | None = None,
    loan_id: int | None = None,
    proposal_id: int | None = None,
    **fields: object,
) -> None:
    """Append one event; ``ValueError`` where it is not exactly as the vocabulary says."""
    check_event(name, fields)
    session.execute(
        insert(Event).values(
            name=name,
            at=now,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            request_id=actor.request_id,
            borrower_id=borrower_id,
            loan_id=loan_id,
            proposal_id=proposal_id,
            fields=fields,
            salt=token_bytes(SALT_BYTES),
        )
    )


def record_about(
    session: Session, actor: Actor, proposal: Proposal, name: str, *, now: datetime, **fields: object
) -> None:
    """An event about a proposal, its loan and its borrower."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=proposal.borrower_id,
        loan_id=proposal.loan_id,
        proposal_id=proposal.id,
        **fields,
    )
