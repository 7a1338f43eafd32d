"""Budgets, loaded through their owner."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.budgets import Budget
from portal.models import SavedBudget


@dataclass(frozen=True, slots=True)
class KeptBudget:
    """``currency`` is that of the sums."""

    budget: Budget
    currency: str
    saved_at: datetime


def find_kept_budget(session: Session, borrower_id: int) -> KeptBudget | None:
    """What is kept for the next proposal, in whatever currency."""
    kept = session.get(SavedBudget, borrower_id)
    if kept is None:
        return None
    return KeptBudget(Budget.from_answer(kept.figures), kept.currency, kept.saved_at)


def find_budget_of(session: Session, borrower_id: int, *, currency: str) -> Budget | None:
    """What the borrower filled in last, in this currency."""
    kept = session.get(SavedBudget, borrower_id)
    if kept is None or kept.currency != currency:
        return None
    return Budget.from_answer(kept.figures)
