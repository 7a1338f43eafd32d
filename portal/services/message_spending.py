"""Counting what messages cost: an alarm where a limit is near, and no collection message where it is reached."""

from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.contact_requests import Purpose
from portal.domain.contact_stops import start_of
from portal.domain.contact_wishes import Channel
from portal.domain.message_budgets import (
    Alarm,
    Mark,
    MessageBudget,
    Period,
    Spent,
    alarms,
    parts_of,
    raised_by,
)
from portal.domain.permissions import Actor
from portal.models import MessageSpending
from portal.queries.message_spending import spent_in_month_of, spent_on
from portal.services.record import record

log = structlog.get_logger()
STOPPED: Final = frozenset({Purpose.COLLECTION})
"""What no money is spent on any more once a limit is reached. Codes, answers, notices and reminders of a plan go on."""


def spend(
    session: Session, actor: Actor, *, channel: Channel, text: str, budget: MessageBudget, now: datetime
) -> None:
    """Count one message that is about to go to its provider; ``now`` in the lender's zone. Each limit is told of once a period."""
    parts = parts_of(text) if channel is Channel.SMS else 0
    added = Spent(1, parts * budget.part_cost_minor)
    _add(session, now.date(), channel, parts, added)
    day, month = spent_on(session, now.date()), spent_in_month_of(session, now.date())
    for alarm in raised_by(budget, day, month, added):
        _tell(session, actor, alarm, now)


def stopped_until(
    session: Session, *, purpose: Purpose, budget: MessageBudget, now: datetime
) -> datetime | None:
    """Until when no message of this purpose is paid for; None where it may go. ``now`` in the lender's zone."""
    if purpose not in STOPPED:
        return None
    found = alarms(budget, spent_on(session, now.date()), spent_in_month_of(session, now.date()))
    reached = {alarm.period for alarm in found if alarm.mark is Mark.REACHED}
    if Period.MONTH in reached:
        return start_of(_next_month(now.date()), now)
    return start_of(now.date() + timedelta(days=1), now) if reached else None


def _tell(session: Session, actor: Actor, alarm: Alarm, now: datetime) -> None:
    period, unit = alarm.period.value, alarm.unit.value
    record(
        session,
        actor,
        f"spending:{alarm.mark.value}",
        now=now,
        period=period,
        unit=unit,
        limit=alarm.limit,
        spent=alarm.spent,
    )
    log.warning(
        "message_budget",
        mark=alarm.mark.value,
        period=period,
        unit=unit,
        limit=alarm.limit,
        spent=alarm.spent,
    )


def _add(session: Session, day: date, channel: Channel, parts: int, added: Spent) -> None:
    """All who count in a month take their turn at one row of it, which nothing is added to, and keep it until they commit: whoever adds to
    another row meanwhile would not see this sum, nor this one theirs, and neither would see that both together reach a limit.
    """
    own = {"day": day, "channel": channel.value, "messages": added.messages, "parts": parts}
    turn = {"day": day.replace(day=1), "channel": Channel.SMS.value, "messages": 0, "parts": 0}
    rows = [turn | {"cost_minor": 0}, own | {"cost_minor": added.cost_minor}]
    if (turn["day"], turn["channel"]) == (own["day"], own["channel"]):
        del rows[0]
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(MessageSpending).values(rows)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["day", "channel"],
            set_={
                "messages": MessageSpending.messages + row.excluded.messages,
                "parts": MessageSpending.parts + row.excluded.parts,
                "cost_minor": MessageSpending.cost_minor + row.excluded.cost_minor,
            },
        )
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
