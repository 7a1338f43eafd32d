"""The policy in force, for all loans and for one, and the published calendar."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.calendar import BusinessCalendar
from portal.domain.policy import Policy
from portal.domain.policy_versions import Arm, PolicyState, is_tried_on
from portal.models import CalendarVersion, Loan, PolicyVersion

NEWEST_FIRST: Final = (
    PolicyVersion.effective_on.desc(),
    PolicyVersion.decided_at.desc().nulls_last(),
    PolicyVersion.id.desc(),
)
"""Which of several versions in effect is in force: of two that begin on one day, the one that was decided later."""


class NothingPublished(LookupError):
    """No policy or calendar is there: the installation was not set up (``portal demo seed`` or ``portal migrate``)."""


def policy_on(session: Session, day: date) -> Policy:
    """The version in force on a business date, of loans that try no other one."""
    return _policy_of(_general(_candidates(session, day), day))


def policy_for_loan(session: Session, loan: Loan, *, on: date) -> tuple[Policy, Arm]:
    """The version that holds for a loan on a business date, and on which side of a running trial the loan is."""
    row, arm = row_for_loan(_candidates(session, on), loan.public_id, on=on)
    return _policy_of(row), arm


def row_for_loan(rows: Sequence[Any], public_id: str, *, on: date) -> tuple[Any, Arm]:
    """Of the rows that are ``in_question``: the one that holds for a loan, and on which side of a running trial the loan is."""
    general = _general(rows, on)
    tried = next((row for row in rows if row.state == PolicyState.TRIAL.value), None)
    if tried is None:
        return general, Arm.ALL
    if is_tried_on(public_id, tried.version, tried.share_pct or 0):
        return tried, Arm.TRIAL
    return general, Arm.REST


def _candidates(session: Session, day: date) -> Sequence[PolicyVersion]:
    """In one read."""
    return session.scalars(select(PolicyVersion).where(in_question(day))).all()


def in_question(day: Any) -> ColumnElement[bool]:
    """The newest approved version in effect on a day, and the one that is tried."""
    newest = (
        select(PolicyVersion.id)
        .where(PolicyVersion.state == PolicyState.APPROVED.value, PolicyVersion.effective_on <= day)
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .scalar_subquery()
    )
    is_tried = and_(PolicyVersion.state == PolicyState.TRIAL.value, PolicyVersion.effective_on <= day)
    return or_(PolicyVersion.id == newest, is_tried)


def _general(rows: Sequence[Any], day: date) -> Any:
    found = next((row for row in rows if row.state == PolicyState.APPROVED.value), None)
    if found is None:
        raise NothingPublished(f"no policy is in effect on {day}")
    return found


def _policy_of(row: PolicyVersion) -> Policy:
    return Policy.from_data(row.version, row.body)


def policy_named(session: Session, version: str) -> Policy:
    """A version by its name, in effect or not."""
    return _policy_of(session.scalars(select(PolicyVersion).where(PolicyVersion.version == version)).one())


def business_calendar(session: Session) -> BusinessCalendar:
    """The newest published calendar."""
    row = session.scalar(select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1))
    if row is None:
        raise NothingPublished("no calendar is published")
    return _calendar_of(row)


def calendar_from(rows: Sequence[Any]) -> BusinessCalendar:
    """Of the row of the newest calendar with its days as JSON texts; raises ``NothingPublished`` where there is none."""
    if not rows:
        raise NothingPublished("no calendar is published")
    return _calendar_from(*rows[0])


@lru_cache(maxsize=16)
def _calendar_from(
    version: str, first_on: date, last_on: date, days_off: str, working_days: str
) -> BusinessCalendar:
    return BusinessCalendar.of(
        version,
        first_year=first_on.year,
        covers_to=last_on,
        holidays=map(date.fromisoformat, json.loads(days_off)),
        workdays=map(date.fromisoformat, json.loads(working_days)),
    )


@lru_cache(maxsize=16)
def policy_from(version: str, body: str) -> Policy:
    """Of a version's name and its limits as JSON text: read once, for they are the same for thousands."""
    return Policy.from_data(version, json.loads(body))


def published_calendars(session: Session) -> Mapping[str, BusinessCalendar]:
    """All that were ever published, by version."""
    return {row.version: _calendar_of(row) for row in session.scalars(select(CalendarVersion))}


def _calendar_of(row: CalendarVersion) -> BusinessCalendar:
    return BusinessCalendar.of(
        row.version,
        first_year=row.first_on.year,
        covers_to=row.last_on,
        holidays=map(date.fromisoformat, row.days_off),
        workdays=map(date.fromisoformat, row.working_days),
    )
