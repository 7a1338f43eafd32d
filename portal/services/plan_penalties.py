"""A book that goes on charging penalty under a plan: told to staff, and never owed under the plan."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.loans import LoanFacts
from portal.domain.permissions import Actor
from portal.models import Event, Proposal
from portal.queries.plan_penalties import fixed_by_plan
from portal.services.record import record_about


def note_charged_beyond_plan(
    session: Session, actor: Actor, *, charged: Mapping[int, LoanFacts], now: datetime
) -> int:
    """Of how many of these loans (by id, as the book has them) more is charged than their plan fixed; recorded once a plan."""
    beyond = {
        fixed.proposal_id: (loan_id, sum_minor)
        for loan_id, fixed in fixed_by_plan(session, charged).items()
        if (sum_minor := fixed.beyond(charged[loan_id].installments))
    }
    known = session.scalars(
        select(Event.proposal_id).where(
            Event.name == "loan:charged_beyond_plan", Event.loan_id.in_([each for each, _ in beyond.values()])
        )
    )
    for proposal_id in sorted(beyond.keys() - set(known)):
        loan_id, sum_minor = beyond[proposal_id]
        as_of = charged[loan_id].as_of.isoformat()
        proposal = session.get_one(Proposal, proposal_id)
        record_about(
            session, actor, proposal, "loan:charged_beyond_plan", now=now, beyond_minor=sum_minor, as_of=as_of
        )
    return len(beyond)
