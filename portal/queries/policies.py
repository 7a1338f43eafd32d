"""The policy in force, and the published calendar."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.calendar import BusinessCalendar
from portal.domain.policy import Policy
from portal.models import CalendarVersion, PolicyVersion


class NothingPublished(LookupError):
    """No policy or calendar is there: the installation was not set up (``portal demo seed`` or ``portal migrate``)."""


def policy_on(session: Session, day: date) -> Policy:
    """The newest version in effect on a business date."""
    row = session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.effective_on <= day)
        .order_by(PolicyVersion.effective_on.desc(), PolicyVersion.id.desc())
        .limit(1)
    )
    if row is None:
        raise NothingPublished(f"no policy is in effect on {day}")
    return Policy.from_data(row.version, row.body)


def policy_named(session: Session, version: str) -> Policy:
    """A version by its name, in effect or not."""
    row = session.scalars(select(PolicyVersion).where(PolicyVersion.version == version)).one()
    return Policy.from_data(row.version, row.body)


def business_calendar(session: Session) -> BusinessCalendar:
    """The newest published calendar."""
    row = session.scalar(select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1))
    if row is None:
        raise NothingPublished("no calendar is published")
    return BusinessCalendar.of(
        row.version,
        first_year=row.first_on.year,
        covers_to=row.last_on,
        holidays=map(date.fromisoformat, row.days_off),
        workdays=map(date.fromisoformat, row.working_days),
    )
