"""Budgets, loaded through their owner."""

from sqlalchemy.orm import Session

from portal.domain.budgets import Budget
from portal.models import SavedBudget


def find_budget_of(session: Session, borrower_id: int, *, currency: str) -> Budget | None:
    """What the borrower filled in last, in this currency."""
    kept = session.get(SavedBudget, borrower_id)
    if kept is None or kept.currency != currency:
        return None
    return Budget.from_answer(kept.figures)
