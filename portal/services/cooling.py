"""The pause before what an agent prepared can be signed (rule D04)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.cooling import Cooling, refuse_cooling
from portal.models import Proposal
from portal.queries.support_calls import find_open_of_borrower, find_support_draft


def cooling_of(session: Session, proposal: Proposal, *, now: datetime) -> Cooling | None:
    """None where nobody but the borrower filled it in."""
    if proposal.drafted_by_staff_id is None:
        return None
    kept = find_support_draft(session, proposal.id)
    if kept is None:
        return None
    is_on_call = find_open_of_borrower(session, proposal.borrower_id, now=now) is not None
    return Cooling(kept.handed_over_at, kept.signable_at, is_on_call)


def refuse_within_cooling(session: Session, proposal: Proposal, *, now: datetime) -> None:
    """Raises what ``domain.cooling.refuse_cooling`` raises: no code is sent, and nothing signed."""
    refuse_cooling(cooling_of(session, proposal, now=now), now=now)
