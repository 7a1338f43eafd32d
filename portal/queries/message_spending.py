"""What was spent on messages."""

from calendar import monthrange
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.message_budgets import Spent
from portal.models import MessageSpending


def spent_on(session: Session, day: date) -> Spent:
    return _spent(session, day, day)


def spent_in_month_of(session: Session, day: date) -> Spent:
    """In the whole month: around midnight somebody may have counted for the day after ``day`` already."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return _spent(session, day.replace(day=1), last)


def _spent(session: Session, first: date, last: date) -> Spent:
    messages, cost = session.execute(
        select(func.sum(MessageSpending.messages), func.sum(MessageSpending.cost_minor)).where(
            MessageSpending.day.between(first, last)
        )
    ).one()
    return Spent(int(messages or 0), int(cost or 0))
