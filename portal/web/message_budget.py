"""How the budget for messages stands, for whoever watches it."""

from collections.abc import Sequence

from portal.domain.message_budgets import Alarm, Mark, alarms
from portal.queries.message_spending import spent_in_month_of, spent_on
from portal.web import writes


def budget_alarms() -> Sequence[Alarm]:
    """The limits that are near or reached today."""
    session, today = writes.database(), writes.today()
    budget = writes.portal().config.message_budget
    return list(alarms(budget, spent_on(session, today), spent_in_month_of(session, today)))


def budget_standing() -> str:
    raised = {alarm.mark for alarm in budget_alarms()}
    return next((mark.value for mark in (Mark.REACHED, Mark.NEAR) if mark in raised), "ok")
