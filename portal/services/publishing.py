"""Publishing what the rules read as data: the policy and the business calendar. Nothing published is ever edited."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.domain.policy import Policy
from portal.models import CalendarVersion, PolicyVersion
from portal.services.record import record


def publish_policy(
    session: Session,
    actor: Actor,
    *,
    version: str,
    effective_on: date,
    body: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Add a version of the policy; False where it is there. ValueError or KeyError where ``body`` is not a policy."""
    Policy.from_data(version, body)
    if session.scalar(select(PolicyVersion.id).where(PolicyVersion.version == version)) is not None:
        return False
    session.add(
        PolicyVersion(
            version=version, effective_on=effective_on, body=dict(body), made_by=actor.id, made_at=now
        )
    )
    session.flush()
    record(session, actor, "policy:published", now=now, policy_version=version)
    return True


def publish_calendar(
    session: Session,
    actor: Actor,
    *,
    version: str,
    first_on: date,
    last_on: date,
    days_off: Sequence[date],
    working_days: Sequence[date],
    source: str,
    now: datetime,
) -> bool:
    """Add a version of the calendar; False where it is there."""
    if session.scalar(select(CalendarVersion.id).where(CalendarVersion.version == version)) is not None:
        return False
    session.add(
        CalendarVersion(
            version=version,
            first_on=first_on,
            last_on=last_on,
            days_off=[day.isoformat() for day in days_off],
            working_days=[day.isoformat() for day in working_days],
            source=source,
            made_at=now,
        )
    )
    session.flush()
    record(session, actor, "calendar:published", now=now, calendar_version=version)
    return True
