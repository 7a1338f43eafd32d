"""How long a signed offer is good."""

from datetime import datetime, timedelta

from portal.domain.policy import offer_days_on
from portal.queries.situations import Situation


def offer_closes(situation: Situation, *, now: datetime) -> datetime:
    """When an offer that is signed (or stands anew) at this moment of the lender's zone expires; its text names the same days."""
    days = offer_days_on(situation.on, situation.policy, situation.calendar)
    return now + timedelta(days=days)
