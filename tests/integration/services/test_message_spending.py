"""What a message costs is counted by its channel."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import Channel
from portal.domain.message_budgets import MessageBudget
from portal.domain.permissions import SYSTEM
from portal.models import MessageSpending
from portal.services.message_spending import spend
from tests.people import NOW
from tests.stories import ZONE

TWO_PARTS = "字" * 71


@pytest.mark.parametrize(("channel", "parts", "cost"), [(Channel.SMS, 2, 10), (Channel.EMAIL, 0, 0)])
def test_only_a_text_message_is_paid_for_by_its_parts(
    session: Session, channel: Channel, parts: int, cost: int
) -> None:
    budget = MessageBudget(part_cost_minor=5)
    spend(session, SYSTEM, channel=channel, text=TWO_PARTS, budget=budget, now=NOW.astimezone(ZONE))
    (row,) = session.scalars(select(MessageSpending))
    assert (row.day, row.channel, row.messages) == (date(2026, 11, 2), channel.value, 1)
    assert (row.parts, row.cost_minor) == (parts, cost)
