"""What a message costs is counted by its channel, and a limit is told of once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.contact_requests import Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.message_budgets import MessageBudget
from portal.domain.permissions import SYSTEM
from portal.models import Event, MessageSpending
from portal.services.message_spending import spend, stopped_until
from tests.databases import Database
from tests.people import NOW
from tests.races import count, two_before_either_commits
from tests.stories import ZONE

TWO_PARTS = "字" * 71


@pytest.mark.parametrize(("channel", "parts", "cost"), [(Channel.SMS, 2, 10), (Channel.EMAIL, 0, 0)])
def test_only_a_text_message_is_paid_for_by_its_parts(
    session: Session, channel: Channel, parts: int, cost: int
) -> None:
    budget = MessageBudget(part_cost_minor=5)
    spend(session, SYSTEM, channel=channel, text=TWO_PARTS, budget=budget, now=NOW.astimezone(ZONE))
    (row,) = session.scalars(select(MessageSpending).where(MessageSpending.messages > 0))
    assert (row.day, row.channel, row.messages) == (date(2026, 11, 2), channel.value, 1)
    assert (row.parts, row.cost_minor) == (parts, cost)


@pytest.mark.parametrize(
    ("budget", "until"),
    [
        (MessageBudget(messages_a_day=2), datetime(2026, 11, 3, tzinfo=ZONE)),
        (MessageBudget(messages_a_month=2), datetime(2026, 12, 1, tzinfo=ZONE)),
        (MessageBudget(messages_a_day=2, messages_a_month=2), datetime(2026, 12, 1, tzinfo=ZONE)),
        (MessageBudget(messages_a_day=3, messages_a_month=3), None),
    ],
)
def test_a_reached_limit_stops_collection_until_its_period_is_over(
    session: Session, budget: MessageBudget, until: datetime | None
) -> None:
    now = NOW.astimezone(ZONE)
    yesterday = now - timedelta(days=budget.messages_a_day is None)
    for at in (yesterday, now):
        spend(session, SYSTEM, channel=Channel.SMS, text="字", budget=budget, now=at)
    assert stopped_until(session, purpose=Purpose.COLLECTION, budget=budget, now=now) == until
    assert stopped_until(session, purpose=Purpose.ASKED_FOR, budget=budget, now=now) is None


@pytest.mark.parametrize(
    "days",
    [
        pytest.param((0, 0), id="another channel"),
        pytest.param((0, 1), id="another day"),
    ],
)
def test_of_two_who_reach_the_limit_of_a_month_together_one_tells(
    database: Database, days: tuple[int, int]
) -> None:
    """Each adds to a row of its own."""
    budget, now = MessageBudget(messages_a_month=100), NOW.astimezone(ZONE)
    with transaction(database.engine) as session:
        session.add(MessageSpending(day=now.date(), channel="sms", messages=98, parts=98, cost_minor=0))

    def send(session: Session, number: int) -> None:
        channel, at = (Channel.SMS, Channel.EMAIL)[number], now + timedelta(days=days[number])
        spend(session, SYSTEM, channel=channel, text="字", budget=budget, now=at)

    assert two_before_either_commits(database, send) == ["done", "done"]
    assert count(database, Event.name == "spending:reached") == 1
