"""A borrower's budget: answered for one proposal, and kept for the next."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.budgets import Budget
from portal.domain.journey import Question
from portal.domain.permissions import Actor
from portal.models import Proposal, SavedBudget
from portal.services.drafts import answer_draft
from portal.services.record import record


def answer_budget(
    session: Session, actor: Actor, *, proposal: Proposal, budget: Budget, currency: str, now: datetime
) -> None:
    """Keep the answer with the proposal, and the figures as the borrower's own for the next time."""
    answer_draft(
        session,
        actor,
        proposal=proposal,
        question=Question.BUDGET,
        answer={**budget.as_answer(), "currency": currency},
        now=now,
    )
    kept = session.get(SavedBudget, proposal.borrower_id) or _first(session, proposal.borrower_id, now)
    if kept.figures == budget.as_answer() and kept.currency == currency:
        return
    kept.figures, kept.currency, kept.saved_at = budget.as_answer(), currency, now
    session.flush()
    record(session, actor, "budget:saved", now=now, borrower_id=proposal.borrower_id, currency=currency)


def forget_budget(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Delete the figures kept for the next time; those of a proposal stay with it. False where none were kept."""
    kept = session.get(SavedBudget, actor.id, with_for_update=True, populate_existing=True)
    if kept is None:
        return False
    session.delete(kept)
    session.flush()
    record(session, actor, "budget:forgotten", now=now, borrower_id=actor.id)
    return True


def _first(session: Session, borrower_id: int, now: datetime) -> SavedBudget:
    """Two taps at once: the primary key lets one through, and both go on with it."""
    try:
        with session.begin_nested():
            first = SavedBudget(borrower_id=borrower_id, currency="", figures={}, saved_at=now)
            session.add(first)
    except IntegrityError:
        return session.get_one(SavedBudget, borrower_id)
    return first
