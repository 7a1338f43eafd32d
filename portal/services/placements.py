"""What staff of an agency may go on with: only what stands with their agency at this moment (rules C20, C21)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor
from portal.queries.placements import has_placed


def refuse_unplaced(session: Session, actor: Actor, *, loan_id: int, now: datetime) -> None:
    """``now`` in the lender's zone. Raises ``Conflict("placement_over")``; never for who works for the lender."""
    if not _may_go_on(session, actor, loan_id, now):
        raise Conflict("placement_over")


def refuse_gone_on(session: Session, actor: Actor, *, loan_id: int, now: datetime) -> None:
    """The same about an outcome that was chosen: raises ``DomainError("placement_over")``, named at the choice."""
    if not _may_go_on(session, actor, loan_id, now):
        raise DomainError("placement_over", field="outcome")


def _may_go_on(session: Session, actor: Actor, loan_id: int, now: datetime) -> bool:
    if not actor.is_agencys:
        return True
    assert actor.id is not None
    return has_placed(session, actor.id, loan_id, now=now)
