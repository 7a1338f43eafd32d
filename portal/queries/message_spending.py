"""What was spent on messages."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.message_budgets import Spent
from portal.models import MessageSpending


def spent_on(session: Session, day: date) -> Spent:
    return _spent(session, day, day)


def spent_in_month_of(session: Session, day: date) -> Spent:
    """From the first of the month up to ``day``."""
    return _spent(session, day.replace(day=1), day)


def _spent(session: Session, first: date, last: date) -> Spent:
    messages, cost = session.execute(
        select(func.sum(MessageSpending.messages), func.sum(MessageSpending.cost_minor)).where(
            MessageSpending.day.between(first, last)
        )
    ).one()
    return Spent(int(messages or 0), int(cost or 0))
